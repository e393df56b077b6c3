/**
 * An application for whoever is signed in: asks who that is, shows the pages that they may see, and leaves for the
 * sign-in when the session ends, here or elsewhere.
 */
import { signal, type ReadonlySignal } from "@preact/signals";
import { render, type AnyComponent, type ComponentChildren } from "preact";
import { ErrorBoundary, LocationProvider, Route, Router } from "preact-iso";
import { useState } from "preact/hooks";
import type { Notification, Schemas } from "../../client/index.ts";
import { client } from "../shared/client.ts";
import { noteSession } from "../shared/known.ts";
import { signInAddress } from "../shared/return-to.ts";
import { Frame } from "./frame.tsx";
import type { MenuItem } from "./menu.tsx";
import { Page } from "./page.tsx";
import { Reauthentication } from "./reauthentication.tsx";
import { Failed, Loading, useResource } from "./resource.tsx";
import { say } from "./texts.ts";
import { toast } from "./toast.tsx";

export type User = Schemas["User"];

export interface ApplicationPage {
  /** As in preact-iso: `/admin/users/:id`. */
  path: string;
  /** In the navigation; without it the page is reached from others. */
  title?: string;
  /** What waits there for the reader, beside its title. */
  count?: ReadonlySignal<number>;
  /** Whoever lacks it, or all of several, sees neither the page nor its link. The API refuses in any case. */
  permission?: string | string[];
  /** `lazy(() => import("./page.tsx"))` keeps its code out of the first load. */
  component: AnyComponent<any>;
}

export interface Application {
  home: string;
  /** What it is called, above its navigation. */
  title: string;
  pages: ApplicationPage[];
  /** In the reader's own menu, before signing out. */
  items?: () => MenuItem[];
  /** Above every page, where somebody else's account is looked at: then nothing is told live, and nobody signs out. */
  visit?: ComponentChildren;
  /** In the place of a page that the reader may not see. */
  denied?: AnyComponent<any>;
}

/** The account that is signed in. Set it when an act has answered another one. */
export const me = signal<User | undefined>(undefined);
/** Where a change of its address waits for confirmation. */
export const pendingEmail = signal<string | undefined>(undefined);
/** The last one that came in while the page was open. */
export const heard = signal<Notification | undefined>(undefined);
/** Counts up when another device has read, signed in or was signed out: read lists of those again. */
export const elsewhere = signal(0);
const farewell = signal<ComponentChildren>(undefined);
let isParting = false;
/** Follows the session, so that a permission that is taken away hides its pages at once. */
const session = signal(client.session);

/** As `client.can`; what is drawn with it is drawn again when permissions change. */
export const can = (permission: string): boolean => (session.value, client.can(permission));

export function startApplication(application: Application): void {
  client.onChange((now) => {
    if (now) session.value = now;
    else leave();
  });
  render(
    <LocationProvider scope={application.home}>
      <Opened {...application} />
    </LocationProvider>,
    document.getElementById("page")!,
  );
}

function leave(): void {
  if (isParting) return;
  noteSession(false);
  location.replace(signInAddress());
}

/** For an act that ends the session for good: what it answers is shown instead of the sign-in. */
export async function part(act: () => Promise<ComponentChildren>): Promise<void> {
  isParting = true;
  try {
    farewell.value = await act();
  } finally {
    isParting = Boolean(farewell.value);
    if (!isParting && client.session === null) leave();
  }
}

async function open(isVisit: boolean): Promise<User> {
  const now = await client.refresh();
  // The page stays as it is until the other one is there.
  if (!now) return new Promise(() => leave());
  session.value = now;
  const account = await readAccount();
  if (isVisit) return account;
  noteSession(true);
  client.notifications({
    onNotification: (notification) => {
      heard.value = notification;
      toast(notification.title);
    },
    onRead: () => void elsewhere.value++,
    onSession: () => void elsewhere.value++,
  });
  return account;
}

/** Again, when something else than this page may have changed it. */
export async function readAccount(): Promise<User> {
  const answer = await client.account.get("");
  pendingEmail.value = answer.pendingEmail;
  return (me.value = answer.user);
}

function Opened({ home, title, pages, items, visit, denied = Missing }: Application) {
  const { state, reload } = useResource(() => open(visit !== undefined));
  const [shown] = useState(() => new Map(pages.map(({ path, component }) => [path, component])));
  const allowed = pages.filter(({ permission }) => !permission || [permission].flat().some(can));
  const links = state.value.is === "there" ? allowed : [];
  if (farewell.value) return <main class="farewell">{farewell.value}</main>;
  return (
    <Frame
      home={home}
      title={title}
      person={me.value ? `${me.value.prenom} ${me.value.nom}` : ""}
      links={links.flatMap(({ path, title, count }) =>
        title ? [{ href: path, title, count: count?.value ?? 0 }] : [],
      )}
      visit={visit}
      items={[...(items?.() ?? []), { text: say.signOut, act: () => void signOut() }]}
    >
      {state.value.is === "failed" && <Failed why={state.value.why} retry={reload} />}
      {state.value.is === "loading" && <Loading lines={6} />}
      {state.value.is === "there" && (
        <ErrorBoundary>
          <Router>
            {pages.map((page) => (
              <Route
                key={page.path}
                path={page.path}
                component={allowed.includes(page) ? shown.get(page.path)! : denied}
              />
            ))}
            <Route default component={Missing} />
          </Router>
        </ErrorBoundary>
      )}
      <Reauthentication guarded={me.value?.twoFactorEnabled ?? false} />
    </Frame>
  );
}

function Missing() {
  return (
    <Page title={say.notFound}>
      <p>
        <a href="/account">{say.home}</a>
      </p>
    </Page>
  );
}

async function signOut(): Promise<void> {
  try {
    await client.logout();
  } catch {
    toast(say.stillSignedIn, "bad");
  }
}
