/** What owners are told to do if an act was not theirs. */
import type { Text } from "../../errors.ts";

/** For notices after which the owner may be unable to sign in. */
export const CONTACT_US: Text = {
  fr: "Si ce n'était pas vous, contactez-nous sans attendre : vous pouvez encore récupérer votre compte.",
  en: "If it wasn't you, contact us now: you can still get your account back.",
};

/** For a key that somebody else may hold now. */
export const REVOKE_KEY: Text = {
  fr: "Si ce n'était pas vous, révoquez cette clé dans votre compte et changez aussitôt de mot de passe.",
  en: "If it wasn't you, revoke that key in your account and change your password now.",
};

/** For an administrator's act, which the owner can't undo. */
export const ASK_US: Text = {
  fr: "Si vous ne vous y attendiez pas, contactez-nous.",
  en: "If you didn't expect this, contact us.",
};
