/**
 * How a tab that shows somebody else's account gets what it shows it with: from the page that has opened it, once, and by
 * a message that no other page gets. The token is in no address and in no storage, so it is gone with the tab's document.
 */

/** What a window is called that shows somebody else's account; a reload keeps its name. */
const NAME = "view-";
const QUESTION = "whose account?";

export interface View {
  token: string;
  expiresAt: number;
  /** The name of the administrator. */
  by: string;
}

/** By the window that it is for. */
const waiting = new Map<MessageEventSource, View>();

function give({ source, origin, data }: MessageEvent): void {
  const view = source && waiting.get(source);
  if (!view || origin !== location.origin || data !== QUESTION) return;
  waiting.delete(source);
  (source as Window).postMessage(view, location.origin);
}

/** @returns false if the browser has refused to open a tab: then a click has to do it. */
export function openView(view: View): boolean {
  addEventListener("message", give);
  const tab = open("/account", NAME + crypto.randomUUID());
  if (tab) waiting.set(tab, view);
  return tab !== null;
}

export const isView = (): boolean => window.name.startsWith(NAME);

const ANSWER_MS = 5000;

/** Undefined for a tab that has been reloaded, or whose opener is gone: what there was is gone too. */
export function receiveView(): Promise<View | undefined> {
  const opener = window.opener as Window | null;
  return new Promise((resolve) => {
    if (!opener) return resolve(undefined);
    const hear = ({ source, origin, data }: MessageEvent) => {
      if (source !== opener || origin !== location.origin) return;
      removeEventListener("message", hear);
      // It has done its part; and after a reload nobody is asked again.
      window.opener = null;
      resolve(data as View);
    };
    addEventListener("message", hear);
    setTimeout(() => resolve(undefined), ANSWER_MS);
    opener.postMessage(QUESTION, location.origin);
  });
}
