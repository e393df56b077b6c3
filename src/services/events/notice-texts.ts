/** The texts that tell owners what happened to their accounts. The notification and the mail share them. */
import type { Text } from "../../errors.ts";
import { APPLICATION_NOTICES } from "./application-notice-texts.ts";
import { ASK_US, CONTACT_US } from "./notice-advice.ts";
import { WAYS_IN } from "./way-in-notice-texts.ts";

export interface NoticeText {
  title: Text;
  content: Text;
  /** What to do if it was not the owner; by default, to change the password. */
  advice?: Text;
  /** The notice then leaves out address, device and place: they are the administrator's. */
  byAdministrator?: boolean;
}

export const NOTICES = {
  ...APPLICATION_NOTICES,
  ...WAYS_IN,
  password_changed: {
    title: { fr: "Mot de passe modifié", en: "Password changed" },
    content: {
      fr: "Le mot de passe de votre compte vient d'être modifié. Vos autres appareils ont été déconnectés.",
      en: "Your password has just been changed. You have been signed out of your other devices.",
    },
  },
  password_removed: {
    title: { fr: "Mot de passe supprimé", en: "Password removed" },
    content: {
      fr: "Le mot de passe de votre compte vient d'être supprimé : vous vous connectez désormais avec vos clés d'accès. Vos autres appareils ont été déconnectés.",
      en: "Your password has just been removed: from now on you sign in with your passkeys. You have been signed out of your other devices.",
    },
    advice: {
      fr: "Si ce n'était pas vous, choisissez aussitôt un nouveau mot de passe avec « Mot de passe oublié ».",
      en: "If it wasn't you, set a new password now with “Forgot password”.",
    },
  },
  account_deleted: {
    title: { fr: "Compte supprimé", en: "Account deleted" },
    content: {
      fr: "Votre compte vient d'être supprimé. Il peut être restauré pendant 30 jours.",
      en: "Your account has just been deleted. We can restore it for 30 days.",
    },
    advice: CONTACT_US,
  },
  password_reset: {
    title: { fr: "Mot de passe réinitialisé", en: "Password reset" },
    content: {
      fr: "Le mot de passe de votre compte vient d'être réinitialisé à l'aide d'un lien reçu par email. Tous vos appareils ont été déconnectés.",
      en: "Your password has just been reset with a link sent by e-mail. You have been signed out of all your devices.",
    },
  },
  email_change_requested: {
    title: { fr: "Changement d'adresse demandé", en: "E-mail change requested" },
    content: {
      fr: "Un changement d'adresse email a été demandé pour votre compte. Il ne prendra effet qu'une fois confirmé depuis la nouvelle boîte mail ; d'ici là, vous pouvez l'annuler.",
      en: "Someone has asked to change the e-mail address of your account. The change takes effect once it is confirmed from the new mailbox; until then, you can cancel it.",
    },
  },
  email_changed: {
    title: { fr: "Adresse email modifiée", en: "E-mail address changed" },
    content: {
      fr: "L'adresse email de votre compte vient d'être modifiée. L'ancienne ne permet plus de se connecter.",
      en: "The e-mail address of your account has just been changed. You can no longer sign in with the old one.",
    },
    advice: CONTACT_US,
  },
  email_change_cancelled: {
    title: { fr: "Changement d'adresse annulé", en: "E-mail change cancelled" },
    content: {
      fr: "Le changement d'adresse email demandé pour votre compte a été annulé. Votre adresse reste la même.",
      en: "The requested change of your e-mail address has been cancelled. Your address stays the same.",
    },
  },
  account_restored: {
    title: { fr: "Compte restauré", en: "Account restored" },
    content: {
      fr: "Votre compte supprimé vient d'être restauré. Vous pouvez de nouveau vous connecter.",
      en: "Your deleted account has just been restored. You can sign in again.",
    },
    advice: ASK_US,
    byAdministrator: true,
  },
  session_reuse_detected: {
    title: { fr: "Session interrompue", en: "Session ended" },
    content: {
      fr: "Un jeton de session déjà utilisé a été présenté à nouveau. Par précaution, nous avons fermé cette session.",
      en: "A session token was used a second time. As a precaution, we have ended that session.",
    },
  },
  new_device: {
    title: { fr: "Nouvelle connexion", en: "New login" },
    content: {
      fr: "Une connexion à votre compte vient d'avoir lieu depuis un nouvel appareil ou un nouveau pays.",
      en: "Someone has just signed in to your account from a new device or country.",
    },
  },
  role_changed: {
    title: { fr: "Rôle modifié", en: "Role changed" },
    content: {
      fr: "Un administrateur vient de modifier le rôle de votre compte, et donc vos permissions.",
      en: "An administrator has just changed your role, and with it your permissions.",
    },
    advice: ASK_US,
    byAdministrator: true,
  },
  email_changed_by_admin: {
    title: { fr: "Adresse email remplacée", en: "E-mail address replaced" },
    content: {
      fr: "Un administrateur vient de remplacer l'adresse email de votre compte et de fermer vos sessions. L'ancienne adresse ne permet plus de se connecter.",
      en: "An administrator has just replaced the e-mail address of your account and closed your sessions. The former address can no longer be used to sign in.",
    },
    advice: ASK_US,
    byAdministrator: true,
  },
  account_disabled: {
    title: { fr: "Compte désactivé", en: "Account disabled" },
    content: {
      fr: "Un administrateur vient de désactiver votre compte. Tous vos appareils ont été déconnectés.",
      en: "An administrator has just disabled your account. You have been signed out of all your devices.",
    },
    advice: ASK_US,
    byAdministrator: true,
  },
  account_enabled: {
    title: { fr: "Compte réactivé", en: "Account enabled" },
    content: {
      fr: "Un administrateur vient de réactiver votre compte. Vous pouvez de nouveau vous connecter.",
      en: "An administrator has just enabled your account again. You can sign in.",
    },
    advice: ASK_US,
    byAdministrator: true,
  },
  account_deleted_by_admin: {
    title: { fr: "Compte supprimé", en: "Account deleted" },
    content: {
      fr: "Un administrateur vient de supprimer votre compte. Il peut être restauré pendant 30 jours.",
      en: "An administrator has just deleted your account. We can restore it for 30 days.",
    },
    advice: ASK_US,
    byAdministrator: true,
  },
  two_factor_reset: {
    title: { fr: "Double authentification réinitialisée", en: "Two-factor authentication reset" },
    content: {
      fr: "Un administrateur vient de retirer la double authentification de votre compte et de fermer vos sessions.",
      en: "An administrator has just removed two-factor authentication from your account and closed your sessions.",
    },
    advice: ASK_US,
    byAdministrator: true,
  },
  impersonated: {
    title: { fr: "Votre compte a été consulté", en: "Your account has been looked at" },
    content: {
      fr: "Un administrateur consulte votre compte pour dix minutes, sans pouvoir y changer quoi que ce soit. Vous pouvez y mettre fin dans la liste de vos appareils connectés.",
      en: "An administrator is looking at your account for ten minutes, without being able to change anything. You can end it in the list of your signed-in devices.",
    },
    advice: ASK_US,
    byAdministrator: true,
  },
  webhook_disabled: {
    title: { fr: "Webhook désactivé", en: "Webhook turned off" },
    content: {
      fr: "Un webhook que vous avez créé ne répond plus depuis cinq jours, ou a répondu qu'il n'existe plus. Il ne reçoit plus rien tant que vous ne le réactivez pas.",
      en: "A webhook that you created has not answered for five days, or has answered that it is gone. It gets nothing more until you turn it on again.",
    },
    advice: {
      fr: "Les événements restent disponibles 30 jours : vous pourrez les renvoyer depuis l'administration.",
      en: "Its events are kept for 30 days: you can send them again from the administration.",
    },
  },
} as const satisfies Record<string, NoticeText>;

export type NoticeType = keyof typeof NOTICES;

/** The text of a notice's button, by the purpose of its link. */
export const ACTION_LABELS = {
  cancel_email_change: { fr: "Annuler le changement", en: "Cancel the change" },
  deny_login: { fr: "Ce n'était pas moi", en: "This wasn't me" },
} as const satisfies Record<string, Text>;
