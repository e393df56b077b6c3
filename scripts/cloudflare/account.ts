/** Which Cloudflare account Wrangler acts on: said first, since everything else happens there. */
import { runWrangler, WranglerError } from "./wrangler.ts";

interface WhoAmI {
  loggedIn: boolean;
  accounts?: { id: string; name: string }[];
}

/** @param chosen the account of wrangler.toml or CLOUDFLARE_ACCOUNT_ID, if any. @throws Error that says what to do. */
export async function findAccount(chosen: string | undefined): Promise<string> {
  const { loggedIn, accounts = [] } = await whoAmI();
  if (!loggedIn) {
    throw new Error("You are not signed in to Cloudflare: run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN.");
  }
  const names = accounts.map(({ id, name }) => `${name} (${id})`).join(", ");
  if (chosen === undefined) {
    if (accounts.length === 1) return names;
    throw new Error(`Several accounts are open to you: set CLOUDFLARE_ACCOUNT_ID to one of them. ${names}`);
  }
  const account = accounts.find(({ id }) => id === chosen);
  // A token of an account may not list accounts.
  if (account === undefined && accounts.length > 0) {
    throw new Error(`Account ${chosen} is not open to you: CLOUDFLARE_ACCOUNT_ID should be one of ${names}`);
  }
  return account === undefined ? chosen : `${account.name} (${account.id})`;
}

async function whoAmI(): Promise<WhoAmI> {
  try {
    return JSON.parse(await runWrangler(["whoami", "--json"])) as WhoAmI;
  } catch (error) {
    if (error instanceof WranglerError && /"loggedIn":\s*false/.test(error.stdout)) return { loggedIn: false };
    throw error;
  }
}
