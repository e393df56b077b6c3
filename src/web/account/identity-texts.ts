/** The texts about accounts at other services. */
import { inLanguage } from "../shared/texts.ts";

const REFUSALS = {
  fr: {
    federation_denied: "Vous avez annulé l'association chez l'autre service.",
    identity_taken: "Ce compte externe est déjà associé à un autre compte de ce service. Dissociez-l'en d'abord.",
    reauthentication_required: "Vous êtes resté trop longtemps chez l'autre service. Recommencez.",
    invalid_token: "La session qui a commencé cette association est terminée. Recommencez.",
  } as Record<string, string>,
  en: {
    federation_denied: "You cancelled at the other service.",
    identity_taken: "This account is already linked to another account here. Unlink it there first.",
    reauthentication_required: "You stayed too long at the other service. Start again.",
    invalid_token: "The session that began this has ended. Start again.",
  } as Record<string, string>,
};

export const sayOfIdentities = inLanguage({
  title: { fr: "Comptes externes", en: "Accounts at other services" },
  lead: {
    fr: "Connectez-vous aussi avec un compte que vous avez ailleurs.",
    en: "Sign in with an account that you have elsewhere.",
  },
  none: { fr: "Aucun compte associé", en: "No linked accounts" },
  link: { fr: (name: string) => `Associer un compte ${name}`, en: (name: string) => `Link your ${name} account` },
  linked: {
    fr: (name: string) => `Votre compte ${name} est associé : vous pouvez désormais vous connecter avec lui.`,
    en: (name: string) => `Your ${name} account is linked. You can sign in with it now.`,
  },
  refused: {
    fr: (code: string) => REFUSALS.fr[code] ?? "Cette association n'est plus valable. Recommencez.",
    en: (code: string) => REFUSALS.en[code] ?? "This is no longer valid. Start again.",
  },
  notOffered: { fr: "ne sert plus à se connecter", en: "no longer signs in" },
  times: {
    fr: (linked: string, used: string | null) =>
      `Associé le ${linked} · ${used ? `utilisé le ${used}` : "jamais utilisé"}`,
    en: (linked: string, used: string | null) => `Linked ${linked} · ${used ? `last used ${used}` : "never used"}`,
  },
  unlink: { fr: "Dissocier", en: "Unlink" },
  unlinkNamed: { fr: (name: string) => `Dissocier ${name}`, en: (name: string) => `Unlink ${name}` },
  question: {
    fr: (name: string) => `Dissocier votre compte ${name} ?`,
    en: (name: string) => `Unlink your ${name} account?`,
  },
  unlinkHint: {
    fr: (name: string) =>
      `Vous ne pourrez plus vous connecter avec lui ; chez ${name}, rien ne change. Vos autres appareils seront déconnectés.`,
    en: (name: string) =>
      `It will no longer open your account here; nothing changes at ${name}. You'll be signed out of your other devices.`,
  },
});
