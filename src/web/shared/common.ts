/** The texts that every bundle needs. */
import { inLanguage } from "./texts.ts";

export const common = inLanguage({
  offline: {
    fr: "Vous êtes hors ligne. Vérifiez votre connexion, puis réessayez.",
    en: "You are offline. Check your connection, then try again.",
  },
  unreachable: {
    fr: "Le service ne répond pas. Réessayez dans un instant.",
    en: "The service is not responding. Try again in a moment.",
  },
  noPasskeys: {
    fr: "Ce navigateur ne peut pas utiliser de clé d'accès sur cette page.",
    en: "This browser can't use passkeys on this page.",
  },
  language: { fr: "English", en: "Français" },
  dark: { fr: "Thème sombre", en: "Dark theme" },
  light: { fr: "Thème clair", en: "Light theme" },
  show: { fr: "Afficher", en: "Show" },
  hide: { fr: "Masquer", en: "Hide" },
  showPassword: { fr: "Afficher le mot de passe", en: "Show the password" },
});
