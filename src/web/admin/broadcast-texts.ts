/** The texts about messages to many. */
import { inLanguage, isOne, showNumber } from "../shared/texts.ts";

export const say = inLanguage({
  message: { fr: "Le message", en: "The message" },
  title: { fr: "Titre", en: "Title" },
  content: { fr: "Texte", en: "Text" },
  contentHint: { fr: "Du texte simple ; les retours à la ligne sont gardés.", en: "Plain text; line breaks are kept." },
  audience: { fr: "À qui", en: "To whom" },
  all: { fr: "Tout le monde", en: "Everyone" },
  role: { fr: "Les personnes qui ont un rôle", en: "Those who hold a role" },
  some: { fr: "Quelques personnes", en: "A few people" },
  ids: { fr: "Numéros de compte", en: "Account numbers" },
  idsHint: {
    fr: "Séparés par des virgules ou des espaces, 1 000 au plus.",
    en: "Separated by commas or spaces, 1,000 at most.",
  },
  preview: { fr: "Aperçu", en: "Preview" },
  previewLead: {
    fr: "Tel qu'il apparaîtra dans les notifications.",
    en: "As it will look among the notifications.",
  },
  emptyTitle: { fr: "Titre de l'annonce", en: "Title of the announcement" },
  emptyContent: { fr: "Le texte que vous écrivez apparaît ici.", en: "The text you write appears here." },
  check: { fr: "Continuer", en: "Continue" },
  send: { fr: "Envoyer", en: "Send" },
  sendTitle: { fr: "Envoyer cette annonce ?", en: "Send this announcement?" },
  reaches: {
    fr: (count: number) =>
      isOne(count) ? "Elle s'adresse à 1 personne." : `Elle s'adresse à ${showNumber(count)} personnes.`,
    en: (count: number) => (isOne(count) ? "It goes to 1 person." : `It goes to ${showNumber(count)} people.`),
  },
  reachesMore: {
    fr: (count: number) => `Elle s'adresse à plus de ${showNumber(count)} personnes.`,
    en: (count: number) => `It goes to more than ${showNumber(count)} people.`,
  },
  reachesAll: { fr: "Elle s'adresse à tous les comptes.", en: "It goes to every account." },
  reachesRole: {
    fr: (role: string) => `Elle s'adresse à toutes les personnes du rôle « ${role} ».`,
    en: (role: string) => `It goes to everyone with the role “${role}”.`,
  },
  final: {
    fr: "Une fois envoyée, elle ne peut être ni modifiée ni rappelée.",
    en: "Once sent, it can be neither changed nor called back.",
  },
  sent: { fr: "L'annonce est en route", en: "The announcement is on its way" },
  sentWhy: {
    fr: "Elle arrive tout de suite chez les personnes connectées, et attend les autres. Un grand envoi prend quelques minutes.",
    en: "People who are online get it at once; it waits for the others. A large one takes a few minutes.",
  },
  reference: { fr: "Référence", en: "Reference" },
  another: { fr: "Écrire une autre annonce", en: "Write another one" },
  badIds: {
    fr: "Un numéro de compte est un nombre, par exemple 42.",
    en: "An account number is a number, such as 42.",
  },
});
