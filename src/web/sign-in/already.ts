/** For whoever comes to the sign-in and is signed in: to go on, or to use another account. */
import { client } from "../shared/client.ts";
import { noteSession } from "../shared/known.ts";
import { inLanguage } from "../shared/texts.ts";
import { element } from "./element.ts";
import { form } from "./form.ts";
import type { Panel } from "./panel.ts";

const say = inLanguage({
  already: { fr: (name: string) => `Bonjour ${name}`, en: (name: string) => `Hello again, ${name}` },
  alreadyLead: {
    fr: (name: string, email: string) => `Vous êtes déjà connecté : ${name}, ${email}.`,
    en: (name: string, email: string) => `You are already signed in: ${name}, ${email}.`,
  },
  goOn: { fr: "Continuer", en: "Continue" },
  another: { fr: "Utiliser un autre compte", en: "Use another account" },
  anotherHint: { fr: "Vous serez d'abord déconnecté de celui-ci.", en: "You will be signed out of this one first." },
});

/** A slow service must not keep anybody from signing in. */
const PATIENCE_MS = 2_000;

interface Ways {
  finish: () => Promise<void>;
  another: () => void;
}

/** Undefined where nobody is signed in, or where that can't be learned soon. */
export async function alreadySignedIn(ways: Ways): Promise<Panel | undefined> {
  try {
    const options = { timeoutMs: PATIENCE_MS };
    const late = new Promise<null>((resolve) => setTimeout(resolve, PATIENCE_MS, null));
    if (!(await Promise.race([client.refresh(), late]))) return undefined;
    const { prenom, nom, email } = await client.me(options);
    return {
      title: say.already(prenom),
      lead: say.alreadyLead(`${prenom} ${nom}`, email),
      content: [
        form({ submit: say.goOn, fields: [], send: ways.finish }),
        form({
          submit: say.another,
          secondary: true,
          fields: [],
          send: async () => {
            await client.logout();
            noteSession(false);
            ways.another();
          },
        }),
        element("p", { class: "small soft" }, say.anotherHint),
      ],
    };
  } catch {
    return undefined;
  }
}
