/** The texts of the account pages. */
import { inLanguage, showDay, showNumber } from "../shared/texts.ts";

export const say = inLanguage({
  account: { fr: "Votre compte", en: "Your account" },
  administration: { fr: "Administration", en: "Administration" },
  save: { fr: "Enregistrer", en: "Save" },
  cancel: { fr: "Annuler", en: "Cancel" },

  profile: { fr: "Profil", en: "Profile" },
  profileLead: { fr: "Qui vous êtes et comment vous joindre.", en: "Who you are, and how to reach you." },
  person: { fr: "Vos coordonnées", en: "Your details" },
  memberSince: {
    fr: (time: string) => `Compte créé le ${showDay(time)}`,
    en: (time: string) => `Account created on ${showDay(time)}`,
  },
  firstName: { fr: "Prénom", en: "First name" },
  lastName: { fr: "Nom", en: "Last name" },
  telephone: { fr: "Téléphone", en: "Telephone" },
  telephoneHint: {
    fr: "Avec l'indicatif, par exemple +33 6 12 34 56 78.",
    en: "With the country code, such as +44 20 7946 0958.",
  },

  address: { fr: "Adresse email", en: "E-mail address" },
  addressLead: {
    fr: "Elle vous sert d'identifiant, et c'est là que nous vous écrivons.",
    en: "You sign in with it, and it is where we write to you.",
  },
  proven: { fr: "confirmée", en: "confirmed" },
  unproven: { fr: "à confirmer", en: "not confirmed" },
  proveAgain: { fr: "Renvoyer le lien", en: "Send the link again" },
  pending: {
    fr: (address: string) => `${address} attend votre confirmation.`,
    en: (address: string) => `${address} is waiting for your confirmation.`,
  },
  pendingHint: {
    fr: "Ouvrez le lien que nous y avons envoyé. D'ici là, rien ne change.",
    en: "Open the link that we have sent there. Nothing changes until you do.",
  },
  withdraw: { fr: "Annuler le changement", en: "Cancel the change" },
  changeAddress: { fr: "Changer d'adresse", en: "Change address" },
  changeAddressHint: {
    fr: "Nous enverrons un lien à la nouvelle adresse. Le changement prend effet quand vous l'ouvrez.",
    en: "We'll send a link to the new address. The change takes effect once you open it.",
  },
  newAddress: { fr: "Nouvelle adresse", en: "New address" },
  sendLink: { fr: "Envoyer le lien", en: "Send the link" },

  preferences: { fr: "Langue et apparence", en: "Language and appearance" },
  preferencesLead: {
    fr: "La langue vaut aussi pour les emails que nous vous envoyons.",
    en: "The language is also that of the e-mails we send you.",
  },
  language: { fr: "Langue", en: "Language" },
  theme: { fr: "Thème", en: "Theme" },
  themeOfDevice: { fr: "Celui de l'appareil", en: "As on this device" },
  light: { fr: "Clair", en: "Light" },
  dark: { fr: "Sombre", en: "Dark" },

  security: { fr: "Sécurité", en: "Security" },
  securityLead: { fr: "Ce qui protège l'accès à votre compte.", en: "What protects your account." },

  data: { fr: "Vos données", en: "Your data" },
  dataLead: { fr: "En obtenir une copie, ou tout supprimer.", en: "Get a copy of it, or delete it all." },
  export: { fr: "Télécharger vos données", en: "Download your data" },
  exportLead: {
    fr: "Tout ce que nous conservons sur votre compte, dans un fichier JSON. Les secrets (mot de passe, codes) n'y figurent pas.",
    en: "Everything we keep about your account, in a JSON file. Secrets (password, codes) are left out.",
  },
  exportNow: { fr: "Télécharger", en: "Download" },
  exportFileName: { fr: "mon-compte", en: "my-account" },
  exported: { fr: "Vos données sont téléchargées.", en: "Your data has been downloaded." },
  received: {
    fr: (bytes: number) => `${showNumber(Math.ceil(bytes / 1024))} Ko reçus`,
    en: (bytes: number) => `${showNumber(Math.ceil(bytes / 1024))} KB received`,
  },
  deletion: { fr: "Supprimer votre compte", en: "Delete your account" },
  deletionLead: {
    fr: "Vous serez aussitôt déconnecté partout. Pendant 30 jours, nous pouvons encore le restaurer.",
    en: "You're signed out everywhere at once. For 30 days, we can still restore it.",
  },
  deleteAccount: { fr: "Supprimer mon compte…", en: "Delete my account…" },
  deleteQuestion: { fr: "Supprimer votre compte ?", en: "Delete your account?" },
  deleteHint: {
    fr: "Passé 30 jours, il est effacé pour de bon. D'ici là, contactez-nous si vous changez d'avis.",
    en: "After 30 days it is erased for good. Until then, contact us if you change your mind.",
  },
  deleteForGood: { fr: "Supprimer mon compte", en: "Delete my account" },
  typeAddress: {
    fr: (address: string) => `Pour confirmer, saisissez ${address}`,
    en: (address: string) => `To confirm, type ${address}`,
  },
  notYourAddress: { fr: "Ce n'est pas l'adresse de ce compte", en: "That isn't the address of this account" },
  deleted: { fr: "Votre compte est supprimé", en: "Your account is deleted" },
  changedYourMind: { fr: "Vous changez d'avis ?", en: "Changed your mind?" },
  restorable: {
    fr: (until: string) => `Écrivez-nous : nous pouvons restaurer votre compte jusqu'au ${until}.`,
    en: (until: string) => `Write to us: we can restore your account until ${until}.`,
  },
  toSignIn: { fr: "Aller à la connexion", en: "Go to the sign-in" },
});
