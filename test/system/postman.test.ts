/** The Postman collection, run in order against the running service by newman: each request answers what it says. */
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startService, type RunningService } from "../support/system.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const NEWMAN = join(ROOT, "node_modules/newman/bin/newman.js");
const run = promisify(execFile);

let service: RunningService;

beforeAll(async () => {
  service = await startService({ MAIL_PROVIDER: "cloudflare", OPEN_CLIENTS: "" });
}, 120_000);

afterAll(() => service?.stop());

it("every request of the Postman collection answers as it says, in order", async () => {
  const [email, password] = [`admin-${randomUUID()}@example.com`, "Correct cheval pile agrafe"];
  await service.post("/api/auth/register", { prenom: "Admin", nom: "Istratrice", email, password });
  await service.query("update users set role_id = 1 where email = $1", [email]);
  const variables = { baseUrl: service.origin, adminEmail: email, adminPassword: password };
  const options = Object.entries(variables).flatMap(([name, value]) => ["--env-var", `${name}=${value}`]);
  const collection = join(ROOT, "docs/auth-api.postman_collection.json");
  const answered = await run(process.execPath, [
    NEWMAN,
    "run",
    collection,
    "--color",
    "off",
    "--reporter-cli-no-banner",
    ...options,
  ]).catch((error: { stdout: string; stderr: string }) => ({ stdout: `${error.stdout}${error.stderr}`, failed: true }));
  expect("failed" in answered ? answered.stdout : "").toBe("");
  expect(answered.stdout).toMatch(/requests\s+│\s+(?:[7-9]\d|\d{3}) │\s+0 │/);
});
