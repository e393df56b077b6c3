/** What the routes of logins answer. */
import * as z from "zod";
import { FACTOR_NAMES, FACTORS } from "../services/factors/list.ts";
import { Identity, object, said, SignedIn, text } from "./answers.ts";

const asked = Object.fromEntries(
  FACTORS.flatMap(({ name, challenge }) => (challenge ? [[name, z.optional(challenge.sent)]] : [])),
);
const Challenge = said("Challenge", {
  twoFactorRequired: z.literal(true),
  twoFactorToken: text,
  methods: z.array(z.enum(FACTOR_NAMES)),
  ...(Object.keys(asked).length > 0 && { challenges: object("FactorChallenges", asked).optional() }),
});

/** Signed in, or the second step is still to come. */
export const LoginAnswer = z.union([SignedIn, Challenge]).meta({ id: "LoginAnswer" });
export const LoginCodeRequested = said("LoginCodeRequested", { emailCodeToken: text.optional() });

const Provider = object("Provider", { id: text, name: text });
export const ProviderList = object("ProviderList", { providers: z.array(Provider) });
export const IdentityList = object("IdentityList", { identities: z.array(Identity) });
export const Departure = object("Departure", { url: text });
