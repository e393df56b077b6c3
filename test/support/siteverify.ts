/**
 * Stands in for Turnstile's siteverify, as Cloudflare describes it: a token is good once, for the widget that gave it, and
 * the secrets for tests answer always the same.
 * https://developers.cloudflare.com/turnstile/get-started/server-side-validation/
 */

/** Of one widget, by its secret. */
export interface Widget {
  /** What the tokens that were not yet used say of where they were solved. */
  tokens: Record<string, { hostname: string }>;
  /** The service is down, or answers something else. */
  failure?: { status: number; body: string } | undefined;
}

/** https://developers.cloudflare.com/turnstile/troubleshooting/testing/ */
const FOR_TESTS: Record<string, string[]> = {
  "1x0000000000000000000000000000000AA": [],
  "2x0000000000000000000000000000000AA": ["invalid-input-response"],
  "3x0000000000000000000000000000000AA": ["timeout-or-duplicate"],
};
export const TEST_TOKEN = "XXXX.DUMMY.TOKEN.XXXX";

export function createSiteverify() {
  const widgets = new Map<string, Widget & { used: Set<string>; asked: number }>();
  return {
    set(secret: string, widget: Widget): void {
      widgets.set(secret, { used: new Set(), asked: 0, ...widgets.get(secret), failure: undefined, ...widget });
    },
    asked: (secret: string): number => widgets.get(secret)?.asked ?? 0,
    answer(form: URLSearchParams): [status: number, body: object | string] {
      const [secret, token] = [form.get("secret") ?? "", form.get("response") ?? ""];
      const refused = (...codes: string[]): [number, object] => [200, { success: false, "error-codes": codes }];
      const always = FOR_TESTS[secret];
      if (always) {
        const codes = token === TEST_TOKEN ? always : ["invalid-input-response"];
        if (codes.length > 0) return refused(...codes);
        return [200, { success: true, "error-codes": [], challenge_ts: now(), hostname: "example.com" }];
      }
      const widget = widgets.get(secret);
      if (!widget) return refused("invalid-input-secret");
      widget.asked += 1;
      if (widget.failure) return [widget.failure.status, widget.failure.body];
      if (widget.used.has(token)) return refused("timeout-or-duplicate");
      const known = widget.tokens[token];
      if (!known) return refused(token ? "invalid-input-response" : "missing-input-response");
      widget.used.add(token);
      return [200, { success: true, "error-codes": [], challenge_ts: now(), action: "", cdata: "", ...known }];
    },
  };
}

const now = () => new Date().toISOString();
