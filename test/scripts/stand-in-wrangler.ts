/**
 * A program `wrangler` for PATH that keeps what it made in a file, answers as Wrangler does, and fails where a test asks
 * it to. The real Wrangler's words are those of its own source, version 4.156.
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

export interface Cloud {
  accounts: { id: string; name: string }[];
  namespaces: { id: string; title: string }[];
  queues: string[];
  /** By the name of the Worker. */
  secrets: Record<string, Record<string, string>>;
  /** Every command, as its arguments. */
  commands: string[];
  /** The command that fails, as its first words. */
  fails?: string | undefined;
  signedOut?: boolean;
}

const PROGRAM = `#!${process.execPath}
const { readFileSync, writeFileSync } = require("node:fs");
const file = process.env.CLOUD_FILE;
const cloud = JSON.parse(readFileSync(file, "utf8"));
const args = process.argv.slice(2);
const command = args.join(" ");
const stop = (...lines) => { for (const line of lines) console.error(line); save(); process.exit(1); };
const save = () => writeFileSync(file, JSON.stringify(cloud));
const worker = "auth-api" + (command.includes("--env=staging") ? "-staging" : "");
cloud.commands.push(command);
if (cloud.fails && command.startsWith(cloud.fails))
  stop("✘ [ERROR] A request to the Cloudflare API (/accounts/1/x) failed.", "", "  The service is down [code: 10013]");
if (args[0] === "whoami") {
  if (cloud.signedOut) { console.log(JSON.stringify({ loggedIn: false })); stop(); }
  console.log(JSON.stringify({ loggedIn: true, accounts: cloud.accounts }));
} else if (command.startsWith("kv namespace list")) console.log(JSON.stringify(cloud.namespaces));
else if (command.startsWith("kv namespace create"))
  cloud.namespaces.push({ id: String(cloud.namespaces.length + 1).repeat(32), title: args[3] });
else if (command.startsWith("queues info")) {
  // The API's filter is not exact.
  const found = cloud.queues.find((name) => name.startsWith(args[2]));
  if (!found) stop('✘ [ERROR] Queue "' + args[2] + '" does not exist. To create it, run: wrangler queues create ' + args[2]);
  console.log("Queue Name: " + found);
} else if (command.startsWith("queues create")) cloud.queues.push(args[2]);
else if (command.startsWith("secret list")) {
  if (!cloud.secrets[worker]) stop('✘ [ERROR] Worker "' + worker + '" not found.', "", "  If this is a new Worker, run wrangler deploy first");
  console.log(JSON.stringify(Object.keys(cloud.secrets[worker]).map((name) => ({ name, type: "secret_text" }))));
} else if (command.startsWith("secret bulk"))
  cloud.secrets[worker] = { ...cloud.secrets[worker], ...JSON.parse(readFileSync(0, "utf8")) };
else if (args[0] !== "deploy") stop("✘ [ERROR] Unknown command: " + command);
save();
`;

export interface StandIn {
  /** To be put in front of PATH, with CLOUD_FILE. */
  env: Record<string, string>;
  cloud: () => Cloud;
  change: (change: Partial<Cloud>) => void;
}

export function installStandIn(folder: string): StandIn {
  const bin = path.join(folder, "bin");
  const file = path.join(folder, "cloud.json");
  if (!existsSync(bin)) mkdirSync(bin);
  writeFileSync(path.join(bin, "wrangler"), PROGRAM);
  chmodSync(path.join(bin, "wrangler"), 0o755);
  const cloud = () => JSON.parse(readFileSync(file, "utf8")) as Cloud;
  const change = (part: Partial<Cloud>) => writeFileSync(file, JSON.stringify({ ...cloud(), ...part }));
  const fresh: Cloud = {
    accounts: [{ id: "a1", name: "Ours" }],
    namespaces: [],
    queues: [],
    secrets: {},
    commands: [],
  };
  writeFileSync(file, JSON.stringify(fresh));
  return { env: { PATH: `${bin}:${process.env["PATH"]}`, CLOUD_FILE: file }, cloud, change };
}
