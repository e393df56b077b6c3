/** The account: its devices, and what happens to it as it happens. */
import type { Notification } from "@auth-api-edge/client";
import { useCall } from "@auth-api-edge/client/preact";
import { useEffect, useState } from "preact/hooks";
import { auth, describe } from "./auth.ts";

export function Account() {
  const { data: me } = useCall((signal) => auth.me({ signal }), []);
  const [news, setNews] = useState<Notification[]>([]);
  const [text, setText] = useState("");
  const devices = useCall((signal) => auth.security.get("/sessions", { query: { limit: 10 }, signal }), []);

  useEffect(() => {
    const notifications = auth.notifications({
      onNotification: (next) => setNews((earlier) => [next, ...earlier]),
      // Another device has signed in or out.
      onSession: devices.reload,
    });
    return notifications.close;
  }, []);

  const attempt = (act: Promise<unknown>) => void act.then(devices.reload, (error) => setText(describe(error)));

  return (
    <>
      <h1>{me ? `Hello, ${me.prenom}` : "…"}</h1>
      <button onClick={() => attempt(auth.passkeys.add())}>Add a passkey</button>{" "}
      <button onClick={() => attempt(auth.logout())}>Sign out</button>
      <p role="alert">{devices.error ? describe(devices.error) : text}</p>
      <h2>Devices</h2>
      <ul aria-busy={devices.isLoading}>
        {devices.data?.data.map(({ id, device, city, current }) => (
          <li key={id}>
            {[device.browser, device.os, city].filter(Boolean).join(", ")}{" "}
            {current ? (
              <em>this one</em>
            ) : (
              <button onClick={() => attempt(auth.security.delete("/sessions/{id}", { path: { id } }))}>End</button>
            )}
          </li>
        ))}
      </ul>
      <h2>News</h2>
      <ul aria-live="polite">
        {news.map(({ id, title, content }) => (
          <li key={id}>
            <strong>{title}</strong> {content}
          </li>
        ))}
      </ul>
    </>
  );
}
