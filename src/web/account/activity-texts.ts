/** The texts of the pages that say what happens on the account: devices, logins, messages. */
import { inLanguage, isOne } from "../shared/texts.ts";

export const sayOfActivity = {
  ...inLanguage({
    devices: { fr: "Appareils", en: "Devices" },
    devicesLead: {
      fr: "Si vous ne reconnaissez pas un appareil, déconnectez-le, puis changez votre mot de passe.",
      en: "If you don't recognise a device, sign it out, then change your password.",
    },
    signedInOn: { fr: "Appareils connectés", en: "Signed-in devices" },
    thisDevice: { fr: "cet appareil", en: "this device" },
    byAdministrator: { fr: "consultation par un administrateur", en: "an administrator is looking" },
    usedAt: {
      fr: (time: string) => `Dernière activité : ${time}`,
      en: (time: string) => `Last active: ${time}`,
    },
    signedInAt: { fr: (time: string) => `Connecté depuis le ${time}`, en: (time: string) => `Signed in since ${time}` },
    withSecondFactor: { fr: "avec double authentification", en: "with two factors" },
    end: { fr: "Déconnecter", en: "Sign out" },
    endNamed: { fr: (name: string) => `Déconnecter ${name}`, en: (name: string) => `Sign out ${name}` },
    endQuestion: { fr: (name: string) => `Déconnecter ${name} ?`, en: (name: string) => `Sign out ${name}?` },
    endHint: {
      fr: "Il faudra s'y connecter de nouveau pour accéder à votre compte.",
      en: "Your account can then only be used there after signing in again.",
    },
    endOthers: { fr: "Déconnecter les autres", en: "Sign out the others" },
    endOthersQuestion: { fr: "Déconnecter tous les autres appareils ?", en: "Sign out all other devices?" },
    endOthersHint: {
      fr: "Vous restez connecté ici, et nulle part ailleurs.",
      en: "You stay signed in here, and nowhere else.",
    },
    noDevices: { fr: "Aucun appareil ici", en: "No devices here" },
    noDevicesHint: { fr: "Revenez à la page précédente.", en: "Go back to the previous page." },
    browserOn: {
      fr: (browser: string, os: string) => `${browser} sous ${os}`,
      en: (browser: string, os: string) => `${browser} on ${os}`,
    },
    unknownDevice: { fr: "Appareil inconnu", en: "Unknown device" },
    unknownPlace: { fr: "Lieu inconnu", en: "Unknown place" },

    wasThisYou: { fr: "Était-ce vous ?", en: "Was this you?" },
    itWasMe: { fr: "Oui, c'était moi", en: "Yes, it was me" },
    itWasNotMe: { fr: "Non, ce n'était pas moi", en: "No, it wasn't me" },
    wasYou: { fr: "c'était vous", en: "it was you" },
    wasNotYou: { fr: "ce n'était pas vous", en: "it wasn't you" },
    endThatDevice: { fr: "Déconnecter cet appareil", en: "Sign out that device" },
    denyHint: {
      fr: "Cet appareil sera déconnecté aussitôt, et vous recevrez un lien pour choisir un nouveau mot de passe.",
      en: "That device is signed out at once, and you'll get a link to choose a new password.",
    },

    history: { fr: "Connexions", en: "Login history" },
    historyLead: {
      fr: "Les connexions à votre compte et les tentatives.",
      en: "Who signed in to your account, and who tried.",
    },
    latest: { fr: "Les plus récentes d'abord", en: "Most recent first" },
    when: { fr: "Date", en: "When" },
    what: { fr: "Résultat", en: "Result" },
    device: { fr: "Appareil", en: "Device" },
    where: { fr: "Lieu", en: "Place" },
    noLogins: { fr: "Aucune connexion", en: "No logins" },
    noLoginsHint: { fr: "La prochaine figurera ici.", en: "The next one will be listed here." },

    messages: { fr: "Messages", en: "Messages" },
    messagesLead: {
      fr: "Ce qui se passe sur votre compte, au fur et à mesure.",
      en: "What happens to your account, as it happens.",
    },
    messagesCount: {
      fr: (count: number) =>
        count === 0 ? "Tout est lu" : isOne(count) ? "1 message non lu" : `${count} messages non lus`,
      en: (count: number) =>
        count === 0 ? "All read" : isOne(count) ? "1 unread message" : `${count} unread messages`,
    },
    isNew: { fr: "nouveau", en: "new" },
    markRead: { fr: "Marquer comme lu", en: "Mark as read" },
    readNamed: {
      fr: (title: string) => `Marquer comme lu : ${title}`,
      en: (title: string) => `Mark as read: ${title}`,
    },
    readAll: { fr: "Tout marquer comme lu", en: "Mark all as read" },
    noMessages: { fr: "Aucun message", en: "No messages" },
    noMessagesHint: {
      fr: "Nous vous prévenons ici de tout ce qui touche à la sécurité de votre compte.",
      en: "We'll tell you here about anything that affects the security of your account.",
    },
  }),
  outcomes: inLanguage({
    success: { fr: "réussie", en: "signed in" },
    failure: { fr: "refusée", en: "refused" },
    two_factor_required: { fr: "second facteur demandé", en: "asked for a second factor" },
    locked: { fr: "bloquée", en: "blocked" },
  }),
  reasons: inLanguage({
    wrong_password: { fr: "mot de passe incorrect", en: "wrong password" },
    wrong_code: { fr: "code incorrect", en: "wrong code" },
    too_many_attempts: { fr: "trop de tentatives", en: "too many attempts" },
    unverified_account: { fr: "adresse non confirmée", en: "address not confirmed" },
    disabled_account: { fr: "compte désactivé", en: "account disabled" },
    not_usable: { fr: "compte fermé à la connexion", en: "account closed to logins" },
    wrong_credential: { fr: "clé d'accès refusée", en: "passkey refused" },
    travel: { fr: "trop loin de la connexion précédente", en: "too far from the previous login" },
    country: { fr: "nouveau pays", en: "new country" },
    tor: { fr: "réseau Tor", en: "Tor network" },
    hosting: { fr: "réseau d'un hébergeur", en: "network of a hosting provider" },
  }) as Record<string, string>,
  methods: inLanguage({
    pwd: { fr: "mot de passe", en: "password" },
    totp: { fr: "application d'authentification", en: "authenticator app" },
    email: { fr: "code par email", en: "code by e-mail" },
    recovery_code: { fr: "code de récupération", en: "recovery code" },
    passkey: { fr: "clé d'accès", en: "passkey" },
    email_code: { fr: "code de connexion par email", en: "sign-in code by e-mail" },
    federated: { fr: "compte externe", en: "account at another service" },
    registration: { fr: "création du compte", en: "sign-up" },
  }) as Record<string, string>,
};
