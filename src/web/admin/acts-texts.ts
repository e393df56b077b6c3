/** What an act on an account means, said before it is done. */
import { inLanguage } from "../shared/texts.ts";

export const say = inLanguage({
  edit: { fr: "Modifier le nom", en: "Change the name" },
  address: { fr: "Changer l'adresse", en: "Change the address" },
  addressWhy: {
    fr: "La nouvelle adresse prend effet immédiatement et pourra réinitialiser le mot de passe : assurez-vous que la demande vient bien du titulaire. Toutes ses sessions et tous les liens envoyés prennent fin, et les deux adresses sont prévenues.",
    en: "The new address takes effect at once and can reset the password, so make sure that the request comes from the owner. Every session and every link sent so far ends, and both addresses are told.",
  },
  newAddress: { fr: "Nouvelle adresse", en: "New address" },
  trusted: { fr: "Je confirme que cette adresse est la sienne", en: "I confirm that this address is theirs" },
  trustedHint: {
    fr: "Sinon, elle reste à vérifier.",
    en: "Otherwise it stays unverified until they prove it.",
  },
  confirm: { fr: "Confirmer l'adresse", en: "Confirm the address" },
  confirmWhy: {
    fr: (email: string) =>
      `Vous vous portez garant que ${email} appartient à cette personne. Si personne ne l'avait prouvé, ce qui a été fait avant sur ce compte prend fin : sessions, liens, seconds facteurs.`,
    en: (email: string) =>
      `You vouch that ${email} belongs to this person. If nobody had proven it before, whatever was done on this account until now ends: sessions, links, second factors.`,
  },
  role: { fr: "Changer de rôle", en: "Change the role" },
  roleWhy: {
    fr: "Les droits du nouveau rôle s'appliquent immédiatement, sur tous ses appareils.",
    en: "What the new role may do takes effect at once, on all devices.",
  },
  disable: { fr: "Désactiver", en: "Disable" },
  disableTitle: {
    fr: (name: string) => `Désactiver le compte de ${name} ?`,
    en: (name: string) => `Disable ${name}'s account?`,
  },
  disableWhy: {
    fr: "Toutes ses sessions se ferment, les liens envoyés ne fonctionnent plus, et la connexion est refusée jusqu'à ce que le compte soit réactivé.",
    en: "Every session ends, links sent so far stop working, and nobody can sign in to it until it is enabled again.",
  },
  enable: { fr: "Réactiver", en: "Enable" },
  enableTitle: {
    fr: (name: string) => `Réactiver le compte de ${name} ?`,
    en: (name: string) => `Enable ${name}'s account?`,
  },
  enableWhy: { fr: "La connexion redevient possible.", en: "Its owner can sign in again." },
  unlock: { fr: "Débloquer", en: "Unlock" },
  unlockTitle: {
    fr: (name: string) => `Débloquer la connexion de ${name} ?`,
    en: (name: string) => `Unlock sign-in for ${name}?`,
  },
  unlockWhy: {
    fr: "Les essais manqués sont oubliés : la personne peut réessayer sans attendre.",
    en: "Failed attempts are forgotten: they can try again without waiting.",
  },
  logout: { fr: "Fermer toutes les sessions", en: "End all sessions" },
  logoutTitle: {
    fr: (name: string) => `Fermer toutes les sessions de ${name} ?`,
    en: (name: string) => `End all of ${name}'s sessions?`,
  },
  logoutWhy: {
    fr: "Chaque appareil devra se reconnecter. Un travail en cours peut être perdu.",
    en: "Every device will have to sign in again. Unsaved work may be lost.",
  },
  reset: { fr: "Retirer la double authentification", en: "Remove second factors" },
  resetTitle: {
    fr: (name: string) => `Retirer la double authentification de ${name} ?`,
    en: (name: string) => `Remove ${name}'s second factors?`,
  },
  resetWhy: {
    fr: "L'application d'authentification, les codes par email et les codes de récupération sont effacés, et toutes les sessions se ferment. Le mot de passe suffira pour se connecter. Vous ne pourrez pas revenir en arrière.",
    en: "The authenticator, codes by e-mail and recovery codes are erased, and every session ends. The password alone will be enough to sign in. You can't undo this.",
  },
  delete: { fr: "Supprimer", en: "Delete" },
  deleteTitle: {
    fr: (name: string) => `Supprimer le compte de ${name} ?`,
    en: (name: string) => `Delete ${name}'s account?`,
  },
  deleteWhy: {
    fr: "Les sessions et les liens prennent fin tout de suite, et l'adresse redevient libre. Le compte peut être rétabli pendant 30 jours ; après, il est effacé pour toujours.",
    en: "Sessions and links end at once, and the address is free again. The account can be restored for 30 days; after that it is gone for good.",
  },
  restore: { fr: "Rétablir", en: "Restore" },
  restoreTitle: {
    fr: (name: string) => `Rétablir le compte de ${name} ?`,
    en: (name: string) => `Restore ${name}'s account?`,
  },
  restoreWhy: {
    fr: "La personne pourra se connecter comme avant, si personne d'autre n'a pris son adresse entre-temps.",
    en: "Its owner can sign in as before, unless somebody else has taken the address in the meantime.",
  },
  look: { fr: "Voir ce que cette personne voit", en: "See what this person sees" },
  lookTitle: {
    fr: (name: string) => `Voir le compte de ${name} ?`,
    en: (name: string) => `Look at ${name}'s account?`,
  },
  lookWhy: {
    fr: "Les pages de son compte s'ouvrent dans un nouvel onglet, pour dix minutes et en lecture seule : rien ne peut y être changé.",
    en: "The pages of their account open in a new tab, for ten minutes and for reading alone: nothing can be changed there.",
  },
  lookTold: {
    fr: "La personne en est prévenue aussitôt, par email et dans ses messages, et peut y mettre fin. Votre nom et le motif restent dans le journal d'audit.",
    en: "The person is told at once, by e-mail and in their messages, and can end it. Your name and the reason stay in the audit log.",
  },
  reason: { fr: "Motif", en: "Reason" },
  reasonHint: { fr: "Par exemple le numéro de la demande.", en: "The number of the ticket, for example." },
  blocked: {
    fr: "Votre navigateur n'a pas ouvert l'onglet de lui-même. La consultation a déjà commencé.",
    en: "Your browser has not opened the tab by itself. The ten minutes have begun.",
  },
  openTab: { fr: "Ouvrir l'onglet", en: "Open the tab" },
});
