/** The texts of the overview. */
import { inLanguage, isOne, showNumber, showTime } from "../shared/texts.ts";

export const say = inLanguage({
  lead: { fr: "L'état du service et son activité.", en: "How the service is doing, and what happens on it." },
  figures: { fr: "Chiffres", en: "Figures" },
  period: { fr: "Période", en: "Period" },
  days: {
    fr: (count: number) => `${showNumber(count)} derniers jours`,
    en: (count: number) => `Last ${showNumber(count)} days`,
  },
  year: { fr: "Une année", en: "One year" },
  accounts: { fr: "Comptes", en: "Accounts" },
  disabledAndDeleted: {
    fr: (disabled: number, deleted: number) =>
      `${showNumber(disabled)} désactivé${isOne(disabled) ? "" : "s"}, ${showNumber(deleted)} supprimé${isOne(deleted) ? "" : "s"} depuis peu`,
    en: (disabled: number, deleted: number) =>
      `${showNumber(disabled)} disabled, ${showNumber(deleted)} recently deleted`,
  },
  newOnes: { fr: "Nouveaux comptes", en: "New accounts" },
  inPeriod: { fr: "sur la période", en: "in this period" },
  liveSessions: { fr: "Sessions ouvertes", en: "Live sessions" },
  perAccount: {
    fr: (ratio: string) => `${ratio} par compte`,
    en: (ratio: string) => `${ratio} per account`,
  },
  twoFactor: { fr: "Second facteur", en: "Two-factor sign-in" },
  passkeys: { fr: "Clés d'accès", en: "Passkeys" },
  ofAccounts: {
    fr: (some: number, all: number) => `${showNumber(some)} sur ${showNumber(all)} comptes`,
    en: (some: number, all: number) => `${showNumber(some)} of ${showNumber(all)} accounts`,
  },
  countedAt: {
    fr: (time: string) =>
      `Totaux du ${showTime(time)}. Les jours sont comptés en temps universel (UTC) ; le dernier n'est pas fini.`,
    en: (time: string) => `Totals as of ${showTime(time)}. Days are counted in UTC; the last one is not over.`,
  },
  loginsByDay: { fr: "Connexions par jour", en: "Sign-ins by day" },
  loginsLead: {
    fr: "Les échecs sont des mots de passe ou des codes faux, et des refus après trop d'essais.",
    en: "Failures are wrong passwords or codes, and refusals after too many tries.",
  },
  signUpsByDay: { fr: "Inscriptions par jour", en: "Sign-ups by day" },
  logins: { fr: "Connexions", en: "Sign-ins" },
  failures: { fr: "Échecs", en: "Failures" },
  signUps: { fr: "Inscriptions", en: "Sign-ups" },
  day: { fr: "Jour", en: "Day" },
  asTable: { fr: "Voir les chiffres", en: "Show the figures" },
  inAll: { fr: "Au total", en: "In all" },
  plotFailed: { fr: "Le graphique n'a pas pu être chargé.", en: "The plot could not be loaded." },
  plot: {
    fr: (title: string) => `Graphique : ${title}. Les chiffres sont dans le tableau qui suit.`,
    en: (title: string) => `Plot: ${title}. The figures are in the table below it.`,
  },
  health: { fr: "File d'attente", en: "Queue" },
  healthy: {
    fr: "Aucune tâche abandonnée : tout ce qui devait partir est parti.",
    en: "No failed jobs: everything that had to go out went out.",
  },
  dead: {
    fr: (count: string, isOne: boolean) =>
      isOne
        ? "Une tâche a été abandonnée après plusieurs essais."
        : `${count} tâches ont été abandonnées après plusieurs essais.`,
    en: (count: string, isOne: boolean) =>
      isOne ? "One job failed for good after several tries." : `${count} jobs failed for good after several tries.`,
  },
  lastDead: {
    fr: (time: string) => `La dernière : ${showTime(time)}.`,
    en: (time: string) => `The latest: ${showTime(time)}.`,
  },
  seeJobs: { fr: "Voir les tâches", en: "See the jobs" },
  shortcuts: { fr: "Ce que vous pouvez faire ici", en: "What you can do here" },
});
