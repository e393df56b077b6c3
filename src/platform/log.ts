/** One JSON line an event: names, numbers and ids; never an address, a token, a body or a bound parameter. */

type Fields = Record<string, string | number | boolean | null | undefined>;

export function logEvent(event: string, fields: Fields): void {
  console.log(JSON.stringify({ time: new Date().toISOString(), event, ...fields }));
}
