/** The alert rules in examples/alerts: what Loki can read, about log lines and fields that the service really writes. */
import { parser } from "@grafana/lezer-logql";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { read, sources } from "../support/documentation.ts";
import { codesIn, tableIn } from "../support/tables.ts";

interface Rule {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: { summary: string; action: string };
}

const { groups } = parse(read("examples/alerts/loki.yaml")) as { groups: { rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);
const [, events = ""] = read("docs/security.md").split("\n## Events\n");
const fieldsOf = new Map(
  tableIn(events, "event", "fields").map(([event = "", fields = ""]) => {
    const [name = ""] = codesIn(event);
    return [name, fields === "the same" ? ["requestId", "code", "cause", "frames"] : codesIn(fields)];
  }),
);
/** The events that an expression is about. */
const eventsIn = (expr: string) =>
  [...expr.matchAll(/\bevent=~?"([^"]+)"/g)].flatMap(([, names = ""]) => names.split("|"));

/** What the parser could not read, with some of what follows. */
function errorsIn(expr: string): string[] {
  const found: string[] = [];
  parser.parse(expr).iterate({
    enter: ({ type, from }) => void (type.isError && found.push(expr.slice(from, from + 30))),
  });
  return found;
}

test("the check of expressions finds what is wrong in one", () => {
  expect(errorsIn('sum(count_over_time({a="b"} | json | event="x" [5m])) > 0')).toEqual([]);
  expect(errorsIn('sum(count_over_time({a="b"} | json | event= [5m])) > 0')).not.toEqual([]);
  expect(errorsIn('sum(count_over_time({a="b"} [5m]) > 0')).not.toEqual([]);
});

test("no two rules have one name", () => {
  expect(rules.length).toBeGreaterThan(10);
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
});

describe.each(rules)("$alert", ({ expr, labels, annotations }) => {
  test("is an expression that Loki can read, and says what to do", () => {
    expect(errorsIn(expr)).toEqual([]);
    expect(["page", "ticket"]).toContain(labels.severity);
    expect(Object.keys(annotations)).toEqual(["summary", "action"]);
  });

  test("is about events and fields that the service logs", () => {
    const named = eventsIn(expr);
    expect(named.length).toBeGreaterThan(0);
    const used = [...expr.matchAll(/\| (?:unwrap )?(\w+)(?=[ =<>!)])/g), ...expr.matchAll(/by \((\w+)\)/g)]
      .map(([, field]) => field!)
      .filter((field) => !["json", "event", "unwrap", "service_name"].includes(field));
    for (const event of named) {
      expect(fieldsOf.get(event), event).toEqual(expect.arrayContaining(used));
      // The table's names of fields, found where the line is written.
      const written = [...sources().values()].filter((code) => code.includes(`"${event}"`)).join("\n");
      for (const field of used) expect(written, `${event}: ${field}`).toMatch(new RegExp(`\\b${field}\\b`));
    }
  });

  test("names only routes that exist", () => {
    const contract = [...sources()].filter(([path]) => path.startsWith("src/contract/")).map(([, code]) => code);
    for (const [, route] of expr.matchAll(/route="([^"]+)"/g)) expect(contract.join("\n")).toContain(` ${route}"`);
  });
});

test("every event that docs/security.md says to alert on has a rule", () => {
  const [, sentence = ""] = /\nAlert on ([^\n]+)\n/.exec(events) ?? [];
  const alerted = new Set(rules.flatMap(({ expr }) => eventsIn(expr)));
  expect(codesIn(sentence).length).toBeGreaterThan(5);
  expect(codesIn(sentence).filter((event) => !alerted.has(event))).toEqual([]);
});
