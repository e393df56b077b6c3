/** Takes the steps of each environment in turn, and prints a line for each as it goes. */
import { readConfig } from "../check/environments.ts";
import { describeFailure } from "../process/command.ts";
import { findAccount } from "./account.ts";
import { stepsOf, type Outcome, type StepOptions } from "./steps.ts";
import { PRODUCTION } from "./wrangler.ts";

const WORDS = { there: "there", made: "made", missing: "not complete" } as const;
const WOULD = { there: "there", made: "would be made", missing: "would be made, not complete" } as const;

export interface ProvisionOptions extends StepOptions {
  /** Only this one. */
  environment: string | undefined;
}

/** @throws Error that names the step that failed, and how to go on. */
export async function provision({ environment, dryRun, give }: ProvisionOptions): Promise<void> {
  const config = readConfig("wrangler.toml");
  const known = [PRODUCTION, ...(config.definedEnvironments ?? [])];
  const environments = environment === undefined ? known : known.filter((name) => name === environment);
  if (environments.length === 0) throw new Error(`--env is one of ${known.join(", ")}`);

  console.log(`account  ${await findAccount(config.account_id || process.env["CLOUDFLARE_ACCOUNT_ID"] || undefined)}`);
  // A value given once would go to both environments.
  const options = { dryRun, give: environments.length === 1 ? give : async () => undefined };
  const states: Outcome["state"][] = [];
  for (const name of environments) {
    for (const step of stepsOf(name, options)) {
      process.stdout.write(`${name}  ${step.name} … `);
      const { state, detail } = await step.run().catch((error: unknown) => {
        console.log("failed");
        const again = `npm run provision${environment ? ` -- --env ${environment}` : ""}`;
        throw new Error(`${name}, ${step.name}: ${describeFailure(error)} (What is made stays; go on with: ${again})`);
      });
      console.log(`${(dryRun ? WOULD : WORDS)[state]}${detail ? `: ${detail}` : ""}`);
      states.push(state);
    }
  }
  if (states.every((state) => state === "there")) console.log("Everything was there.");
}
