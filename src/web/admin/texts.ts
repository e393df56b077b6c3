/** The texts of the administration. */
import { inLanguage, showNumber } from "../shared/texts.ts";

export const say = inLanguage({
  administration: { fr: "Administration", en: "Administration" },
  account: { fr: "Votre compte", en: "Your account" },
  accounts: { fr: "Comptes", en: "Accounts" },
  accountsLead: { fr: "Les personnes qui ont un compte.", en: "The people who have an account." },
  name: { fr: "Nom", en: "Name" },
  address: { fr: "Adresse email", en: "E-mail address" },
  role: { fr: "Rôle", en: "Role" },
  state: { fr: "État", en: "State" },
  active: { fr: "actif", en: "active" },
  unproven: { fr: "à vérifier", en: "unverified" },
  disabled: { fr: "désactivé", en: "disabled" },
  deleted: { fr: "supprimé", en: "deleted" },
  page: {
    fr: (number: number) => `Page ${showNumber(number)}`,
    en: (number: number) => `Page ${showNumber(number)}`,
  },
  nobody: { fr: "Aucun compte", en: "No accounts" },
});
