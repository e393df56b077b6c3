/** The texts of the audit log. */
import { inLanguage, isOne, showNumber } from "../shared/texts.ts";

export const say = inLanguage({
  actor: { fr: "Fait par", en: "Done by" },
  action: { fr: "Événement", en: "Event" },
  target: { fr: "Concerne", en: "Concerns" },
  from: { fr: "Du", en: "From" },
  to: { fr: "Au", en: "To" },
  records: { fr: "Enregistrements", en: "Records" },
  nothing: { fr: "Aucun enregistrement ne correspond", en: "No record matches" },
  nothingWhy: { fr: "Changez ou effacez les filtres.", en: "Change or clear the filters." },
  clear: { fr: "Effacer les filtres", en: "Clear the filters" },
  details: { fr: "Détails", en: "Details" },
  metadata: { fr: "Données", en: "Data" },
  address: { fr: "Adresse IP", en: "IP address" },
  request: { fr: "Requête", en: "Request" },
  hash: { fr: "Empreinte", en: "Hash" },
  service: { fr: "le service", en: "the service" },

  chain: { fr: "Vérifier que rien n'a été modifié", en: "Verify that nothing was changed" },
  chainLead: {
    fr: "Chaque enregistrement porte l'empreinte du précédent. La vérification les relit tous, dans l'ordre.",
    en: "Each record carries the hash of the one before it. Verifying reads them all again, in order.",
  },
  anchor: { fr: "Repartir d'un repère", en: "Start from an anchor" },
  anchorHint: {
    fr: "Le repère d'une vérification précédente, que vous avez gardé ailleurs : il prouve que rien n'a été réécrit jusque-là.",
    en: "The anchor of an earlier check that you kept elsewhere: it proves that nothing up to it was rewritten.",
  },
  verify: { fr: "Vérifier", en: "Verify" },
  checked: {
    fr: (count: number) => `${showNumber(count)} enregistrement${isOne(count) ? " relu" : "s relus"}…`,
    en: (count: number) => `${showNumber(count)} ${isOne(count) ? "record" : "records"} read…`,
  },
  intact: {
    fr: (count: number) =>
      isOne(count)
        ? `Intact : ${showNumber(count)} enregistrement vérifié.`
        : `Intact : ${showNumber(count)} enregistrements vérifiés.`,
    en: (count: number) => `Intact: ${showNumber(count)} ${isOne(count) ? "record" : "records"} verified.`,
  },
  keep: {
    fr: "Gardez ce repère hors de la base de données, pour la prochaine vérification :",
    en: "Keep this anchor outside the database, for the next check:",
  },
  missing: {
    fr: (id: string) => `L'enregistrement ${id} manque : il a été retiré du journal.`,
    en: (id: string) => `Record ${id} is missing: it was removed from the log.`,
  },
  changed: {
    fr: (id: string) => `L'enregistrement ${id} n'est plus tel qu'il a été écrit.`,
    en: (id: string) => `Record ${id} is no longer as it was written.`,
  },
  rewritten: {
    fr: (id: string) => `L'enregistrement ${id} n'est pas celui du repère : le journal a été réécrit jusque-là.`,
    en: (id: string) => `Record ${id} is not the one in the anchor: the log was rewritten up to it.`,
  },
});
