/** What the mails say, in each language. */
import type { Locale, Text } from "../errors.ts";

/** A mail to be written. `name` is for mailboxes that are proven to be their owner's; texts come in the mail's language. */
export type Mail =
  | { type: "reset_password"; link: string; name?: string | undefined }
  | { type: "verify_email"; link: string }
  /** The link leads to the front end, where there is one. */
  | { type: "address_taken"; link?: string | undefined }
  | { type: "confirm_email_change"; link: string }
  | { type: "invitation"; link: string }
  | { type: "email_code"; code: string }
  | NoticeMail;

export interface NoticeMail {
  type: "notice";
  name?: string | undefined;
  title: string;
  content: string;
  happenedAt: Date;
  device: string | null;
  place: string | null;
  ipAddress: string | null;
  /** What to do if it was not the owner, where changing the password is not it. */
  advice?: string | undefined;
  /** What one click can do about it. */
  action?: { link: string; label: string } | undefined;
}

/** What the layout knows: a mail is a heading, paragraphs, perhaps facts, perhaps a code or a button, and a last word. */
export interface Content {
  subject: string;
  name?: string | undefined;
  paragraphs: string[];
  facts?: [label: string, value: string][];
  code?: string;
  button?: { label: string; link: string } | undefined;
  ending: string;
}

const UNASKED: Text = {
  fr: "Si vous n'êtes pas à l'origine de cette demande, ignorez ce message : rien ne changera.",
  en: "If you did not ask for this, ignore this message: nothing will change.",
};

type MailOf<Type extends Mail["type"]> = Extract<Mail, { type: Type }>;

export const contents: { [Type in Mail["type"]]: (mail: MailOf<Type>, locale: Locale, product: string) => Content } = {
  reset_password: ({ link, name }, locale, product) => ({
    subject: { fr: `${product} : réinitialiser votre mot de passe`, en: `${product}: reset your password` }[locale],
    name,
    paragraphs: [
      {
        fr: "Vous pouvez choisir un nouveau mot de passe avec ce lien, valable 30 minutes et une seule fois.",
        en: "You can choose a new password with this link. It works once, for 30 minutes.",
      }[locale],
    ],
    button: { link, label: { fr: "Choisir un mot de passe", en: "Choose a password" }[locale] },
    ending: UNASKED[locale],
  }),
  verify_email: ({ link }, locale, product) => ({
    subject: { fr: `${product} : vérifiez votre adresse`, en: `${product}: verify your address` }[locale],
    paragraphs: [
      {
        fr: "Confirmez que cette adresse est la vôtre. Le lien est valable 24 heures.",
        en: "Confirm that this address is yours. The link works for 24 hours.",
      }[locale],
    ],
    button: { link, label: { fr: "Vérifier mon adresse", en: "Verify my address" }[locale] },
    ending: {
      fr: "Si vous n'avez pas créé de compte, n'ouvrez pas ce lien.",
      en: "If you did not create an account, do not open this link.",
    }[locale],
  }),
  address_taken: ({ link }, locale, product) => ({
    subject: { fr: `${product} : vous avez déjà un compte`, en: `${product}: you already have an account` }[locale],
    paragraphs: [
      {
        fr: "Quelqu'un vient de donner votre adresse pour un compte, mais elle en a déjà un. Si c'était vous, connectez-vous ; un mot de passe oublié se remplace.",
        en: "Somebody has just given your address for an account, but it already has one. If it was you, sign in; a forgotten password can be replaced.",
      }[locale],
    ],
    button: link ? { link, label: { fr: "Ouvrir le service", en: "Open the service" }[locale] } : undefined,
    ending: UNASKED[locale],
  }),
  confirm_email_change: ({ link }, locale, product) => ({
    subject: { fr: `${product} : confirmez votre nouvelle adresse`, en: `${product}: confirm your new address` }[
      locale
    ],
    paragraphs: [
      {
        fr: "Cette adresse doit devenir celle d'un compte. Confirmez-le avec ce lien, valable une heure.",
        en: "This address is to become that of an account. Confirm it with this link, which works for one hour.",
      }[locale],
    ],
    button: { link, label: { fr: "Confirmer l'adresse", en: "Confirm the address" }[locale] },
    ending: UNASKED[locale],
  }),
  invitation: ({ link }, locale, product) => ({
    subject: { fr: `${product} : votre invitation`, en: `${product}: your invitation` }[locale],
    paragraphs: [
      {
        fr: "Un compte a été créé pour vous. Choisissez votre mot de passe avec ce lien, valable 72 heures.",
        en: "An account has been made for you. Choose your password with this link, which works for 72 hours.",
      }[locale],
    ],
    button: { link, label: { fr: "Accepter l'invitation", en: "Accept the invitation" }[locale] },
    ending: UNASKED[locale],
  }),
  email_code: ({ code }, locale, product) => ({
    subject: { fr: `${product} : votre code de connexion`, en: `${product}: your sign-in code` }[locale],
    paragraphs: [
      {
        fr: "Voici votre code, valable 10 minutes. Ne le donnez à personne : nous ne vous le demanderons jamais.",
        en: "Here is your code. It works for 10 minutes. Give it to nobody: we will never ask you for it.",
      }[locale],
    ],
    code,
    ending: {
      fr: "Si vous n'êtes pas en train de vous connecter, quelqu'un connaît votre mot de passe : changez-le.",
      en: "If you are not signing in, somebody knows your password: change it.",
    }[locale],
  }),
  notice: (mail, locale, product) => ({
    subject: { fr: `${product} : ${mail.title}`, en: `${product}: ${mail.title}` }[locale],
    name: mail.name,
    paragraphs: [mail.content],
    facts: factsOf(mail, locale),
    button: mail.action,
    ending:
      mail.advice ??
      {
        fr: "Si ce n'était pas vous, changez votre mot de passe sans attendre et déconnectez vos autres appareils.",
        en: "If it was not you, change your password without delay and sign out your other devices.",
      }[locale],
  }),
};

function factsOf({ happenedAt, device, place, ipAddress }: NoticeMail, locale: Locale): [string, string][] {
  const when = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeStyle: "short", timeZone: "UTC" });
  const facts: [string, string | null][] = [
    ["Date", `${when.format(happenedAt)} UTC`],
    [{ fr: "Appareil", en: "Device" }[locale], device],
    [{ fr: "Lieu", en: "Place" }[locale], place],
    [{ fr: "Adresse IP", en: "IP address" }[locale], ipAddress],
  ];
  return facts.filter((fact): fact is [string, string] => fact[1] !== null);
}
