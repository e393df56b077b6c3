/**
 * Somebody else's account, as an administrator sees it: the same pages with another client, which has their token and can
 * only read, and with every control off that could change something.
 */
import { options, render, type VNode } from "preact";
import { createAuthClient } from "../../client/index.ts";
import { part, readAccount, startApplication, type Application } from "../components/application.tsx";
import { client } from "../shared/client.ts";
import { locale } from "../shared/texts.ts";
import { receiveView, type View } from "../shared/view.ts";
import { Banner, Closed, type Why } from "./view-banner.tsx";

let token: string | undefined;
let isClosed = false;

export async function startView(application: Application): Promise<void> {
  const view = await receiveView();
  if (!view) {
    // From now on it is a tab like any other.
    window.name = "";
    return render(<Farewell why="gone" />, document.getElementById("page")!);
  }
  takeOver(view);
  switchOff();
  client.onChange((session) => session === null && close("ended"));
  setTimeout(() => close("late"), view.expiresAt - Date.now());
  // A page that is kept for the way back must not open again with what it had.
  addEventListener("pagehide", () => close("gone"));
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && !isClosed) void readAccount().catch(() => {});
  });
  startApplication({
    ...application,
    items: () => [],
    visit: <Banner view={view} end={() => close("done")} />,
  });
}

const answer = (status: number, body: object) => Response.json(body, { status });

/** Every page has `client` by now; this one has neither the reader's cookie nor their other tabs. */
function takeOver({ token: given, expiresAt }: View): void {
  token = given;
  const own = createAuthClient({
    url: location.origin,
    locale,
    store: { read: () => ({ refreshToken: "none" }), write: () => {} },
    async fetch(address, init) {
      if (address === `${location.origin}/api/auth/refresh`) {
        const expiresIn = (expiresAt - Date.now()) / 1000;
        return token && expiresIn > 0
          ? answer(200, { token, expiresIn })
          : answer(401, { code: "invalid_refresh_token" });
      }
      if (init?.method !== "GET") return answer(403, { code: "forbidden" });
      const response = await fetch(address, init);
      // The person has ended it: what follows asks for a newer token, and finds that there is none.
      if (response.status === 401) token = undefined;
      return response;
    },
  });
  Object.defineProperties(client, Object.getOwnPropertyDescriptors(own));
}

/** Off unless it says that it only reads, so that a control that somebody adds is off as well. */
function switchOff(): void {
  const before = options.vnode?.bind(options);
  options.vnode = (vnode: VNode) => {
    const { type, props } = vnode as VNode<{ disabled?: boolean }>;
    if (/^(button|input|select|textarea)$/.test(String(type)) && !("data-reads" in props)) props.disabled = true;
    before?.(vnode);
  };
}

/** For good. The service is told too, which then refuses the token. */
function close(why: Why): void {
  if (isClosed) return;
  isClosed = true;
  if (token)
    void fetch("/api/auth/logout", {
      method: "POST",
      // Also when the tab is closed; and never with the cookie, which is the administrator's own.
      keepalive: true,
      credentials: "omit",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
      body: "{}",
    }).catch(() => {});
  token = undefined;
  void part(async () => <Closed why={why} />);
}

const Farewell = ({ why }: { why: Why }) => (
  <main class="farewell">
    <Closed why={why} />
  </main>
);
