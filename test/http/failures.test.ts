/** The log of an unexpected error says where it came from, never its message. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { configurationError, describeFailure, logMessages } from "../../src/platform/log.ts";
import { database, get, mailbox, registerMember } from "../support/service.ts";

afterEach(() => {
  vi.restoreAllMocks();
  logMessages(false);
});

/** An error of `work` as it is caught. */
function thrown(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

const SECRET = "ada@example.test";

describe("An unexpected error", () => {
  /** Objects that fail in an unknown way. */
  const NOTIFICATION_HUB = {
    idFromName(): never {
      throw new TypeError(`no such thing: ${SECRET}`);
    },
  };

  async function failing(vars: Record<string, unknown> = {}) {
    const { token, email } = await registerMember();
    // A job of the registration that ran meanwhile would read the variables without `vars`.
    await mailbox.next(email);
    await database.tripsOf(async () => {});
    const log = vi.spyOn(console, "log");
    const headers = { Upgrade: "websocket", Connection: "Upgrade" };
    const answer = await get("/ws", { token, headers, vars: { NOTIFICATION_HUB, ...vars } as never });
    const lines = log.mock.calls.map(([line]) => JSON.parse(line as string) as Record<string, unknown>);
    log.mockRestore();
    return { answer, error: lines.find(({ event }) => event === "error") };
  }

  it("is logged with its name and its frames, and its message is never shown", async () => {
    const { answer, error } = await failing();
    expect(answer.status).toBe(500);
    expect(error).toMatchObject({ code: "internal_error", cause: "TypeError" });
    expect(error!["frames"]).toEqual(expect.arrayContaining([expect.stringMatching(/hubOf.*:\d+:\d+/)]));
    expect(JSON.stringify(error) + answer.text).not.toContain(SECRET);
  });

  it("is logged in full on a developer's machine, and answered as everywhere", async () => {
    const { answer, error } = await failing({ LOG_ERRORS: "messages" });
    expect(error).toMatchObject({ message: `no such thing: ${SECRET}`, stack: expect.stringContaining(SECRET) });
    expect(answer.text).not.toContain(SECRET);
  });
});

describe("Frames", () => {
  it("contain nothing of a message, not even of one that looks like frames", () => {
    const fake = `x\n    at ${SECRET} (file.ts:1:2)\n    at Object.${SECRET} (x:1:1)\n    at f (${SECRET}:1:1)`;
    const errors = [
      new Error(fake),
      Object.assign(new Error(fake), { message: "changed since" }),
      Object.assign(new Error("x"), { stack: `Error: ${fake}` }),
      Object.assign(new Error("x"), { stack: undefined }),
      thrown(() => JSON.parse(`{"email":"${SECRET}"`)),
      thrown(() => new URL(SECRET)),
      SECRET,
      null,
    ];
    for (const error of errors) expect(JSON.stringify(describeFailure(error))).not.toContain(SECRET);
  });

  it("are there for errors of our own code and of the runtime", () => {
    for (const error of [new Error("x"), thrown(() => JSON.parse("{")), thrown(() => (undefined as never)["x"])]) {
      expect(describeFailure(error).frames!.length).toBeGreaterThan(0);
    }
  });

  it("have the names of all causes, and the message of a configuration error only", () => {
    const cause = Object.assign(new RangeError(SECRET), { code: "X1" });
    expect(describeFailure(new Error(SECRET, { cause }))).toMatchObject({ cause: "Error < RangeError(X1)" });
    expect(describeFailure(configurationError("KV"))).toMatchObject({ cause: "Configuration: KV" });
  });
});
