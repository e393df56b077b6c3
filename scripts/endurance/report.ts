/** What a run comes to: its tables, and every promise that it broke. */
import { decimal, formatTable, percent, whole } from "../bench/table.ts";
import type { Log } from "./log.ts";
import { count } from "./outside.ts";
import type { Run } from "./run.ts";

/** The heap and the process may have grown by that much since the first eighth of the run. */
const FLAT = { heap: 1.25, resident: 1.5 };
const STATED = ["service_unavailable", "provider_unavailable", "temporarily_unavailable"];

export function tablesOf(run: Run, log: Log): string {
  return [actsTable(run, log), faultsTable(run), accountTable(run), memoryTable(run)].join("\n");
}

function actsTable({ answers, seconds, late }: Run, { failures }: Log): string {
  const kinds = Map.groupBy(answers, ({ act }) => act.name);
  const codes = new Map<string, number>();
  for (const { status, code } of answers) if (status === 0 || status >= 400) count(codes, `${status} ${code}`);
  const causes = new Map<string, number>();
  for (const { status, requestId } of answers) if (status === 503) count(causes, causeOf(failures.get(requestId)));
  const inOrder = (counts: Map<string, number>) =>
    [...counts]
      .toSorted(([, one], [, two]) => two - one)
      .map(([code, times]) => `${code} ${whole(times)}`)
      .join(", ");
  const shares = (those: typeof answers) => [
    whole(those.length),
    whole(those.filter(({ status }) => status > 0 && status < 400).length),
    whole(those.filter(({ status }) => status >= 400 && status < 500).length),
    whole(those.filter(({ status }) => status === 503).length),
    whole(those.filter(({ status }) => status === 0 || (status >= 500 && status !== 503)).length),
  ];
  return formatTable({
    title: "Acts",
    note: `${whole(answers.length)} in ${decimal(seconds / 60)} minutes, ${decimal(answers.length / seconds)} a second; ${whole(late)} could not begin in time. Refused: ${inOrder(codes)}. Causes of 503: ${inOrder(causes)}.`,
    columns: ["act", "asked", "accepted", "refused", "503", "other 5xx"],
    rows: [
      ...[...kinds].toSorted(([one], [two]) => one.localeCompare(two)).map(([name, those]) => [name, ...shares(those)]),
      ["all", ...shares(answers)],
    ],
  });
}

/** The innermost of the names that the log has. */
function causeOf(line: string | undefined): string {
  return line === undefined
    ? "not logged"
    : String((JSON.parse(line) as { cause?: string }).cause?.split(" < ").at(-1));
}

function faultsTable({ faults, trips }: Run): string {
  const ofDatabase = [...faults]
    .filter(([kind]) => kind.startsWith("database"))
    .reduce((sum, [, times]) => sum + times, 0);
  return formatTable({
    title: "Faults",
    note: `${whole(ofDatabase)} of ${whole(trips)} trips to the database, ${percent(ofDatabase / trips)}.`,
    columns: ["where, and how", "times"],
    rows: [...faults].toSorted(([one], [two]) => one.localeCompare(two)).map(([kind, times]) => [kind, whole(times)]),
  });
}

function accountTable({ balance: { lines, unseen }, excused, left, audit }: Run): string {
  return formatTable({
    title: "The account",
    note: `Mails that had not to follow: ${[...excused].map(([why, times]) => `${whole(times)}, as ${why}`).join("; ") || "none"}. Left in the outbox ${left.events}, among the dead jobs ${left.dead}, undelivered ${left.deliveries}. The audit chain, ${whole(audit.checked)} records: ${audit.isWhole ? "whole" : "BROKEN"}.`,
    columns: ["what", "expected", "seen", "missing", "more than once"],
    rows: lines.map(({ what, expected, seen, more, missing }) => [
      what,
      whole(expected),
      whole(seen),
      whole(what === "mails" ? unseen.length : missing.length),
      whole(more),
    ]),
  });
}

function memoryTable({ memory }: Run): string {
  const at = (name: string, place: number) => {
    const { residentMiB, heapMiB } = memory.at(place)!;
    return [name, whole(residentMiB), decimal(heapMiB)];
  };
  return formatTable({
    title: "Memory",
    note: "Of the runtime's process, simulators of KV, queue and objects included, and of the service's heap after a collection; MiB.",
    columns: ["when", "process", "heap"],
    rows: [
      at("before", 0),
      at("after an eighth", 1),
      at("in the middle", Math.floor(memory.length / 2)),
      at("at the end", -1),
    ],
  });
}

/** In words; none if every promise was kept. */
export function brokenPromises(run: Run, log: Log): string[] {
  const { answers, failures, balance, left, audit, memory } = run;
  const failed = answers.filter(
    ({ status, code }) => status === 0 || (status >= 500 && !(status === 503 && STATED.includes(String(code)))),
  );
  const growth = (which: "heapMiB" | "residentMiB") => memory.at(-1)![which] / memory[1]![which];
  return [
    ...failures.map((failure) => `a client failed: ${(failure as Error).message}`),
    ...failed.map(
      ({ act, requestId, status, code }) =>
        `${act.name} answered ${status} ${code}, request ${requestId}: ${log.failures.get(requestId) ?? "nothing in the log"}`,
    ),
    ...answers
      .filter(({ status, requestId }) => status === 503 && !log.failures.has(requestId))
      .map(({ act, requestId }) => `${act.name} answered 503, request ${requestId}, and the log does not say why`),
    ...balance.lines.flatMap(({ what, missing }) => missing.map((each) => `${what}: ${each} is missing`)),
    ...balance.unseen.map(({ key, kind, userId }) => `mails: ${kind} ${key} of account ${userId} is missing`),
    ...balance.lines
      .filter(({ what, more }) => more > 0 && !what.startsWith("webhooks"))
      .map(({ what, more }) => `${what}: ${more} more than once`),
    ...Object.entries(left).flatMap(([what, times]) => (times > 0 ? [`${times} ${what} left behind`] : [])),
    ...(audit.isWhole ? [] : ["the audit chain is broken"]),
    ...(growth("heapMiB") > FLAT.heap ? [`the heap grew by ${percent(growth("heapMiB") - 1)}`] : []),
    ...(growth("residentMiB") > FLAT.resident ? [`the process grew by ${percent(growth("residentMiB") - 1)}`] : []),
  ];
}
