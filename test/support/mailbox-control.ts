/** The remote control of the mailbox: plain fetch, so that it also runs inside the Workers runtime. */

/** A mail in the form that Resend receives. */
export interface ReceivedMail {
  from: string;
  to: string[];
  subject: string;
  html: string;
  text: string;
  /** The idempotency key of the request. */
  key: string;
}

/** How a receiver answers; without anything, 200. */
export interface Behaviour {
  status?: number;
  location?: string;
  headers?: Record<string, string>;
  /** In it, `{code}` is the code of the form that was sent. */
  body?: string;
  /** By the rest of the path, instead of `body`. */
  bodies?: Record<string, string>;
  /** That many more, after the body. */
  bytes?: number;
  /** It takes the request and never answers. */
  silent?: boolean;
}

export interface ReceivedRequest {
  method: string;
  headers: Record<string, string>;
  body: string;
}

export type Mailbox = ReturnType<typeof createMailbox>;

/** @param key the API key that sends these mails: each test file has its own. */
export function createMailbox(url: string, key: string) {
  async function call(action: string, input: object = {}): Promise<any> {
    const response = await fetch(`${url}/control/${action}`, {
      method: "POST",
      headers: { Authorization: `Bearer ${key}` },
      body: JSON.stringify(input),
    });
    if (!response.ok) throw new Error(`${action}: HTTP ${response.status}`);
    return response.json();
  }

  return {
    url,
    key,
    /** Waits for the next mail to this address (and with this in its subject), and removes it. */
    async next(to: string, subject?: string): Promise<ReceivedMail> {
      const mail = await call("next", { to, subject, waitMs: 25_000 });
      if (mail === null)
        throw new Error(
          `No mail for ${to}${subject ? ` about "${subject}"` : ""}; there are ${JSON.stringify((await call("all")).map((other: ReceivedMail) => [other.to, other.subject]))}`,
        );
      return mail;
    },
    /** The mails that nobody has taken yet, without waiting. */
    all: (): Promise<ReceivedMail[]> => call("all"),
    /** Every mail so far, taken or not. */
    received: (): Promise<ReceivedMail[]> => call("received"),
    clear: (): Promise<void> => call("clear"),
    /** The next requests fail with this status. */
    fail: (times: number, status = 500): Promise<void> => call("fail", { times, status }),
    /** The address of a receiver of somebody else, which exists as soon as it is called. */
    receiver: (name: string): string => `${url}/receivers/${key}/${name}`,
    /** The same receiver behind TLS, with a certificate for another name. */
    secureReceiver: async (name: string): Promise<string> =>
      `https://127.0.0.1:${await call("secure")}/receivers/${key}/${name}`,
    behave: (name: string, behaviour: Behaviour): Promise<void> => call("behave", { name, behaviour }),
    /** What the receiver got, in order. */
    gotBy: (name: string): Promise<ReceivedRequest[]> => call("got", { name }),
    /** What a name resolves to, according to the public resolver; other names resolve to nothing. */
    resolve: (name: string, ...addresses: string[]): Promise<void> => call("name", { name, addresses }),
    /** Makes the breach check report a password (its SHA-1, upper-case hex), fail or be slow. */
    breach: (input: { hash?: string; count?: number; status?: number; delayMs?: number }): Promise<void> =>
      call("breach", input),
  };
}

/** The token of the link in a mail; the text and the HTML must have the same one. */
export function tokenIn(mail: ReceivedMail): string {
  const token = /#token=([\w-]+)/.exec(mail.text)?.[1];
  if (!token || !mail.html.includes(`#token=${token}`)) throw new Error(`No link in "${mail.subject}"`);
  return token;
}
