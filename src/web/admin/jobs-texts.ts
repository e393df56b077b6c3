/** The texts about jobs that failed for good. */
import { inLanguage } from "../shared/texts.ts";

export const say = inLanguage({
  list: { fr: "En attente d'une décision", en: "Waiting for a decision" },
  kind: { fr: "Tâche", en: "Job" },
  whom: { fr: "Pour", en: "For" },
  since: { fr: "Abandonnée le", en: "Failed on" },
  retry: { fr: "Relancer", en: "Retry" },
  retryOne: {
    fr: (kind: string, id: number) => `Relancer la tâche ${kind} nº ${id}`,
    en: (kind: string, id: number) => `Retry job ${kind} ${id}`,
  },
  retryTitle: { fr: "Relancer cette tâche ?", en: "Retry this job?" },
  retryWhy: {
    fr: "Corrigez d'abord la cause, sinon la tâche échouera de nouveau. Elle repart sous le même numéro : rien n'est envoyé deux fois.",
    en: "Fix the cause first, or it will fail again. It goes out under the same id, so nothing is sent twice.",
  },
  nothing: { fr: "Aucune tâche abandonnée", en: "No failed jobs" },
  nothingWhy: {
    fr: "Tout ce que le service devait faire est fait ou en cours.",
    en: "Everything the service had to do is done or under way.",
  },
});
