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
