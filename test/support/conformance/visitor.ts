/** A browser without a screen: it keeps cookies, and goes where answers lead, until a page waits for somebody. */

/** The last answer; `left` is where it leads, once that is another origin. */
export interface Page {
  url: URL;
  status: number;
  text: string;
  left?: URL;
}

interface Cookie {
  name: string;
  value: string;
  path: string;
}

const MAX_HOPS = 10;

export class Visitor {
  #cookies: Cookie[];

  constructor(cookies: Cookie[] = []) {
    this.#cookies = cookies;
  }

  /** The same browser for whoever goes on in another direction. */
  clone(): Visitor {
    return new Visitor([...this.#cookies]);
  }

  open(url: URL | string): Promise<Page> {
    return this.#follow(new URL(url), {});
  }

  submit(url: URL | string, fields: Record<string, string>): Promise<Page> {
    return this.#follow(new URL(url), { method: "POST", body: new URLSearchParams(fields) });
  }

  async send(url: URL | string, options: RequestInit): Promise<Response> {
    const asked = new URL(url);
    const headers = new Headers(options.headers);
    const sent = this.#cookies.filter(({ path }) => asked.pathname.startsWith(path));
    if (sent.length > 0) headers.set("Cookie", sent.map(({ name, value }) => `${name}=${value}`).join("; "));
    const answer = await fetch(asked, { ...options, headers, redirect: "manual" });
    for (const cookie of answer.headers.getSetCookie()) this.#keep(cookie);
    return answer;
  }

  async #follow(first: URL, options: RequestInit): Promise<Page> {
    let url = first;
    let answer = await this.send(url, options);
    for (let hops = 0; hops < MAX_HOPS; hops++) {
      const text = await answer.text();
      const [, refreshed] = /^0; url=(.*)$/.exec(answer.headers.get("Refresh") ?? "") ?? [];
      const next = answer.headers.get("Location") ?? refreshed;
      const page = { url, status: answer.status, text };
      if (next === undefined) return page;
      const to = new URL(next, url);
      if (to.origin !== first.origin) return { ...page, left: to };
      answer = await this.send((url = to), {});
    }
    throw new Error(`${first.pathname} leads in circles`);
  }

  #keep(header: string): void {
    const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(header) ?? [];
    const [, path = "/"] = /; *path=([^;]*)/i.exec(header) ?? [];
    const others = this.#cookies.filter((cookie) => cookie.name !== name || cookie.path !== path);
    const isGone = value === "" || /; *max-age=0|expires=thu, 01 jan 1970/i.test(header);
    this.#cookies = isGone ? others : [...others, { name, value, path }];
  }
}
