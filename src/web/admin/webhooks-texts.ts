/** The texts about webhooks: their list, one of them, what was sent. */
import { inLanguage, showNumber, showTime } from "../shared/texts.ts";

export const say = inLanguage({
  list: { fr: "Destinations", en: "Endpoints" },
  nothing: { fr: "Aucun webhook", en: "No webhooks" },
  nothingWhy: {
    fr: "Ajoutez une adresse : elle recevra les événements que vous choisissez, signés, dès qu'ils se produisent.",
    en: "Add an address: it gets the events that you choose, signed, as soon as they happen.",
  },
  add: { fr: "Ajouter un webhook", en: "Add a webhook" },
  address: { fr: "Adresse", en: "Address" },
  addressHint: {
    fr: "https, sous un nom public. Elle peut contenir un secret : le journal d'audit n'en garde que le nom d'hôte.",
    en: "https, under a public name. It may hold a secret: the audit log keeps its host name alone.",
  },
  description: { fr: "Description", en: "Description" },
  events: { fr: "Événements", en: "Events" },
  all: { fr: "Tous les événements", en: "All events" },
  allHint: { fr: "Y compris ceux qui s'ajouteront plus tard.", en: "Also those that the service learns later." },
  some: {
    fr: (chosen: number, all: number) => `${chosen} sur ${all}`,
    en: (chosen: number, all: number) => `${chosen} of ${all}`,
  },
  wholeGroup: { fr: "Tout ce groupe", en: "The whole group" },
  choose: {
    fr: "Choisissez au moins un événement, ou tous.",
    en: "Choose at least one event, or all of them.",
  },
  created: { fr: "Ajouté le", en: "Added" },
  owner: { fr: "Ajouté par", en: "Added by" },
  active: { fr: "actif", en: "active" },
  paused: { fr: "en pause", en: "paused" },
  failing: { fr: "en échec", en: "failing" },
  isFailing: {
    fr: (time: string) =>
      `Cette adresse ne répond plus comme il faut depuis le ${showTime(time)}. Les livraisons sont retentées, de moins en moins souvent ; après cinq jours, le webhook se met en pause.`,
    en: (time: string) =>
      `This address has not answered as it should since ${showTime(time)}. Deliveries are tried again, less and less often; after five days the webhook pauses.`,
  },
  isPaused: {
    fr: (time: string) => `En pause depuis le ${showTime(time)} : rien ne lui est envoyé.`,
    en: (time: string) => `Paused since ${showTime(time)}: nothing is sent to it.`,
  },
  twoSecrets: {
    fr: (time: string) => `Les envois portent aussi la signature de l'ancien secret, jusqu'au ${showTime(time)}.`,
    en: (time: string) => `What is sent also carries the signature of the old secret, until ${showTime(time)}.`,
  },
  back: { fr: "Tous les webhooks", en: "All webhooks" },
  gone: { fr: "Ce webhook n'existe plus", en: "This webhook is gone" },

  edit: { fr: "Modifier", en: "Edit" },
  test: { fr: "Envoyer un essai", en: "Send a test" },
  testWhy: {
    fr: "L'adresse reçoit un événement webhook.test, sans contenu. Vous verrez sa réponse parmi les livraisons.",
    en: "The address gets an event webhook.test without content. You will see its answer among the deliveries.",
  },
  rotate: { fr: "Renouveler le secret", en: "Rotate the secret" },
  rotateWhy: {
    fr: "Pendant un jour, chaque envoi porte deux signatures, celle du nouveau secret et celle de l'actuel : le temps de le remplacer chez le destinataire.",
    en: "For a day everything sent carries two signatures, of the new secret and of the present one: time to replace it at the receiver.",
  },
  pause: { fr: "Mettre en pause", en: "Pause" },
  pauseWhy: {
    fr: "Rien ne lui sera plus envoyé, et les livraisons en attente sont abandonnées. Vous pourrez relancer celles des 30 derniers jours.",
    en: "Nothing more is sent to it, and deliveries that wait are given up. You can send those of the last 30 days again.",
  },
  resume: { fr: "Reprendre", en: "Resume" },
  resumeWhy: {
    fr: "Les nouveaux événements lui seront envoyés. Pour ceux qui ont manqué, relancez ensuite les livraisons échouées.",
    en: "New events are sent to it. For those that were missed, send the failed deliveries again afterwards.",
  },
  delete: { fr: "Supprimer", en: "Delete" },
  deleteWhy: {
    fr: "Plus rien ne lui sera envoyé, et la liste de ses livraisons disparaît. C'est définitif.",
    en: "Nothing more is sent to it, and the list of its deliveries is gone. This is final.",
  },
  secretTitle: { fr: "Copiez ce secret", en: "Copy this secret" },
  secretHint: {
    fr: "Le destinataire vérifie avec lui que les envois viennent de ce service.",
    en: "With it the receiver verifies that what it gets comes from this service.",
  },

  deliveries: { fr: "Livraisons", en: "Deliveries" },
  deliveriesLead: { fr: "Celles des 30 derniers jours.", en: "Those of the last 30 days." },
  noDeliveries: { fr: "Rien n'a encore été envoyé", en: "Nothing was sent yet" },
  event: { fr: "Événement", en: "Event" },
  answer: { fr: "Réponse", en: "Answer" },
  attempts: { fr: "Essais", en: "Attempts" },
  pending: { fr: "en attente", en: "waiting" },
  delivered: { fr: "livrée", en: "delivered" },
  failed: { fr: "échouée", en: "failed" },
  next: {
    fr: (time: string) => `prochain essai : ${showTime(time)}`,
    en: (time: string) => `next attempt: ${showTime(time)}`,
  },
  status: {
    fr: (status: number, milliseconds: string) => `HTTP ${status}${milliseconds && ` en ${milliseconds} ms`}`,
    en: (status: number, milliseconds: string) => `HTTP ${status}${milliseconds && ` in ${milliseconds} ms`}`,
  },
  timeout: { fr: "pas de réponse à temps", en: "no answer in time" },
  unreachable: { fr: "injoignable", en: "unreachable" },
  refused_address: {
    fr: "adresse refusée : elle n'est plus publique",
    en: "address refused: it is not public any more",
  },
  replay: { fr: "Relancer", en: "Send again" },
  replayOne: {
    fr: (type: string, id: number) => `Relancer ${type} nº ${id}`,
    en: (type: string, id: number) => `Send ${type} ${id} again`,
  },
  replayFailed: { fr: "Relancer les échecs", en: "Send failed ones again" },
  replayWhy: {
    fr: "Toutes les livraisons échouées depuis ce moment repartent, quelques-unes par minute. Chacune garde son numéro : le destinataire reconnaît celles qu'il a déjà traitées.",
    en: "All deliveries that failed since then go out again, a few a minute. Each keeps its id: the receiver knows those that it has dealt with.",
  },
  since: { fr: "Échouées depuis", en: "Failed in" },
  hour: { fr: "une heure", en: "the last hour" },
  day: { fr: "un jour", en: "the last day" },
  week: { fr: "une semaine", en: "the last week" },
  month: { fr: "30 jours", en: "the last 30 days" },
  replayed: {
    fr: (count: number) =>
      count === 0 ? "Aucune livraison n'avait échoué." : `Livraisons relancées : ${showNumber(count)}.`,
    en: (count: number) => (count === 0 ? "No delivery had failed." : `Deliveries sent again: ${showNumber(count)}.`),
  },
});
