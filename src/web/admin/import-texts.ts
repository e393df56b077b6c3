/** The texts of the import. */
import { inLanguage, isOne, showNumber } from "../shared/texts.ts";

const lines = {
  fr: (count: number) => `${showNumber(count)} ligne${isOne(count) ? "" : "s"}`,
  en: (count: number) => `${showNumber(count)} ${isOne(count) ? "line" : "lines"}`,
};

export const say = inLanguage({
  file: { fr: "Le fichier", en: "The file" },
  choose: { fr: "Choisir un fichier", en: "Choose a file" },
  formats: {
    fr: "CSV avec une ligne d'en-tête, ou un objet JSON par ligne : email, prenom, nom, passwordHash et, si besoin, role (le numéro d'un rôle) et isVerified (adresse déjà vérifiée). Les mots de passe viennent déjà hachés, en bcrypt, argon2 ou scrypt ; le fichier ne quitte votre navigateur qu'au moment de l'import.",
    en: "CSV with a header line, or one JSON object per line: email, prenom (first name), nom (last name), passwordHash and, if you like, role (a role's number) and isVerified (address already proven). Passwords come hashed, as bcrypt, argon2 or scrypt; the file leaves your browser only when you import it.",
  },
  example: { fr: "Un exemple", en: "An example" },
  unreadable: { fr: "Ce fichier n'est pas du texte en UTF-8.", en: "This file is not text in UTF-8." },
  noRows: { fr: "Ce fichier est vide.", en: "This file is empty." },
  preview: { fr: "Aperçu", en: "Preview" },
  ready: {
    fr: (count: number) => (isOne(count) ? `${lines.fr(count)} prête` : `${lines.fr(count)} prêtes`),
    en: (count: number) => `${lines.en(count)} ready`,
  },
  faulty: {
    fr: (count: number) => `${lines.fr(count)} à corriger`,
    en: (count: number) => `${lines.en(count)} to correct`,
  },
  faultyWhy: {
    fr: "Les lignes à corriger sont laissées de côté : corrigez-les dans le fichier, puis importez-le de nouveau. Les comptes qui existent déjà ne changent pas.",
    en: "Lines to correct are left out: correct them in the file, then import it again. Accounts that already exist stay as they are.",
  },
  shownFirst: {
    fr: (count: number) => `Les ${showNumber(count)} premières lignes, celles à corriger d'abord.`,
    en: (count: number) => `The first ${showNumber(count)} lines, those to correct first.`,
  },
  line: { fr: "Ligne", en: "Line" },
  result: { fr: "Résultat", en: "Result" },
  fine: { fr: "prête", en: "ready" },
  start: { fr: (count: number) => `Importer ${lines.fr(count)}`, en: (count: number) => `Import ${lines.en(count)}` },
  startTitle: { fr: "Importer ces comptes ?", en: "Import these accounts?" },
  startWhy: {
    fr: "Les comptes sont créés tout de suite, avec leur mot de passe. Personne n'est prévenu par email. Pour revenir en arrière, il faudra supprimer les comptes un par un.",
    en: "The accounts are created at once, with their passwords. Nobody is told by e-mail. To undo it, you would have to delete the accounts one by one.",
  },
  other: { fr: "Choisir un autre fichier", en: "Choose another file" },
  stop: { fr: "Interrompre", en: "Pause" },
  resume: { fr: "Reprendre", en: "Resume" },
  goOn: {
    fr: (line: number) =>
      `Ce fichier a déjà été importé jusqu'à la ligne ${showNumber(line)} : l'import reprendra à la suivante.`,
    en: (line: number) =>
      `This file was already imported up to line ${showNumber(line)}: the import goes on with the next one.`,
  },
  again: { fr: "Tout reprendre depuis le début", en: "Start from the beginning instead" },
  progress: { fr: "Import en cours", en: "Importing" },
  paused: { fr: "Import interrompu", en: "Import paused" },
  finished: { fr: "Import terminé", en: "Import finished" },
  done: {
    fr: (done: number, all: number) => `${showNumber(done)} sur ${lines.fr(all)}`,
    en: (done: number, all: number) => `${showNumber(done)} of ${lines.en(all)}`,
  },
  created: { fr: "créé", en: "created" },
  exists: { fr: "existe déjà", en: "already exists" },
  invalid: { fr: "à corriger", en: "to correct" },
  refused: { fr: "refusé", en: "refused" },
  refusedWhy: {
    fr: "Ce rôle a des droits que vous n'avez pas.",
    en: "This role has permissions that you don't have.",
  },
  notCreated: { fr: "Lignes sans compte créé", en: "Lines without a new account" },
  allCreated: { fr: "Chaque ligne a créé un compte.", en: "Every line has made an account." },

  notJson: { fr: "Ce n'est pas un objet JSON.", en: "This is not a JSON object." },
  missing: { fr: (name: string) => `${name} manque.`, en: (name: string) => `${name} is missing.` },
  unknown: { fr: (name: string) => `${name} : champ inconnu.`, en: (name: string) => `${name}: unknown field.` },
  badEmail: { fr: "Cette adresse n'est pas valide.", en: "This address is not valid." },
  badHash: {
    fr: "passwordHash : ni bcrypt ($2…), ni argon2 ($argon2…), ni scrypt ($scrypt…).",
    en: "passwordHash: neither bcrypt ($2…), argon2 ($argon2…) nor scrypt ($scrypt…).",
  },
  badRole: { fr: "role : le numéro d'un rôle, par exemple 0.", en: "role: a role's number, such as 0." },
  twice: {
    fr: (line: number) => `Même adresse qu'à la ligne ${showNumber(line)}.`,
    en: (line: number) => `Same address as on line ${showNumber(line)}.`,
  },
  badCsv: {
    fr: "Cette ligne n'a pas autant de colonnes que l'en-tête.",
    en: "This line does not have as many columns as the header.",
  },
});
