/** Around every page of an application: name, navigation, the reader's own menu, and short messages. */
import type { ComponentChildren } from "preact";
import { useLocation } from "preact-iso";
import { useEffect, useState } from "preact/hooks";
import { common } from "../shared/common.ts";
import { chooseLanguage, chooseTheme, themeNow } from "../shared/preferences.ts";
import { locale } from "../shared/texts.ts";
import { Brand } from "./brand.tsx";
import { Menu, type MenuItem } from "./menu.tsx";
import { say } from "./texts.ts";
import { Toasts } from "./toast.tsx";

export interface Link {
  href: string;
  title: string;
  /** What waits there; nothing is shown of none. */
  count?: number;
}

interface FrameProps {
  home: string;
  /** What the application is called, below the name of the service. */
  title: string;
  links: Link[];
  /** Whose account it is; nothing while that is being read. */
  person: string;
  items: MenuItem[];
  /** Above all of it. */
  visit?: ComponentChildren;
  children: ComponentChildren;
}

export function Frame({ home, title, links, person, items, visit, children }: FrameProps) {
  const { path } = useLocation();
  const [open, setOpen] = useState(false);
  const [theme, setTheme] = useState(themeNow);
  useEffect(() => setOpen(false), [path]);
  const switchTheme = () => {
    const other = theme === "dark" ? "light" : "dark";
    chooseTheme(other);
    setTheme(other);
  };
  return (
    <div class="frame">
      {visit}
      <a class="skip button" href="#content">
        {say.toContent}
      </a>
      <header class="side" data-open={open || undefined}>
        <div class="spread head">
          <Brand href={home} />
          <button
            data-reads
            class="plain only-narrow"
            aria-expanded={open}
            aria-controls="navigation"
            onClick={() => setOpen(!open)}
          >
            {say.menu}
          </button>
        </div>
        <nav id="navigation" aria-label={title}>
          <p class="small soft">{title}</p>
          <ul>
            {links.map(({ href, title, count = 0 }) => (
              <li key={href}>
                <a href={href} aria-current={isHere(path, href, home) ? "page" : undefined}>
                  {title}
                  {count > 0 && (
                    <span class="count">
                      <span aria-hidden="true">{count > 99 ? "99+" : count}</span>
                      <span class="for-readers">({say.unread(count)})</span>
                    </span>
                  )}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <div class="person">
          <Menu
            class="plain"
            {...(!person && { label: say.menu })}
            items={[
              ...items.slice(0, -1),
              { text: theme === "dark" ? common.light : common.dark, act: switchTheme },
              { text: common.language, act: () => chooseLanguage(locale === "fr" ? "en" : "fr") },
              ...items.slice(-1),
            ]}
          >
            <span class="avatar" aria-hidden="true">
              {[...person][0]}
            </span>
            <span class="name">{person}</span>
          </Menu>
        </div>
      </header>
      <main id="content" tabIndex={-1}>
        <Offline />
        {children}
      </main>
      <Toasts />
    </div>
  );
}

/** A page below another one belongs to it; the home page is only itself. */
const isHere = (path: string, href: string, home: string) =>
  path === href || (href !== home && path.startsWith(`${href}/`));

/** Stays while the device has no network. */
function Offline() {
  const [online, setOnline] = useState(navigator.onLine);
  useEffect(() => {
    const look = () => setOnline(navigator.onLine);
    for (const change of ["online", "offline"]) addEventListener(change, look);
    return () => ["online", "offline"].forEach((change) => removeEventListener(change, look));
  }, []);
  return <div role="status">{!online && <p class="message warn offline">{common.offline}</p>}</div>;
}
