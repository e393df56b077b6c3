/** What a run does beside its traffic, before it and after it. */
import type { World } from "../races/world.ts";

/** Of the audit log. */
export interface Walked {
  checked: number;
  isWhole: boolean;
}

/** Runs `work` again and again; `stop` waits for the one under way. */
export function every(milliseconds: number, work: () => Promise<unknown>): { stop(): Promise<void> } {
  let last = Promise.resolve<unknown>(undefined);
  let isBusy = false;
  const timer = setInterval(() => {
    if (isBusy) return;
    isBusy = true;
    last = work()
      .catch((error: unknown) => console.error(`  ${String(error)}`))
      .finally(() => (isBusy = false));
  }, milliseconds);
  return {
    async stop() {
      clearInterval(timer);
      await last;
    },
  };
}

export async function subscribe({ send, admins }: World, url: string): Promise<void> {
  const body = { url, description: "endurance" };
  const { status, body: answer } = await send({ method: "POST", path: "/api/admin/webhooks", body, token: admins[0] });
  if (status !== 201) throw new Error(`A webhook was refused: ${status} ${answer?.code}`);
}

/** Their tokens are good for an hour. */
export async function renewAdministrators(world: World): Promise<void> {
  const sessions = await world.query<{ userId: number; sessionId: string }>(
    `select user_id as "userId", session_id as "sessionId" from refresh_tokens t join users u on u.id = user_id
     where u.email like '%-admin@example.test' and revoked_at is null order by user_id`,
    [],
  );
  const tokens = sessions.map((session) => world.sign({ ...session, role: 1, permissions: ["*"], methods: ["pwd"] }));
  world.admins.splice(0, Infinity, ...(await Promise.all(tokens)));
}

/** From its first record to its last, by the service itself. */
export async function walkChain({ send, admins }: World): Promise<Walked> {
  let checked = 0;
  for (let rest = ""; ;) {
    const path = `/api/admin/audit-logs/verify?limit=50000${rest}`;
    const { status, body } = await send({ method: "GET", path, token: admins[0] });
    if (status !== 200) throw new Error(`The audit log can't be verified: ${status} ${body?.code}`);
    checked += body.checked;
    if (!body.intact || body.complete) return { checked, isWhole: body.complete };
    rest = `&anchor=${body.anchor}`;
  }
}
