/** The texts of the reference. What operations say of themselves is in the contract, in English. */
import { inLanguage, isOne, showNumber } from "../shared/texts.ts";

export const say = {
  ...inLanguage({
    title: { fr: "Référence de l'API", en: "API reference" },
    lead: {
      fr: "Toutes les routes, ce qu'elles prennent et ce qu'elles répondent. Pour les machines :",
      en: "Every route, what it takes and what it answers. For machines:",
    },
    search: { fr: "Chercher une route", en: "Search the routes" },
    searchHint: { fr: "Route, champ, erreur…", en: "Route, field, error…" },
    whoCalls: { fr: "Qui peut l'appeler", en: "Who may call it" },
    everyOperation: { fr: "Toutes les routes", en: "All routes" },
    contents: { fr: "Sommaire", en: "Contents" },
    found: {
      fr: (count: number) => (isOne(count) ? `${showNumber(count)} route` : `${showNumber(count)} routes`),
      en: (count: number) => (isOne(count) ? `${showNumber(count)} route` : `${showNumber(count)} routes`),
    },
    nothing: { fr: "Aucune route ne correspond.", en: "No route matches." },
    deprecated: { fr: "obsolète", en: "deprecated" },
    link: { fr: "Lien", en: "Link" },
    parameters: { fr: "Paramètres", en: "Parameters" },
    body: { fr: "Corps de la requête", en: "Request body" },
    answer: { fr: (status: string) => `Réponse ${status}`, en: (status: string) => `Answer ${status}` },
    refusals: { fr: "Refus", en: "Refusals" },
    example: { fr: "Exemple", en: "Example" },
    tryIt: { fr: "Essayer", en: "Try it" },
    itIsReal: {
      fr: "La requête part vraiment : ce qu'elle change est changé.",
      en: "The request is really sent: what it changes is changed.",
    },
    signIn: { fr: "Se connecter", en: "Sign in" },
    token: { fr: "Jeton d'accès", en: "Access token" },
    tokenHint: {
      fr: "Si vous n'en mettez pas, la requête part avec votre session dans ce navigateur.",
      en: "Without one, the request goes with your session in this browser.",
    },
    send: { fr: "Envoyer la requête", en: "Send the request" },
    leadsElsewhere: {
      fr: "La réponse est une redirection, que la page ne suit pas.",
      en: "The answer is a redirect, which this page doesn't follow.",
    },
    took: { fr: (time: number) => `${showNumber(time)} ms`, en: (time: number) => `${showNumber(time)} ms` },
    answerHeaders: { fr: "En-têtes de la réponse", en: "Headers of the answer" },
    answerBody: { fr: "Corps de la réponse", en: "Body of the answer" },
    or: { fr: "ou", en: "or" },
    characters: { fr: "caractères", en: "characters" },
    items: { fr: "éléments", en: "items" },
    errors: { fr: "Erreurs", en: "Errors" },
    errorsLead: {
      fr: "Le « code » d'une réponse d'erreur, son statut et ce que lisent les utilisateurs.",
      en: "The `code` of an error's answer, its status, and what people read.",
    },
  }),
  audiences: inLanguage({
    anyone: { fr: "Sans connexion", en: "For anyone" },
    session: { fr: "Connecté", en: "Signed in" },
    permission: { fr: "Avec une permission", en: "With a permission" },
  }),
  groups: inLanguage({
    Authentication: { fr: "Connexion", en: "Authentication" },
    Account: { fr: "Compte", en: "Account" },
    Security: { fr: "Sécurité", en: "Security" },
    Notifications: { fr: "Notifications", en: "Notifications" },
    Administration: { fr: "Administration", en: "Administration" },
    Applications: { fr: "Applications", en: "Applications" },
    Service: { fr: "Service", en: "Service" },
  }) as Record<string, string>,
};
