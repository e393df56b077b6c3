/** What must not be deployed: the values that stand in wrangler.toml until somebody has put their own there. */
import { readConfig, type WranglerConfig } from "../check/environments.ts";

/** Names that nobody owns (RFC 2606 and 6761), and this machine. */
const NOBODYS =
  /(?:^|[\s/@.,])(?:example\.(?:com|org|net)|[\w-]+\.(?:example|test|invalid|localhost)|localhost|127\.0\.0\.1)(?![\w.-])/;

/** Where wrangler.toml still holds an example, or nothing where there has to be something; one line each. */
export function placeholdersIn(file: string, environment?: string): string[] {
  const config = readConfig(file, environment);
  const { vars, kv_namespaces: kv } = config;
  const values: [name: string, value: string][] = [
    ...Object.entries(vars),
    ...patternsOf(config).map((pattern): [string, string] => ["the route", pattern]),
  ];
  return [
    ...values.filter(([, value]) => NOBODYS.test(value)).map(([name, value]) => `${name} is an example: ${value}`),
    ...["ISSUER", "AUDIENCE", "MAIL_FROM"].filter((name) => !vars[name]).map((name) => `${name} is empty`),
    ...(vars["ISSUER"] && !vars["ISSUER"].startsWith("https://") ? ["ISSUER is not an https:// origin"] : []),
    ...kv
      .filter(({ id = "" }) => !/^[0-9a-f]{32}$/.test(id) || /^(.)\1*$/.test(id))
      .map(({ binding }) => `the KV namespace ${binding} has no id: npm run provision`),
  ];
}

function patternsOf({ routes = [], route }: WranglerConfig): string[] {
  return [...routes, ...(route === undefined ? [] : [route])].map((each) =>
    typeof each === "string" ? each : each.pattern,
  );
}
