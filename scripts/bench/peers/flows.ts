/** What a client does, request after request, against either service: for rates and for trips alike. */
import { load, type HttpRequest, type Load, type Route } from "../load.ts";

export interface Answer {
  head: string;
  body: string;
}

/** One request of an act, by what the answer before it said. */
export type Step<Person> = (person: Person, before: Answer) => HttpRequest | Promise<HttpRequest>;

export interface Flow {
  requests: number;
  run(options: { seconds: number; connections: number }): Promise<Load>;
}

/** @param then takes what the next act needs from the last answer. */
export function createFlow<Person>(
  { name, url, people }: { name: string; url: URL; people: Person[] },
  steps: Step<Person>[],
  then: (person: Person, answer: Answer) => void = () => {},
): Flow {
  const at = people.map(() => ({ step: 0, answer: { head: "", body: "" } }));
  const route: Route = {
    name,
    url,
    requests: steps.length,
    next: (connection) => steps[at[connection]!.step]!(people[connection]!, at[connection]!.answer),
    onAnswer(connection, body, head) {
      const answer = { head, body };
      const step = (at[connection]!.step + 1) % steps.length;
      at[connection] = { step, answer };
      if (step === 0) then(people[connection]!, answer);
    },
  };
  return { requests: steps.length, run: (options) => load(route, options) };
}

/** One act of one person. */
export const runOnce = (flow: Flow) => flow.run({ seconds: 0, connections: 1 });

export const headerOf = ({ head }: Answer, name: string): string | undefined =>
  new RegExp(`^${name}: (.*)$`, "im").exec(head)?.[1]?.trim();

/** What a browser would send back. */
export const cookiesOf = ({ head }: Answer): string[] =>
  [...head.matchAll(/^set-cookie: ([^;\r\n]+)/gim)].map(([, cookie]) => cookie!);
