/** The texts of the account pages. */
import { inLanguage } from "../shared/texts.ts";

export const say = inLanguage({
  account: { fr: "Votre compte", en: "Your account" },
  administration: { fr: "Administration", en: "Administration" },
  profile: { fr: "Profil", en: "Profile" },
  profileLead: { fr: "Votre nom et vos coordonnées.", en: "Your name, and how to reach you." },
  firstName: { fr: "Prénom", en: "First name" },
  lastName: { fr: "Nom", en: "Last name" },
  telephone: { fr: "Téléphone", en: "Telephone" },
  save: { fr: "Enregistrer", en: "Save" },
});
