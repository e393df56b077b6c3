/**
 * After a login by password: a passkey for the next time, offered once in 30 days. It is asked for plainly. A browser
 * could also make one on the quiet (`mediation: "conditional"`), but that one has verified nobody, so it could only be a
 * second factor, and from then on the password alone would not do: nobody should find that out later.
 */
import { client } from "../shared/client.ts";
import { save } from "../shared/save.ts";
import { inLanguage } from "../shared/texts.ts";
import { element } from "./element.ts";
import { form } from "./form.ts";
import { show } from "./panel.ts";
import { unlessAborted } from "./passkey.ts";

const say = inLanguage({
  goOn: { fr: "Continuer", en: "Continue" },
  offer: { fr: "Sans mot de passe la prochaine fois ?", en: "No password next time?" },
  offerLead: {
    fr: "Avec une clé d'accès, votre empreinte, votre visage ou le code de cet appareil suffit.",
    en: "With a passkey, your fingerprint, your face or this device's PIN is all you need.",
  },
  offerHint: {
    fr: "Votre compte sera aussi mieux protégé : le mot de passe seul ne suffira plus pour s'y connecter.",
    en: "It protects your account, too: the password alone will no longer get anybody in.",
  },
  createPasskey: { fr: "Créer une clé d'accès", en: "Create a passkey" },
  later: { fr: "Plus tard", en: "Not now" },
  codes: { fr: "Gardez ces codes de récupération", en: "Keep these recovery codes" },
  codesLead: {
    fr: "Votre clé d'accès est créée. Si vous la perdez, chacun de ces codes vous permettra de vous connecter une fois. Ils ne seront plus affichés.",
    en: "Your passkey is ready. If you lose it, each of these codes gets you in once. They won't be shown again.",
  },
  codesFile: { fr: "codes-de-recuperation.txt", en: "recovery-codes.txt" },
  download: { fr: "Télécharger", en: "Download" },
});

const NAME = "passkey-offered";
const PAUSE_MS = 30 * 86_400_000;

/** @returns whether it was offered; `finish` is then for this panel to call. */
export async function offerPasskey(finish: () => Promise<void>): Promise<boolean> {
  try {
    if (Date.now() - Number(localStorage.getItem(NAME)) < PAUSE_MS) return false;
    if (!(await client.passkeys.areAvailable())) return false;
    if (!(await PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable())) return false;
    if ((await client.security.get("/passkeys")).passkeys.length > 0) return false;
  } catch {
    // Signing in is what the reader has come for.
    return false;
  }
  localStorage.setItem(NAME, String(Date.now()));
  show({
    title: say.offer,
    lead: say.offerLead,
    content: [
      element("p", { class: "message" }, say.offerHint),
      form({
        submit: say.createPasskey,
        fields: [],
        send: async () => {
          const added = await unlessAborted(client.passkeys.add());
          if (added?.recoveryCodes) showCodes(added.recoveryCodes, finish);
          else if (added) await finish();
        },
      }),
      element("div", { class: "or" }, element("button", { class: "plain", onclick: () => void finish() }, say.later)),
    ],
  });
  return true;
}

/** They are never shown again. */
function showCodes(codes: string[], finish: () => Promise<void>): void {
  const file = () => new Blob([`${codes.join("\n")}\n`], { type: "text/plain" });
  show({
    title: say.codes,
    lead: say.codesLead,
    content: [
      element("ol", { class: "codes" }, ...codes.map((code) => element("li", {}, element("code", {}, code)))),
      element("button", { onclick: () => save(file(), say.codesFile) }, say.download),
      form({ submit: say.goOn, fields: [], send: finish }),
    ],
  });
}
