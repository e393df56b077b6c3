/** Messages of successful answers, in every language of the service; errors.ts has the others. */
import type { Context } from "hono";
import { parseAccept } from "hono/utils/accept";
import type { FieldError, Locale, Text } from "../errors.ts";

const messages = {
  registered: { fr: "Inscription réussie", en: "Registration successful" },
  loggedIn: { fr: "Connexion réussie", en: "Login successful" },
  loggedOut: { fr: "Déconnecté avec succès", en: "Logged out successfully" },
  profileRead: { fr: "Profil récupéré avec succès", en: "Profile retrieved successfully" },
  profileUpdated: { fr: "Profil mis à jour avec succès", en: "Profile updated successfully" },
  passwordChanged: { fr: "Mot de passe changé avec succès", en: "Password changed successfully" },
  passwordRemoved: { fr: "Mot de passe supprimé", en: "Password removed" },
  registrationAccepted: {
    fr: "Consultez votre boîte mail pour terminer l'inscription",
    en: "Check your mailbox to complete your registration",
  },
  linkSent: {
    fr: "Si un compte correspond à cette adresse, un email vient de lui être envoyé",
    en: "If this address has an account, we have just sent it an e-mail",
  },
  passwordReset: { fr: "Mot de passe réinitialisé avec succès", en: "Password reset successfully" },
  emailVerified: { fr: "Adresse email vérifiée avec succès", en: "E-mail address verified successfully" },
  emailChanged: { fr: "Adresse email modifiée avec succès", en: "E-mail address changed successfully" },
  emailChangeCancelled: { fr: "Changement d'adresse email annulé", en: "E-mail change cancelled" },
  accountDeleted: { fr: "Compte supprimé avec succès", en: "Account deleted successfully" },
  secondFactorNeeded: { fr: "Second facteur requis", en: "Second factor required" },
  loginCodeSent: {
    fr: "Si cette adresse a un compte, un code vient d'y être envoyé",
    en: "If this address has an account, a code has been sent to it",
  },
  codeSent: { fr: "Code envoyé par email", en: "Code sent by e-mail" },
  twoFactorOn: { fr: "Double authentification activée", en: "Two-factor authentication turned on" },
  twoFactorOff: { fr: "Double authentification désactivée", en: "Two-factor authentication turned off" },
  identityUnlinked: { fr: "Compte externe dissocié", en: "Sign-in account unlinked" },
  passkeyAdded: { fr: "Clé d'accès ajoutée", en: "Passkey added" },
  passkeyRenamed: { fr: "Clé d'accès renommée", en: "Passkey renamed" },
  passkeyRemoved: { fr: "Clé d'accès supprimée", en: "Passkey removed" },
  applicationCreated: {
    fr: "Application enregistrée : copiez son secret maintenant, il ne sera plus affiché",
    en: "Application registered: copy its secret now, it is not shown again",
  },
  webhookCreated: {
    fr: "Webhook créé : copiez son secret maintenant, il ne sera plus affiché",
    en: "Webhook created: copy its secret now, it is not shown again",
  },
  webhookUpdated: { fr: "Webhook mis à jour", en: "Webhook updated" },
  webhookDeleted: { fr: "Webhook supprimé", en: "Webhook deleted" },
  webhookSent: { fr: "Envoi en cours", en: "Being sent" },
  applicationUpdated: { fr: "Application mise à jour", en: "Application updated" },
  secretRotated: {
    fr: "Nouveau secret créé : copiez-le maintenant, il ne sera plus affiché",
    en: "New secret created: copy it now, it is not shown again",
  },
  consentWithdrawn: { fr: "Accès retiré à l'application", en: "The application no longer has access" },
  applicationDeleted: { fr: "Application supprimée", en: "Application deleted" },
  apiKeyCreated: {
    fr: "Clé d'API créée : copiez-la maintenant, elle ne sera plus affichée",
    en: "API key created: copy it now, it is not shown again",
  },
  apiKeyRenamed: { fr: "Clé d'API renommée", en: "API key renamed" },
  apiKeyRotated: {
    fr: "Clé d'API renouvelée : copiez-la maintenant, elle ne sera plus affichée",
    en: "API key rotated: copy it now, it is not shown again",
  },
  apiKeyRevoked: { fr: "Clé d'API révoquée", en: "API key revoked" },
  recoveryCodesReplaced: { fr: "Nouveaux codes de récupération créés", en: "New recovery codes created" },
  reauthenticated: { fr: "Identité confirmée", en: "Identity confirmed" },
  sessionEnded: { fr: "Session fermée", en: "Session ended" },
  sessionsEnded: { fr: "Autres sessions fermées", en: "Other sessions ended" },
  loginDenied: {
    fr: "Session fermée. Un lien pour choisir un nouveau mot de passe vous a été envoyé par email",
    en: "Session ended. We have e-mailed you a link to choose a new password",
  },
  jobReplayed: { fr: "Tâche relancée", en: "Job queued again" },
  userInvited: { fr: "Invitation envoyée", en: "Invitation sent" },
  userUpdated: { fr: "Compte mis à jour", en: "Account updated" },
  userDeleted: { fr: "Compte supprimé", en: "Account deleted" },
  userRestored: { fr: "Compte restauré", en: "Account restored" },
  userUnlocked: { fr: "Compte débloqué", en: "Account unlocked" },
  impersonating: {
    fr: "Consultation ouverte pour dix minutes : la personne en est avertie",
    en: "Open for ten minutes: the person has been told",
  },
  userLoggedOut: { fr: "Toutes les sessions du compte ont été fermées", en: "All sessions of the account have ended" },
  twoFactorReset: { fr: "Double authentification réinitialisée", en: "Two-factor authentication reset" },
  usersImported: { fr: "Import terminé", en: "Import finished" },
  roleCreated: { fr: "Rôle créé", en: "Role created" },
  roleUpdated: { fr: "Rôle mis à jour", en: "Role updated" },
  roleDeleted: { fr: "Rôle supprimé", en: "Role deleted" },
  notificationsRead: { fr: "Notifications marquées comme lues", en: "Notifications marked as read" },
  notificationSent: { fr: "Notification en cours d'envoi", en: "Notification is being sent" },
  loginConfirmed: { fr: "Connexion confirmée", en: "Login confirmed" },
} as const satisfies Record<string, Text>;

/** `Accept-Language` decides; French if it names neither language. */
export function localeOf(c: Context): Locale {
  const wanted = parseAccept(c.req.header("Accept-Language") ?? "").toSorted((a, b) => b.q - a.q);
  for (const { type, q } of wanted) {
    const language = type.slice(0, 2).toLowerCase();
    if (q > 0 && (language === "fr" || language === "en")) return language;
  }
  return "fr";
}

export function say(c: Context, message: keyof typeof messages): string {
  return messages[message][localeOf(c)];
}

/** Invalid fields in the form of the answer. */
export function inLocale(errors: FieldError[], locale: Locale): { pointer: string; detail: string }[] {
  return errors.map(({ pointer, detail }) => ({ pointer, detail: detail[locale] }));
}
