/**
 * Login with an account of an identity provider: one trip, which finds the identity, links it, or creates an account.
 * Whoever the provider names is let into an existing account by its address only if both sides have proven that address;
 * otherwise a stranger could get in by an unproven one, on either side.
 */
import { sql, type SQL } from "drizzle-orm";
import { remember, remembered } from "../../db/batch.ts";
import { AppError, type ErrorCode, type Locale } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import type { Provider } from "../../platform/providers.ts";
import { lockAccounts, runAct } from "../access/actor.ts";
import { happened } from "../events/happened.ts";
import { isGuarded, offered, offersOf, type AuthenticationMethod, type Offers } from "../factors/list.ts";
import { prepareSession, type SignedIn } from "../sessions/session.ts";
import { openChallenge, type Challenge } from "./challenge.ts";
import { endLogin, openLogin, type Opened } from "./completion.ts";
import { recordLogin } from "./history.ts";
import { readDevice } from "./known-devices.ts";

const SHOWN: AuthenticationMethod[] = ["fed"];
const METHOD = "federated";

/** Of whoever has signed in at the provider, canonical. */
export interface Person {
  subject: string;
  email: string | undefined;
  emailVerified: boolean;
  prenom: string;
  nom: string;
}

interface Found extends Record<string, unknown> {
  /** Null without an account for this identity. */
  userId: number | null;
  mayEnter: boolean | null;
  offers: Offers;
  isTaken: boolean;
}

/** Condition on `identities i`. */
export const isIdentity = ({ issuer }: Pick<Provider, "issuer">, { subject }: Pick<Person, "subject">): SQL =>
  sql`i.issuer = ${issuer} and i.subject = ${subject}`;

/** Statement: the owner of a deleted account may have another one. @param which condition on `identities i` */
export const freeOfDeleted = (which: SQL): SQL =>
  sql`delete from identities i using users u where u.id = i.user_id and u.deleted_at is not null and ${which}`;

/** Statement, before the locks: two logins with a new identity create one account. */
export const takeTurnsWith = ({ issuer }: Pick<Provider, "issuer">, { subject }: Pick<Person, "subject">): SQL =>
  sql`select pg_advisory_xact_lock(hashtext('identity'), hashtext(${`${issuer} ${subject}`}))`;

/** The same for many, in an order: two imports don't block each other. @param shown rows (issuer, subject) named `s` */
export const takeTurnsWithAll = (shown: SQL): SQL => sql`
  select pg_advisory_xact_lock(hashtext('identity'), turn)
  from (select distinct hashtext(s.issuer || ' ' || s.subject) as turn from ${shown} order by turn) as turns`;

/**
 * One trip; two where a second factor follows.
 * @throws AppError federation_refused for an account that is disabled, deleted or unproven; address_not_provided,
 * address_not_proven, sign_in_to_link without one.
 */
export async function logInWithIdentity(
  platform: Platform,
  {
    provider,
    person,
    deviceToken,
    locale,
  }: { provider: Provider; person: Person; deviceToken?: string | undefined; locale: Locale },
): Promise<SignedIn | Challenge> {
  const { db } = platform;
  const { email, emailVerified } = person;
  const isProven = email !== undefined && emailVerified && vouchesFor(provider, email);
  const isOpen = platform.config.REGISTRATION === "open";
  const mayCreate = email !== undefined && (isProven || isOpen);
  const identity = isIdentity(provider, person);
  const owner = sql`(select i.user_id from identities i where ${identity})`;
  const account = sql`
    select u.* from users u join identities i on i.user_id = u.id
    where ${identity} and u.is_active and u.deleted_at is null and (u.is_verified or ${isOpen}::boolean)`;
  const shown = await readDevice(platform, deviceToken);
  const session = await prepareSession(platform, SHOWN, shown.userId === null ? undefined : shown);
  const mayLink = sql`u.is_active and u.is_verified and ${isProven}::boolean`;
  const values = sql`${provider.issuer}, ${person.subject}, ${email ?? null}, ${emailVerified}::boolean`;
  const { found, outcome } = await runAct(
    platform,
    {
      freed: db.execute(freeOfDeleted(identity)),
      // An account that has got the address since the locks is not among those: it is locked here, and read anew.
      entered: db.execute(sql`
        with known as (select from identities i where ${identity}),
        address as (
          select u.* from users u where u.email = ${email ?? null} and u.deleted_at is null and not exists (select from known)
          for no key update
        ),
        linked as (
          insert into identities (user_id, issuer, subject, email, email_verified)
          select u.id, ${values} from address u where ${mayLink} returning user_id
        ),
        created as (
          insert into users (email, prenom, nom, locale, is_verified)
          select ${email ?? null}, ${person.prenom}, ${person.nom}, ${locale}, ${isProven}::boolean
          where ${mayCreate}::boolean and not exists (select from known) and not exists (select from address)
          on conflict (email) where deleted_at is null do nothing returning id
        ),
        begun as (
          insert into identities (user_id, issuer, subject, email, email_verified) select id, ${values} from created
        )
        select ${remember(sql`jsonb_build_object('linked', exists (select from linked), 'created', exists (select from created))`)}`),
      used: db.execute(sql`
        update identities i set email = ${email ?? null}, email_verified = ${emailVerified}::boolean, last_used_at = now(), updated_at = now()
        where ${identity}`),
      found: db.execute<Found>(sql`
        select u.id as "userId", exists (${account}) as "mayEnter", ${offersOf(sql`u.id`)} as offers,
          exists (select from users where email = ${email ?? null} and deleted_at is null) as "isTaken"
        from (select 1) as one left join identities i on ${identity} left join users u on u.id = i.user_id`),
      outcome: db.execute<Opened>(
        openLogin(platform, {
          session,
          method: METHOD,
          throttleKeys: [],
          account: sql`account as (${account} and not ${isGuarded(sql`u.id`, SHOWN)})`,
        }),
      ),
      ...happened(
        platform,
        { event: "account.registered", userId: owner, where: remembers("created"), facts: { email: email ?? "" } },
        { event: "identity.linked", userId: owner, where: remembers("linked"), metadata: { provider: provider.id } },
      ),
    },
    [
      db.execute(takeTurnsWith(provider, person)),
      db.execute(lockAccounts(sql`u.id = ${owner} or (u.email = ${email ?? null} and u.deleted_at is null)`)),
    ],
  );
  const signedIn = await endLogin(platform, session, outcome.rows[0]);
  if (signedIn) return signedIn;
  const { userId, mayEnter, offers, isTaken } = found.rows[0]!;
  if (userId === null) throw new AppError(reasonWithout({ email, isTaken, mayCreate }));
  if (mayEnter && offered(offers).length > 0)
    return openChallenge(platform, {
      userId,
      first: SHOWN,
      method: METHOD,
      account,
      device: session.device,
      deviceIsKnown: false,
      throttleKey: "",
      offers,
      refusal: "federation_refused",
    });
  const record = { outcome: "failure", reason: "not_usable", method: METHOD } as const;
  platform.defer(db.execute(recordLogin(platform, record, userId)));
  throw new AppError("federation_refused");
}

const remembers = (what: "linked" | "created"): SQL => sql`(${remembered} ->> ${what})::boolean`;

/** Where a proof of the mailbox is asked for, whether the address is taken is nobody's to know. */
function reasonWithout({
  email,
  isTaken,
  mayCreate,
}: {
  email: string | undefined;
  isTaken: boolean;
  mayCreate: boolean;
}): ErrorCode {
  if (email === undefined) return "address_not_provided";
  return mayCreate && isTaken ? "sign_in_to_link" : "address_not_proven";
}

/** Whether its word that `email` is its user's counts here. */
function vouchesFor({ trustEmail }: Provider, email: string): boolean {
  return typeof trustEmail === "boolean" ? trustEmail : trustEmail.includes(email.slice(email.lastIndexOf("@") + 1));
}
