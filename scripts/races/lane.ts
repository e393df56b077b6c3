/** A lane: a service of its own on a database of its own, so that schedules run side by side and none waits for another's lock. */
import pg from "pg";
import { importKeySet, signAccessToken } from "../../src/crypto/access-token.ts";
import { createSecrets } from "../../src/crypto/secrets.ts";
import { startRuntime } from "../bench/runtime.ts";
import { serviceVariables } from "../bench/service.ts";
import type { Bundle } from "../check/bundle.ts";
import type { NeonEndpoint } from "../neon/endpoint.ts";
import { connectionConfig } from "../neon/sql.ts";
import { LOW_ROLE } from "./subject.ts";
import { PASSWORD, type Request, type World } from "./world.ts";

export interface Lane {
  world: World;
  stop(): Promise<void>;
}

export async function openLane(endpoint: NeonEndpoint, databaseUrl: string, bundle: Bundle): Promise<Lane> {
  const variables = serviceVariables(endpoint.url, databaseUrl);
  const runtime = await startRuntime([{ bundle, variables }]);
  const pool = new pg.Pool({ ...connectionConfig(databaseUrl), max: 2, allowExitOnIdle: true });
  // An idle connection that the server ends as it stops.
  pool.on("error", () => {});
  const { pauses } = endpoint;
  const send = createSender(runtime.urls[0]!);
  const query: World["query"] = async (sql, params) => (await pool.query(sql, params)).rows;
  const world = await furnish(variables, {
    databaseUrl,
    send,
    query,
    pauses: {
      watch: async (requestId, point) => (point ? pauses.pause({ requestId, ...point }) : pauses.watch(requestId)),
      held: (requestId) => pauses.held(requestId),
      go: async (requestId) => pauses.go(requestId),
      isBlocked: (requestId) => endpoint.isBlocked(requestId, databaseUrl),
      forget: async (requestId) => {
        const trips = pauses.tripsOf(requestId);
        pauses.forget(requestId);
        return trips;
      },
    },
  });
  return {
    world,
    async stop() {
      await runtime.stop();
      await pool.end();
    },
  };
}

function createSender(url: URL): World["send"] {
  return async ({ method, path, body, token, requestId }: Request) => {
    const response = await fetch(new URL(path, url), {
      method,
      headers: {
        ...(body !== undefined && { "Content-Type": "application/json" }),
        ...(token !== undefined && { Authorization: `Bearer ${token}` }),
        ...(requestId !== undefined && { "X-Request-Id": requestId }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text ? JSON.parse(text) : undefined };
  };
}

/** Two administrators, a role that may little, and the hash that every subject's password has. */
export async function furnish(
  variables: Record<string, string>,
  door: Pick<World, "databaseUrl" | "send" | "query" | "pauses">,
): Promise<World> {
  const { send, query } = door;
  const admins = [];
  for (const email of ["first-admin@example.test", "second-admin@example.test"]) {
    const body = { prenom: "Ada", nom: "Lovelace", email, password: PASSWORD };
    const { status, body: answer } = await send({ method: "POST", path: "/api/auth/register", body });
    if (status !== 201) throw new Error(`register answered ${status} ${answer?.code}`);
    const userId = Number(answer.user.id);
    await query("update users set role_id = 1 where id = $1", [userId]);
    // Fresh for as long as a run takes.
    const [session] = await query<{ id: string }>(
      "update refresh_tokens set authenticated_at = now() + interval '1 day' where user_id = $1 returning session_id as id",
      [userId],
    );
    admins.push({ userId, sessionId: session!.id });
  }
  const [role] = await query<{ id: number }>(
    "insert into roles (name, permissions) values ('race-low', $1::jsonb) returning id",
    [JSON.stringify(LOW_ROLE)],
  );
  const [{ hash }] = (await query("select password_hash as hash from users limit 1", [])) as [{ hash: string }];
  const keySet = await importKeySet(variables["JWT_KEYS"]!);
  return {
    ...door,
    secrets: createSecrets(variables["AUTH_SECRET"]!),
    passwordHash: hash,
    admins,
    lowRoleId: role!.id,
    async sign({ userId, methods, ...session }) {
      const { token } = await signAccessToken(keySet, {
        ...session,
        issuer: variables["ISSUER"]!,
        audience: variables["AUDIENCE"]!,
        subject: String(userId),
        amr: methods,
        authenticatedAt: new Date(),
        ttlSeconds: 3600,
      });
      return token;
    },
  };
}
