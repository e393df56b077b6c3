/** One request to the service as a reader of the reference has written it, and what came back. */
import { client } from "../shared/client.ts";
import { locale } from "../shared/texts.ts";
import type { Operation } from "./contract.ts";

/** A large answer would stop the page. */
const SHOWN_CHARACTERS = 50_000;

export interface Answer {
  /** 0: it leads elsewhere, where a script may not follow. */
  status: number;
  headers: string;
  body: string;
  milliseconds: number;
}

/**
 * @param values by `<place>.<name>`: parameters that are empty aren't sent.
 * @param pasted a token that is sent instead of the browser's session, and without its cookies.
 */
export async function sendRequest(
  operation: Operation,
  values: Record<string, string>,
  pasted: string,
): Promise<Answer> {
  const { method, audience, body } = operation;
  const token = pasted || (audience === "anyone" ? undefined : await client.token());
  const began = performance.now();
  const response = await fetch(addressOf(operation, values), {
    method,
    headers: {
      "Accept-Language": locale,
      ...(token && { Authorization: `Bearer ${token}` }),
      ...(body && { "Content-Type": body.type }),
    },
    ...(body && { body: values["body"] ?? "" }),
    credentials: pasted ? "omit" : "same-origin",
    redirect: "manual",
  });
  const text = await response.text();
  const milliseconds = Math.round(performance.now() - began);
  // Somebody else may be signed in now, or nobody.
  if (response.ok && operation.path.startsWith("/api/auth/") && !pasted) await client.refresh().catch(() => {});
  return {
    status: response.status,
    headers: [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n"),
    body: shorten(indent(text)),
    milliseconds,
  };
}

export function addressOf({ path, parameters = [] }: Operation, values: Record<string, string>): string {
  const query = new URLSearchParams();
  let filled = path;
  for (const { name, in: place } of parameters) {
    const value = values[`${place}.${name}`] ?? "";
    if (place === "path") filled = filled.replace(`{${name}}`, encodeURIComponent(value));
    else if (place === "query" && value) query.set(name, value);
  }
  return query.size > 0 ? `${filled}?${query}` : filled;
}

function indent(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

const shorten = (text: string): string =>
  text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}\n…` : text;
