/** The texts of the mails, in each language. */
import type { Locale, Text } from "../errors.ts";

/** A mail to send. `name` is given only for a verified mailbox; texts are already in the recipient's language. */
export type Mail =
  | { type: "reset_password"; link: string; name?: string | undefined }
  | { type: "verify_email"; link: string }
  /** The link opens the front end, if there is one. */
  | { type: "address_taken"; link?: string | undefined }
  | { type: "confirm_email_change"; link: string }
  | { type: "invitation"; link: string }
  | { type: "email_code"; code: string }
  /** The link opens the page of the code, if there is one. */
  | { type: "login_code"; code: string; link?: string | undefined }
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
  /** What looked wrong about it. */
  unusual?: string | null;
  /** What to do if it was not the owner, unless that is to change the password. */
  advice?: string | undefined;
  /** The action behind a single click. */
  action?: { link: string; label: string } | undefined;
}

/** What the layout takes: a subject, paragraphs, optional facts, an optional code or button, and a closing line. */
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
  en: "If you didn't request this, ignore this message: nothing will change.",
};

type MailOf<Type extends Mail["type"]> = Extract<Mail, { type: Type }>;

export const contents: { [Type in Mail["type"]]: (mail: MailOf<Type>, locale: Locale, product: string) => Content } = {
  reset_password: ({ link, name }, locale, product) => ({
    subject: { fr: `${product} : réinitialiser votre mot de passe`, en: `${product}: reset your password` }[locale],
    name,
    paragraphs: [
      {
        fr: "Ce lien vous permet de choisir un nouveau mot de passe. Il est valable 30 minutes et ne peut servir qu'une fois.",
        en: "Use this link to choose a new password. It works once and expires in 30 minutes.",
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
        en: "Confirm that this address is yours. The link expires in 24 hours.",
      }[locale],
    ],
    button: { link, label: { fr: "Vérifier mon adresse", en: "Verify my address" }[locale] },
    ending: {
      fr: "Si vous n'avez pas créé de compte, n'ouvrez pas ce lien.",
      en: "If you didn't create an account, don't open this link.",
    }[locale],
  }),
  address_taken: ({ link }, locale, product) => ({
    subject: { fr: `${product} : vous avez déjà un compte`, en: `${product}: you already have an account` }[locale],
    paragraphs: [
      {
        fr: "Quelqu'un vient d'essayer de créer un compte avec votre adresse, mais vous en avez déjà un. Si c'était vous, connectez-vous ; si vous avez oublié votre mot de passe, vous pouvez en choisir un nouveau.",
        en: "Someone has just tried to create an account with your address, but you already have one. If it was you, sign in. If you have forgotten your password, you can reset it.",
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
        fr: "Le titulaire d'un compte souhaite utiliser cette adresse. Si c'est vous, confirmez-la avec ce lien, valable une heure.",
        en: "The owner of an account wants to change its address to this one. If that is you, confirm it with this link. It expires in one hour.",
      }[locale],
    ],
    button: { link, label: { fr: "Confirmer l'adresse", en: "Confirm this address" }[locale] },
    ending: UNASKED[locale],
  }),
  invitation: ({ link }, locale, product) => ({
    subject: { fr: `${product} : votre invitation`, en: `${product}: your invitation` }[locale],
    paragraphs: [
      {
        fr: "Un compte a été créé pour vous. Choisissez votre mot de passe avec ce lien, valable 72 heures.",
        en: "An account has been created for you. Use this link to choose your password. It expires in 72 hours.",
      }[locale],
    ],
    button: { link, label: { fr: "Accepter l'invitation", en: "Accept the invitation" }[locale] },
    ending: UNASKED[locale],
  }),
  email_code: ({ code }, locale, product) => ({
    subject: { fr: `${product} : votre code de connexion`, en: `${product}: your sign-in code` }[locale],
    paragraphs: [
      {
        fr: "Voici votre code, valable 10 minutes. Ne le communiquez à personne : nous ne vous le demanderons jamais.",
        en: "Here is your code. It expires in 10 minutes. Don't share it with anyone: we will never ask you for it.",
      }[locale],
    ],
    code,
    ending: {
      fr: "Si vous n'êtes pas en train de vous connecter, quelqu'un connaît votre mot de passe : changez-le.",
      en: "If you are not signing in, someone knows your password: change it.",
    }[locale],
  }),
  login_code: ({ code, link }, locale, product) => ({
    subject: { fr: `${product} : votre code pour vous connecter`, en: `${product}: your code to sign in` }[locale],
    paragraphs: [
      {
        fr: "Saisissez ce code là où vous vous connectez. Il est valable 10 minutes et ne peut servir qu'une fois. Ne le communiquez à personne : nous ne vous le demanderons jamais.",
        en: "Type this code where you are signing in. It works once and expires in 10 minutes. Don't share it with anyone: we will never ask you for it.",
      }[locale],
    ],
    code,
    button: link
      ? { link, label: { fr: "Me connecter dans ce navigateur", en: "Sign in in this browser" }[locale] }
      : undefined,
    ending: {
      fr: "Si vous n'êtes pas en train de vous connecter, ignorez ce message : sans ce code, personne ne peut entrer.",
      en: "If you are not signing in, ignore this message: nobody can get in without this code.",
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
        en: "If it wasn't you, change your password now and sign out your other devices.",
      }[locale],
  }),
};

function factsOf(
  { happenedAt, device, place, ipAddress, unusual = null }: NoticeMail,
  locale: Locale,
): [string, string][] {
  const when = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeStyle: "short", timeZone: "UTC" });
  const facts: [string, string | null][] = [
    ["Date", `${when.format(happenedAt)} UTC`],
    [{ fr: "Appareil", en: "Device" }[locale], device],
    [{ fr: "Lieu", en: "Place" }[locale], place],
    [{ fr: "Adresse IP", en: "IP address" }[locale], ipAddress],
    [{ fr: "Inhabituel", en: "Unusual" }[locale], unusual],
  ];
  return facts.filter((fact): fact is [string, string] => fact[1] !== null);
}
