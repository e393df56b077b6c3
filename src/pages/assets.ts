/** The script and styles of the built-in pages. Both are inline under a nonce; the pages load nothing. */

/**
 * Removes the token from the address bar at once, so that neither the history nor a shared screen keeps it. The result is
 * shown where the reader is looking: in the headline after success, at the field or the message after a refusal.
 */
export const PAGE_SCRIPT = `
(() => {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  history.replaceState(null, "", location.pathname);
  const form = document.querySelector("form");
  const status = document.getElementById("status");
  const headline = document.querySelector("h1");
  const explanation = document.getElementById("explanation");
  const [password, email] = ["password", "email"].map((id) => document.getElementById(id));
  const reveal = (id) => {
    const part = document.getElementById(id);
    if (part) part.hidden = false;
  };
  const show = (text, kind) => {
    status.textContent = text;
    status.className = kind;
  };
  if (form.dataset.needsToken && !token) {
    form.hidden = true;
    show(form.dataset.incomplete, "failure");
    explanation.hidden = true;
    reveal("renewal");
    return;
  }
  document.getElementById("show")?.addEventListener("change", (event) => {
    password.type = event.target.checked ? "text" : "password";
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    show("", "");
    try {
      const response = await fetch(form.dataset.action, {
        method: "POST",
        credentials: "omit",
        headers: { "Content-Type": "application/json", "Accept-Language": document.documentElement.lang },
        body: JSON.stringify({
          ...(form.dataset.needsToken && { token }),
          ...(password && { password: password.value }),
          ...(email && { email: email.value }),
        }),
      });
      const answer = await response.json();
      if (response.ok) {
        headline.textContent = form.dataset.done;
        document.title = document.title.replace(/^.* – /, form.dataset.done + " – ");
        form.remove();
        explanation.remove();
        show(answer.message, "success");
        reveal("next");
        headline.focus();
        return;
      }
      button.disabled = false;
      show(answer.errors?.map((error) => error.detail).join(" ") || answer.message, "failure");
      if (answer.code === "invalid_link") {
        form.hidden = true;
        explanation.hidden = true;
        reveal("renewal");
      }
      (form.hidden ? status : password ?? email ?? status).focus();
    } catch {
      button.disabled = false;
      show(form.dataset.failed, "failure");
      button.focus();
    }
  });
})();
`;

export const PAGE_STYLE = `
:root { --page: #f2f4f7; --card: #fff; --text: #1f2933; --soft: #52606d; --line: #9aa5b1; --accent: #1d4ed8; --on-accent: #fff; --good: #0b6b3a; --bad: #b42318; }
@media (prefers-color-scheme: dark) {
  :root { --page: #10151c; --card: #1b232d; --text: #e4e7eb; --soft: #a9b4c0; --line: #616e7c; --accent: #7ea6ff; --on-accent: #10151c; --good: #6ee7a8; --bad: #ff9c92; }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 16px; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { width: 100%; max-width: 420px; padding: 32px 28px; background: var(--card); border-radius: 12px; overflow-wrap: anywhere; }
h1 { margin: 0 0 12px; font-size: 24px; line-height: 1.25; }
p { margin: 0 0 20px; }
.product { font-size: 14px; font-weight: 600; color: var(--soft); }
form { display: grid; gap: 8px; }
label { font-weight: 600; }
input[type="password"], input[type="text"], input[type="email"] { width: 100%; padding: 11px 12px; font: inherit; color: inherit; background: transparent; border: 1px solid var(--line); border-radius: 8px; }
#hint { margin: 0; font-size: 14px; color: var(--soft); }
.show { font-weight: 400; margin-bottom: 8px; }
button { padding: 12px 20px; font: inherit; font-weight: 600; color: var(--on-accent); background: var(--accent); border: 0; border-radius: 8px; cursor: pointer; }
button:disabled { opacity: 0.6; cursor: default; }
h1:focus, #status:focus { outline: 0; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
#status { margin: 16px 0 0; }
#status:empty { display: none; }
#next, #renewal { margin: 16px 0 0; }
a { color: var(--accent); font-weight: 600; }
.links { margin: 0 0 20px; padding: 0; list-style: none; }
.links li { margin: 0 0 6px; }
.success { color: var(--good); font-weight: 600; }
.failure { color: var(--bad); }
`;

export const DOCS_STYLE = `
:root { color-scheme: light dark; }
body { margin: 0; font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 900px; margin: auto; padding: 24px 16px; overflow-wrap: anywhere; }
section { border-top: 1px solid #8886; padding-top: 4px; }
h3 { margin: 8px 0; font: 600 16px/1.5 ui-monospace, monospace; }
p, ul { margin: 4px 0 10px; }
small { padding: 1px 6px; border: 1px solid #8886; border-radius: 6px; white-space: nowrap; }
code { font-size: 13px; opacity: 0.75; }
dt { margin-top: 12px; scroll-margin-top: 24px; font-family: ui-monospace, monospace; }
dd { margin: 0; }
dt:target { outline: 3px solid; outline-offset: 4px; }
`;
