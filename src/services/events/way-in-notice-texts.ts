/** The texts that tell owners about their ways in: factors, passkeys, the proof of their mailbox. */

export const WAYS_IN = {
  mailbox_proven: {
    title: { fr: "Adresse email vérifiée", en: "E-mail address verified" },
    content: {
      fr: "Vous vous êtes connecté avec un code envoyé à cette adresse : elle est désormais vérifiée. Par précaution, le mot de passe choisi avant a été supprimé, et les appareils connectés ont été déconnectés.",
      en: "You signed in with a code sent to this address, so it is now verified. As a precaution, the password set before has been removed, and the devices that were signed in have been signed out.",
    },
    advice: {
      fr: "Pour avoir de nouveau un mot de passe, choisissez « Mot de passe oublié » sur la page de connexion.",
      en: "To have a password again, choose “Forgot password” on the sign-in page.",
    },
  },
  two_factor_enabled: {
    title: { fr: "Double authentification activée", en: "Two-factor authentication turned on" },
    content: {
      fr: "Une méthode de double authentification vient d'être activée. Vos autres appareils ont été déconnectés.",
      en: "A two-factor method has just been turned on. You have been signed out of your other devices.",
    },
  },
  two_factor_disabled: {
    title: { fr: "Double authentification désactivée", en: "Two-factor authentication turned off" },
    content: {
      fr: "Une méthode de double authentification vient d'être désactivée. Vos autres appareils ont été déconnectés.",
      en: "A two-factor method has just been turned off. You have been signed out of your other devices.",
    },
  },
  passkey_added: {
    title: { fr: "Clé d'accès ajoutée", en: "Passkey added" },
    content: {
      fr: "Une clé d'accès vient d'être ajoutée à votre compte. Vos autres appareils ont été déconnectés.",
      en: "A passkey has just been added to your account. You have been signed out of your other devices.",
    },
  },
  passkey_removed: {
    title: { fr: "Clé d'accès supprimée", en: "Passkey removed" },
    content: {
      fr: "Une clé d'accès vient d'être supprimée de votre compte. Vos autres appareils ont été déconnectés.",
      en: "A passkey has just been removed from your account. You have been signed out of your other devices.",
    },
  },
  passkey_copy_suspected: {
    title: { fr: "Clé d'accès peut-être copiée", en: "Passkey possibly copied" },
    content: {
      fr: "Une connexion avec l'une de vos clés d'accès a été refusée : cette clé a sans doute été copiée. Supprimez-la, puis ajoutez-en une nouvelle.",
      en: "A login with one of your passkeys was refused: that passkey has probably been copied. Remove it and add a new one.",
    },
  },
  identity_linked: {
    title: { fr: "Compte externe associé", en: "Sign-in account linked" },
    content: {
      fr: "Vous pouvez désormais vous connecter à votre compte avec un compte d'un autre service, comme Google ou GitHub.",
      en: "You can now sign in to your account with an account of another service, such as Google or GitHub.",
    },
    advice: {
      fr: "Si ce n'était pas vous, dissociez-le sur la page de votre compte, puis changez votre mot de passe.",
      en: "If it wasn't you, unlink it on your account page, then change your password.",
    },
  },
  identity_unlinked: {
    title: { fr: "Compte externe dissocié", en: "Sign-in account unlinked" },
    content: {
      fr: "Un compte d'un autre service ne permet plus de se connecter à votre compte. Vos autres appareils ont été déconnectés.",
      en: "An account of another service can no longer sign in to your account. You have been signed out of your other devices.",
    },
  },
  recovery_codes_replaced: {
    title: { fr: "Nouveaux codes de récupération", en: "New recovery codes" },
    content: {
      fr: "De nouveaux codes de récupération viennent d'être créés. Les anciens ne fonctionnent plus.",
      en: "New recovery codes have just been created. The old ones no longer work.",
    },
  },
  recovery_code_used: {
    title: { fr: "Code de récupération utilisé", en: "Recovery code used" },
    content: {
      fr: "Un code de récupération vient d'être utilisé sur votre compte.",
      en: "One of your recovery codes has just been used.",
    },
  },
} as const;
