/**
 * What must hold after any schedule, whoever was first: asked of the database and of the API, not of the answers alone.
 * The audit log is written last in every transaction, under one lock, so its order is the order in which acts took effect.
 */
import type { Act } from "./acts.ts";
import type { Done, Outcome } from "./schedule.ts";
import type { World } from "./world.ts";

type Invariant = (outcome: Outcome, world: World) => string[] | Promise<string[]>;

export const succeeded = ({ answer }: Done) => answer.status < 400;
const names = (list: Done[]) => list.map(({ act, answer }) => `${act.name} ${answer.status}`).join(", ");

/** Deadlock, serialization failure, lock or statement timeout. */
const CLASHES = ["40P01", "40001", "55P03", "57014"];

/** Every answer is one of the contract's, and no two acts stood in each other's way for good. */
const orderly: Invariant = ({ done }) =>
  done.flatMap(({ act, answer, trips }) => [
    ...(answer.status >= 500 ? [`${act.name} answered ${answer.status} ${answer.body?.code}`] : []),
    ...trips.flatMap(({ sqlState }) => (CLASHES.includes(sqlState ?? "") ? [`${act.name} met ${sqlState}`] : [])),
  ]);

/** A link, a challenge, a code, an address: one use, one owner at a time. */
const once: Invariant = ({ done }) =>
  done.flatMap((one, at) =>
    done.slice(at + 1).flatMap((two) => {
      if (one.hand !== two.hand || !succeeded(one) || !succeeded(two)) return [];
      const isFreed = done.some((act) => act !== one && act !== two && act.act.freesAddress && succeeded(act));
      const shared = one.act.once?.filter((thing) => two.act.once?.includes(thing)) ?? [];
      return shared
        .filter((thing) => thing !== "new address" || !isFreed)
        .map((thing) => `one ${thing} was good for two: ${names([one, two])}`);
    }),
  );

/** The sessions that stood before the act and that its success ends. */
function endedBy({ act, hand }: Done, { before, subject }: Outcome): string[] {
  const ids = before.sessions.filter(({ live }) => live).map(({ id }) => id);
  const { sessionId } = hand;
  if (act.ends === "own") return [sessionId];
  if (act.ends === "other") return [subject.hands[hand.at ^ 1]!.sessionId];
  if (act.ends === "others") return ids.filter((id) => id !== sessionId);
  return act.ends === "all" ? ids : [];
}

const sessionsEnd: Invariant = (outcome) => {
  const { done, before, after } = outcome;
  const isOffAgain = done.some((one) => succeeded(one) && one.act.takesFactors);
  return done.filter(succeeded).flatMap((one) => {
    const ended = endedBy(one, outcome);
    const { outdates } = one.act;
    const isOutdated = (methods: string[]) =>
      outdates === "everything" ||
      // A passkey does not stand on the password, and outlives a reset.
      (outdates === "password" && methods.includes("pwd")) ||
      (outdates === "one factor" && !methods.includes("mfa") && !isOffAgain) ||
      // A login with a code by mail has shown the factor that is turned on.
      (outdates === "without the mailbox" && !methods.includes("email") && !methods.includes("mfa") && !isOffAgain) ||
      (outdates === "second factor" && methods.includes("mfa"));
    // What began after it had ended knew the new password, or whatever else is new.
    const later = new Set(done.filter(({ began }) => began > one.ended).map(openedBy));
    const known = new Set(before.sessions.map(({ id }) => id));
    return after.sessions
      .filter(({ live }) => live)
      .filter(({ id, methods }) =>
        known.has(id) ? ended.includes(id) : !later.has(id) && outdates !== undefined && isOutdated(methods),
      )
      .map(
        ({ id, methods }) =>
          `a session (${methods.join(", ")}${known.has(id) ? "" : ", opened meanwhile"}) outlived ${one.act.name}`,
      );
  });
};

/** Whoever came by an identity that is linked no more has no session; and no identity comes or goes by itself. */
const identitiesHold: Invariant = ({ subject, done, before, after }) => {
  const has = (sub: string) => after.identities.includes(sub);
  const subs = done.map(({ act, hand }) => act.identity?.(subject, hand));
  const entered = done.flatMap((one, at) => {
    const session = after.sessions.find(({ id }) => id === openedBy(one));
    return session?.live && subs[at] !== undefined && !has(subs[at])
      ? [`${one.act.name} opened a session by an identity that is not linked`]
      : [];
  });
  const strange = after.identities.filter((sub) => !before.identities.includes(sub) && !subs.includes(sub));
  const unlinked = done
    .filter((one) => succeeded(one) && one.act.name === "unlink-identity")
    .map(({ hand }) => `${subject.userId}-${hand.at % 2}`);
  // The first proof of the mailbox takes them away, even where the address has been replaced since, and so does whoever
  // comes by one of a deleted account.
  const mayGo = !(before.user.isProven && after.user.isProven) || before.user.isDeleted || after.user.isDeleted;
  const linked = done.flatMap((one, at) => (succeeded(one) && one.act.name === "link-identity" ? [subs[at]!] : []));
  const gone = [...before.identities, ...linked].filter((sub) => !has(sub) && !unlinked.includes(sub));
  return [
    ...entered,
    ...strange.map(() => "an identity is linked that nobody brought"),
    ...unlinked.filter(has).map(() => "an identity outlived unlink-identity"),
    ...(mayGo ? [] : gone.map(() => "an identity went that nobody unlinked")),
  ];
};

const keysGo: Invariant = ({ done, before, after }) =>
  done
    .filter((one) => succeeded(one) && one.act.dropsKeys)
    .flatMap(({ act }) =>
      before.apiKeys.some((id) => after.apiKeys.includes(id)) ? [`an API key outlived ${act.name}`] : [],
    );

/** What an application had before the act. */
const grantsEnd: Invariant = ({ done, after }) =>
  done
    .filter((one) => succeeded(one) && one.act.endsGrants)
    .flatMap(({ act, hand }) =>
      after.grants.some(
        ({ session, live, madeHere }) => live && !madeHere && (act.endsGrants === "all" || session === hand.sessionId),
      )
        ? [`a grant outlived ${act.name}`]
        : [],
    );

/** Nothing that an older session made, or that stood before, is left open. */
const linksDie: Invariant = ({ done, before, after }) =>
  done
    .filter((one) => succeeded(one) && one.act.killsLinks)
    .flatMap(({ act }) => {
      const known = new Set(before.tokens.map(({ id }) => id));
      const left = after.tokens.filter(({ id, live }) => live && known.has(id));
      return left.map(({ purpose }) => `a ${purpose} outlived ${act.name}`);
    });

const PENDING = ["change_email", "login_challenge", "reset_password", "email_code"];

/** The act's row in the audit log of this schedule, where it can be told from those of others. */
function auditOf({ act }: Done, { after, done }: Outcome) {
  const isOnly = done.filter((one) => one.act.audit === act.audit).length === 1;
  return isOnly ? after.audit.find(({ action }) => action === act.audit) : undefined;
}

/** An act on a session that another has ended took effect before that one, or not at all. */
const nothingAfterTheEnd: Invariant = (outcome) => {
  const { done, before, after } = outcome;
  return done.filter(succeeded).flatMap((ender) => {
    const ended = new Set(endedBy(ender, outcome));
    const end = auditOf(ender, outcome);
    return done.flatMap((one) => {
      if (one === ender || !succeeded(one) || !one.act.standsOn || one.act.audit === ender.act.audit) return [];
      const isTaken = ended.has(one.hand.sessionId) || (one.act.standsOn === "authority" && ender.act.demotes === true);
      if (!isTaken) return [];
      const acted = auditOf(one, outcome);
      if (end && acted && acted.id > end.id)
        return [`${one.act.name} took effect after ${ender.act.name} had ended what it stood on`];
      const known = new Set(before.tokens.map(({ id }) => id));
      const made = after.tokens.filter(({ id, live, purpose }) => live && !known.has(id) && PENDING.includes(purpose));
      // A login that proves the mailbox may ask for a second step itself.
      const asksMore = ender.answer.body?.twoFactorRequired === true;
      const own = asksMore ? made.find(({ purpose }) => purpose === "login_challenge") : undefined;
      const left = made.filter((token) => token !== own);
      // A link of its own that an act leaves open must not outlive the session that asked for it.
      return ender.act.killsLinks && done.length === 2
        ? left.map(({ purpose }) => `a ${purpose} of ${one.act.name} outlived ${ender.act.name}`)
        : [];
    });
  });
};

/** Who is set aside has nothing open. */
const setAside: Invariant = ({ after }) => {
  if (after.user.isActive && !after.user.isDeleted) return [];
  const sessions = after.sessions.filter(({ live }) => live).length;
  const tokens = after.tokens.filter(({ live, purpose }) => live && PENDING.includes(purpose));
  return [
    ...(sessions > 0 ? [`${sessions} sessions of an account that is disabled or deleted`] : []),
    ...tokens.map(({ purpose }) => `a ${purpose} of an account that is disabled or deleted`),
  ];
};

/** Of all that an act entails, all is there or none. */
const whole: Invariant = (outcome) => {
  const { done, before, after } = outcome;
  const failures: string[] = [];
  for (const audit of new Set(done.map(({ act }) => act.audit).filter((action) => action !== undefined))) {
    const those = done.filter(({ act }) => act.audit === audit);
    const successes = those.filter(succeeded).length;
    const rows = after.audit.filter(({ action }) => action === audit).length;
    if (rows > successes || (successes > 0 && rows === 0 && !those.some(({ act }) => act.auditsChangesOnly)))
      failures.push(`${rows} × ${audit} in the audit log for ${names(those)}`);
  }
  const setPassword = done
    .filter(({ act }) => act.outdates === "password" || act.audit === "password.removed")
    .some(succeeded);
  if (setPassword !== (before.user.passwordHash !== after.user.passwordHash))
    failures.push(setPassword ? "the old password's hash is back" : "the password changed without an act's success");
  const isProtected = after.factors.some(({ on }) => on);
  if (!isProtected && after.unusedCodes > 0) failures.push("recovery codes without a second factor");
  const shown = after.sessions.filter(({ live, methods }) => live && methods.includes("otp"));
  if (shown.length > 0 && !after.factors.some(({ type, on }) => type === "totp" && on))
    failures.push("a session says `otp` where there is none");
  const signed = after.sessions.filter(({ live, methods }) => live && methods.includes("user"));
  if (signed.length > 0 && !after.factors.some(({ type }) => type.startsWith("passkey")))
    failures.push("a session says `user` where there is no passkey");
  return failures;
};

const countersGrow: Invariant = ({ before, after }) => [
  ...before.sessions
    .filter((session) => after.sessions.find(({ id }) => id === session.id)!.generation < session.generation)
    .map(() => "a generation went back"),
  ...before.tokens
    .filter((token) => (after.tokens.find(({ id }) => id === token.id)?.attempts ?? Infinity) < token.attempts)
    .map(() => "a count of attempts went back"),
  ...before.factors
    .filter(({ type, step }) => (after.factors.find((factor) => factor.type === type)?.step ?? Infinity) < (step ?? 0))
    .map(() => "a used step went back"),
];

const chainHolds: Invariant = ({ after }) => (after.chainHolds ? [] : ["the audit chain is broken"]);

/** Marks are written after the answer, so a token may be good for that moment. */
const MARK_MS = 1_000;

/** Whether tokens that were good before its success must not be, afterwards. */
export const endsTokens = ({ ends, demotes }: Act): boolean => ends !== undefined || demotes === true;

/** Whoever verifies tokens without the database is told of every end and of every loss of authority. */
const tokensFollow: Invariant = async ({ subject, done, before, after }, world) => {
  const isRisky = done.some((one) => succeeded(one) && endsTokens(one.act));
  if (!isRisky) return [];
  const tokens = [
    ...subject.hands.map(({ token, at }) => [`the token of hand ${at}`, token] as const),
    ...done.map(({ act, answer }) => [`the token that ${act.name} answered`, answer.body?.token] as const),
  ];
  const failures = await Promise.all(
    tokens.map(async ([what, token]) => {
      const session = after.sessions.find(({ id }) => id === sessionOf(token));
      // What was over before the schedule, as an account that is set aside has it, was marked then.
      const wasOver = before.sessions.some(({ id, live }) => id === session?.id && !live);
      if (!session || wasOver || typeof token !== "string") return [];
      // Whatever a verifier answers, it says nothing that isn't so.
      if (session.live && excessOf(claimsOf(token)!, after).length === 0) return [];
      for (const deadline = Date.now() + MARK_MS; ;) {
        const { body } = await world.send({ method: "POST", path: "/api/auth/verify-token", body: { token } });
        if (!body.active) return [];
        const excess = excessOf(body.claims, after);
        if (session.live && excess.length === 0) return [];
        if (Date.now() > deadline)
          return [
            session.live ? `${what} still says ${excess.join(", ")}` : `${what} is accepted after its session's end`,
          ];
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }),
  );
  return failures.flat();
};

interface Claims {
  sid?: string;
  permissions: string[];
}

/** What a token permits and the account no longer does. */
const excessOf = ({ permissions }: Claims, after: Outcome["after"]) =>
  permissions.filter((one) => !after.permissions.includes(one));

function claimsOf(token: unknown): Claims | undefined {
  const payload = typeof token === "string" ? token.split(".")[1] : undefined;
  return payload && JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/")));
}

/** The session that a login opened, or that a token is of. */
const openedBy = ({ answer: { body } }: Done): string | undefined => body?.sessionId ?? sessionOf(body?.token);

/** The session that an access token names. */
const sessionOf = (token: unknown): string | undefined => claimsOf(token)?.sid;

const INVARIANTS: Invariant[] = [
  orderly,
  once,
  sessionsEnd,
  linksDie,
  identitiesHold,
  keysGo,
  grantsEnd,
  nothingAfterTheEnd,
  setAside,
  whole,
  countersGrow,
  chainHolds,
  tokensFollow,
];

/** What does not hold, in words; none if all does. */
export async function judge(outcome: Outcome, world: World): Promise<string[]> {
  const failures = await Promise.all(INVARIANTS.map(async (invariant) => invariant(outcome, world)));
  return [...new Set(failures.flat())];
}
