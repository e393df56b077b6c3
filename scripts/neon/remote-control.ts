/** The other end of control.ts: carries out what a test asks of the endpoint. */

import { randomBytes } from "node:crypto";
import pg from "pg";
import type { Fault, FaultScope, Source } from "./control.ts";
import type { NeonEndpoint } from "./running-endpoint.ts";
import { databaseName, type Pools } from "./sql.ts";

/** Any action's input, straight from the wire. */
interface Input extends FaultScope {
  action?: string;
  template?: string;
  name?: string;
  fault?: Fault;
  source?: Source;
  sql?: string;
  params?: unknown[];
  requestId?: string;
  trip?: number;
  statement?: number | "commit" | "answer";
}

/**
 * @param own connections apart from the service's: neither counted, nor broken by faults, nor waited for by requests.
 */
export function createRemoteControl(
  endpoint: NeonEndpoint,
  pools: Pools,
  own: Pools,
  defaultUrl?: string,
): (input: Input) => Promise<object> {
  // PostgreSQL copies a template only while nobody is connected to it, so one at a time.
  let creating: Promise<unknown> = Promise.resolve();

  function urlOf(database?: string): string {
    if (database?.includes("://")) return database;
    if (!defaultUrl) throw new Error("No database server is known.");
    const url = new URL(defaultUrl);
    if (database) url.pathname = `/${encodeURIComponent(database)}`;
    return url.href;
  }

  async function createDatabase(template?: string, name = `test_${randomBytes(6).toString("hex")}`): Promise<string> {
    const source = template?.includes("://") ? databaseName(template) : template;
    if (source) await Promise.all([pools.close(source), own.close(source)]);
    // The default strategy writes the copy to the log too, page by page.
    const from = source ? ` TEMPLATE ${pg.escapeIdentifier(source)} STRATEGY FILE_COPY` : "";
    await own.runText(urlOf(), `CREATE DATABASE ${pg.escapeIdentifier(name)}${from}`, []);
    return urlOf(name);
  }

  const { pauses } = endpoint;

  return async (input) => {
    const { action, database, requestId = "", trip, statement } = input;
    switch (action) {
      case "trips":
        return { trips: endpoint.trips(database, input.source) };
      case "reset":
        return { done: endpoint.resetTrips(database) ?? true };
      case "log":
        return { statements: endpoint.statements(database) };
      case "batches":
        return { batches: endpoint.batches(database ?? "") };
      case "rows":
        return { rows: endpoint.rows(database ?? "") };
      case "inject":
        if (!input.fault?.kind) throw new Error("A fault is needed.");
        return { done: endpoint.injectFault(input.fault, input) ?? true };
      case "clear":
        return { done: endpoint.clearFaults(database) ?? true };
      case "query":
        return { rows: await own.runText(urlOf(database), input.sql ?? "", input.params ?? []) };
      case "watch":
        if (trip === undefined || statement === undefined) return { done: pauses.watch(requestId) ?? true };
        return { done: pauses.pause({ requestId, trip, statement }) ?? true };
      case "held":
        return { held: await pauses.held(requestId) };
      case "go":
        return { done: pauses.go(requestId) ?? true };
      case "blocked":
        return { at: await endpoint.blockedAt(requestId, urlOf(database)) };
      case "forget": {
        const trips = pauses.tripsOf(requestId);
        pauses.forget(requestId);
        return { trips };
      }
      case "create-database": {
        const created = creating.then(() => createDatabase(input.template, input.name));
        creating = created.catch(() => {});
        return { url: await created };
      }
      default:
        throw new Error(`Unknown action: ${action}`);
    }
  };
}
