/** What stands above somebody else's account, and what comes after it. */
import { me } from "../components/application.tsx";
import { Page } from "../components/page.tsx";
import { inLanguage, locale } from "../shared/texts.ts";
import type { View } from "../shared/view.ts";

const say = inLanguage({
  label: { fr: "Compte de quelqu'un d'autre", en: "Somebody else's account" },
  whose: {
    fr: (person: string) => `Compte : ${person}.`,
    en: (person: string) => `Account: ${person}.`,
  },
  until: {
    fr: (by: string, time: string) => `Vu par ${by} jusqu'à ${time}, en lecture seule.`,
    en: (by: string, time: string) => `Seen by ${by} until ${time}, for reading alone.`,
  },
  end: { fr: "Terminer", en: "End" },

  closed: { fr: "Cette consultation est terminée", en: "This view is closed" },
  done: {
    fr: "Vous l'avez terminée. Vous pouvez fermer cet onglet.",
    en: "You have ended it. You can close this tab.",
  },
  late: {
    fr: "Ses dix minutes sont écoulées. Si vous avez encore besoin de voir ce compte, demandez-le de nouveau depuis l'administration.",
    en: "Its ten minutes are over. If you still need to see this account, ask again in the administration.",
  },
  ended: {
    fr: "Le titulaire du compte, ou un administrateur, y a mis fin.",
    en: "The owner of the account, or an administrator, has ended it.",
  },
  gone: {
    fr: "Elle ne survit ni à un rechargement ni à un départ de la page. Si vous avez encore besoin de voir ce compte, demandez-le de nouveau depuis l'administration.",
    en: "It survives neither a reload nor leaving the page. If you still need to see this account, ask again in the administration.",
  },
  close: { fr: "Fermer cet onglet", en: "Close this tab" },
});

const clock = new Intl.DateTimeFormat(locale, { timeStyle: "short" });

export type Why = "done" | "late" | "ended" | "gone";

export function Banner({ view: { by, expiresAt }, end }: { view: View; end: () => void }) {
  const person = me.value && `${me.value.prenom} ${me.value.nom} (${me.value.email})`;
  return (
    <aside class="visit" aria-label={say.label}>
      <p>
        <strong>{person && say.whose(person)}</strong> {say.until(by, clock.format(expiresAt))}
      </p>
      <button data-reads class="compact" onClick={end}>
        {say.end}
      </button>
    </aside>
  );
}

export function Closed({ why }: { why: Why }) {
  return (
    <Page title={say.closed}>
      <p>{say[why]}</p>
      <div class="actions">
        <button data-reads class="primary" onClick={() => window.close()}>
          {say.close}
        </button>
      </div>
    </Page>
  );
}
