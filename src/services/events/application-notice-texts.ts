/** What owners are told about the keys of their programs, and about applications. */
import { ASK_US, REVOKE_KEY } from "./notice-advice.ts";

export const APPLICATION_NOTICES = {
  api_key_created: {
    title: { fr: "Clé d'API créée", en: "API key created" },
    content: {
      fr: "Une clé d'API vient d'être créée pour votre compte : un programme peut désormais agir en votre nom.",
      en: "An API key has just been created for your account: a program can now act for you.",
    },
    advice: REVOKE_KEY,
  },
  api_key_rotated: {
    title: { fr: "Clé d'API renouvelée", en: "API key rotated" },
    content: {
      fr: "Une clé d'API de votre compte vient d'être remplacée par une nouvelle.",
      en: "An API key of your account has just been replaced by a new one.",
    },
    advice: REVOKE_KEY,
  },
  api_key_revoked_by_admin: {
    title: { fr: "Clé d'API révoquée", en: "API key revoked" },
    content: {
      fr: "Une clé d'API de votre compte vient d'être révoquée par un administrateur. Le programme qui l'utilise n'a plus accès.",
      en: "An administrator has just revoked an API key of your account. The program that uses it no longer has access.",
    },
    advice: ASK_US,
    byAdministrator: true,
  },
} as const;
