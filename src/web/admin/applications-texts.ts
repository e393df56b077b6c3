/** The texts about applications that get tokens of their own. */
import { inLanguage, showTime } from "../shared/texts.ts";

export const say = inLanguage({
  list: { fr: "Applications enregistrées", en: "Registered applications" },
  nothing: { fr: "Aucune application enregistrée", en: "No registered applications" },
  nothingWhy: {
    fr: "Enregistrez-en une pour que ses utilisateurs s'y connectent avec leur compte, ou pour qu'un programme obtienne des jetons à son nom.",
    en: "Register one to let people sign in to it with their account, or to let a program get tokens of its own.",
  },
  register: { fr: "Enregistrer une application", en: "Register an application" },
  edit: { fr: "Modifier", en: "Edit" },
  editOne: { fr: (name: string) => `Modifier ${name}`, en: (name: string) => `Edit ${name}` },
  rotate: { fr: "Renouveler le secret", en: "Rotate the secret" },
  rotateOne: {
    fr: (name: string) => `Renouveler le secret de ${name}`,
    en: (name: string) => `Rotate the secret of ${name}`,
  },
  rotateWhy: {
    fr: "L'application reçoit un nouveau secret. Choisissez combien de temps l'actuel fonctionne encore, le temps de le remplacer.",
    en: "The application gets a new secret. Choose how long the present one still works, so that you have time to replace it.",
  },
  overlap: { fr: "L'ancien secret fonctionne encore", en: "The old secret still works for" },
  noOverlap: { fr: "plus du tout : il a fuité", en: "no time at all: it has leaked" },
  anHour: { fr: "une heure", en: "an hour" },
  aDay: { fr: "un jour", en: "a day" },
  aWeek: { fr: "une semaine", en: "a week" },
  disable: { fr: "Désactiver", en: "Disable" },
  disableOne: { fr: (name: string) => `Désactiver ${name}`, en: (name: string) => `Disable ${name}` },
  disableWhy: {
    fr: "Plus personne ne peut s'y connecter, et elle n'obtient plus de jetons. Ceux qu'elle a ne valent plus rien. Vous pourrez la réactiver.",
    en: "Nobody can sign in to it any more, and it gets no more tokens. Those it has stop working. You can enable it again.",
  },
  enable: { fr: "Réactiver", en: "Enable" },
  enableOne: { fr: (name: string) => `Réactiver ${name}`, en: (name: string) => `Enable ${name}` },
  enableWhy: {
    fr: "On pourra de nouveau s'y connecter, et elle obtiendra de nouveau des jetons.",
    en: "People can sign in to it again, and it gets tokens again.",
  },
  delete: { fr: "Supprimer", en: "Delete" },
  deleteOne: { fr: (name: string) => `Supprimer ${name}`, en: (name: string) => `Delete ${name}` },
  deleteWhy: {
    fr: "Plus personne ne pourra s'y connecter et ses jetons ne vaudront plus rien. C'est définitif : son identifiant ne sera jamais réutilisé.",
    en: "Nobody can sign in to it any more and its tokens stop working. This is final: its id is never used again.",
  },

  disabled: { fr: "désactivée", en: "disabled" },
  firstPartyBadge: { fr: "interne", en: "first party" },
  registration: { fr: "inscrite d'elle-même", en: "registered itself" },
  document: { fr: "connue par son document", en: "known by its document" },
  web: { fr: "On s'y connecte ; son serveur garde un secret", en: "People sign in to it; its server keeps a secret" },
  public: {
    fr: "On s'y connecte ; sur un appareil ou dans un navigateur, sans secret",
    en: "People sign in to it; on a device or in a browser, without a secret",
  },
  machine: {
    fr: "Un programme qui agit en son propre nom, avec un secret",
    en: "A program that acts for itself, with a secret",
  },
  previous: {
    fr: (time: string) => `L'ancien secret fonctionne jusqu'au ${showTime(time)}.`,
    en: (time: string) => `The old secret works until ${showTime(time)}.`,
  },
  clientId: { fr: "Identifiant (client_id)", en: "Client id" },
  grants: { fr: "Obtient ses jetons par", en: "Gets its tokens by" },
  code: { fr: "code d'autorisation et renouvellement", en: "authorization code and refresh" },
  credentials: { fr: "identifiant et secret (client_credentials)", en: "client credentials" },

  name: { fr: "Nom", en: "Name" },
  nameHint: {
    fr: "Affiché aux personnes à qui elle demande leur accord.",
    en: "People read it when it asks for consent.",
  },
  kind: { fr: "Type", en: "Kind" },
  webName: { fr: "Site ou serveur", en: "Web site or server" },
  publicName: { fr: "Appareil ou navigateur", en: "Device or browser" },
  machineName: { fr: "Programme autonome", en: "Program by itself" },
  redirectUris: { fr: "Adresses de retour", en: "Redirect addresses" },
  redirectUrisHint: {
    fr: "Une par ligne, comparées au caractère près. https, sauf sur cet appareil (http://localhost) ou pour un schéma propre à l'application (com.exemple.app:/retour).",
    en: "One per line, compared to the letter. https, except on this device (http://localhost) or for a scheme of the application's own (com.example.app:/return).",
  },
  logoutUris: { fr: "Adresses après la déconnexion", en: "Addresses after signing out" },
  backchannel: { fr: "Adresse prévenue des déconnexions", en: "Address that hears of sign-outs" },
  backchannelHint: {
    fr: "Elle reçoit un jeton signé dès qu'une session se termine (OpenID Connect Back-Channel Logout).",
    en: "It gets a signed token as soon as a session ends (OpenID Connect Back-Channel Logout).",
  },
  linesHint: { fr: "Une par ligne.", en: "One per line." },
  permissions: { fr: "Droits qu'elle peut demander", en: "Permissions it may ask for" },
  permissionsHint: {
    fr: "Un par ligne, parmi les vôtres, hors administration de ce service. openid, profile et email vont de soi.",
    en: "One per line, of your own, none over this service itself. openid, profile and email go without saying.",
  },
  audiences: { fr: "Services auxquels ses jetons sont destinés", en: "Services that its tokens are for" },
  audiencesHint: {
    fr: "Une audience par ligne. Sans aucune, celle de ce service.",
    en: "One audience per line. Without any, that of this service.",
  },
  firstParty: { fr: "C'est une application interne", en: "It is one of our own applications" },
  firstPartyHint: {
    fr: "On s'y connecte sans avoir à donner son accord.",
    en: "People sign in to it without being asked for consent.",
  },
  atLine: {
    fr: (entry: string, complaint: string) => `« ${entry} » : ${complaint}`,
    en: (entry: string, complaint: string) => `"${entry}": ${complaint}`,
  },
  secretTitle: { fr: "Copiez ce secret", en: "Copy this secret" },
});
