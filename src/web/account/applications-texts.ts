/** The texts about applications and API keys. */
import { inLanguage } from "../shared/texts.ts";

export const sayOfApplications = inLanguage({
  title: { fr: "Applications", en: "Applications" },
  lead: {
    fr: "Ce qui agit en votre nom, même en votre absence.",
    en: "What acts for you while you are away.",
  },
  connected: { fr: "Applications connectées", en: "Connected applications" },
  connectedLead: {
    fr: "Celles où vous vous connectez avec ce compte.",
    en: "You sign in to them with this account.",
  },
  noneConnected: { fr: "Aucune application connectée", en: "No connected applications" },
  since: {
    fr: (day: string, used: string | null) => `Autorisée le ${day}${used ? ` · utilisée le ${used}` : ""}`,
    en: (day: string, used: string | null) => `Allowed ${day}${used ? ` · last used ${used}` : ""}`,
  },
  withdraw: { fr: "Retirer l'accès", en: "Remove access" },
  withdrawFrom: { fr: (name: string) => `Retirer l'accès à ${name}`, en: (name: string) => `Remove access of ${name}` },
  withdrawHint: {
    fr: "Vous en serez déconnecté. Elle vous demandera votre accord la prochaine fois.",
    en: "You will be signed out of it. Next time, it has to ask you again.",
  },
  keys: { fr: "Clés d'API", en: "API keys" },
  keysLead: {
    fr: "Pour un script ou une tâche planifiée. Une clé ne permet ni de se connecter ici, ni de modifier ce compte.",
    en: "For a script or a scheduled job. A key can neither sign in here nor change this account.",
  },
  noKeys: { fr: "Aucune clé d'API", en: "No API keys" },
  newKey: { fr: "Nouvelle clé", en: "New key" },
  make: { fr: "Créer la clé", en: "Create the key" },
  name: { fr: "Nom", en: "Name" },
  days: { fr: "Valable pendant (jours)", en: "Valid for (days)" },
  permissions: { fr: "Permissions", en: "Permissions" },
  permissionsHint: {
    fr: "Parmi les vôtres, séparées par des espaces. Sans aucune, la clé dit seulement qui vous êtes.",
    en: "Of your own, separated by spaces. Without any, the key only says who you are.",
  },
  times: {
    fr: (until: string, used: string | null) =>
      `Expire le ${until} · ${used ? `utilisée le ${used}` : "jamais utilisée"}`,
    en: (until: string, used: string | null) => `Expires ${until} · ${used ? `last used ${used}` : "never used"}`,
  },
  previous: {
    fr: (until: string) => `L'ancienne clé fonctionne jusqu'au ${until}.`,
    en: (until: string) => `The previous key works until ${until}.`,
  },
  rename: { fr: "Renommer", en: "Rename" },
  renameNamed: { fr: (name: string) => `Renommer ${name}`, en: (name: string) => `Rename ${name}` },
  rotate: { fr: "Renouveler", en: "Rotate" },
  rotateNamed: { fr: (name: string) => `Renouveler ${name}`, en: (name: string) => `Rotate ${name}` },
  rotateHint: {
    fr: "Vous obtenez une nouvelle clé. L'actuelle fonctionne encore un jour.",
    en: "You get a new key. The present one works for another day.",
  },
  revoke: { fr: "Révoquer", en: "Revoke" },
  revokeNamed: { fr: (name: string) => `Révoquer ${name}`, en: (name: string) => `Revoke ${name}` },
  revokeHint: {
    fr: "Ce qui utilise cette clé n'aura plus accès, immédiatement.",
    en: "Whatever uses this key loses access at once.",
  },
  keep: { fr: "Copiez cette clé", en: "Copy this key" },
});
