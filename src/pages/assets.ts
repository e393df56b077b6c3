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

/** The tokens of `src/web/style/tokens.css`, as far as these pages need them; a test compares them. */
const TOKENS = `
:root { color-scheme: light dark; --brand: #0e5f59; --page: light-dark(#f7f6f3, #131413); --surface: light-dark(#ffffff, #1c1d1c); --text: light-dark(#1d1c1a, #ecebe7); --soft: light-dark(#5f5b54, #aaa79f); --line: light-dark(#e2dfd8, #323330); --edge: light-dark(#8d887e, #7b7a73); --accent: light-dark(oklch(from var(--brand) min(l, 0.5) c h), oklch(from var(--brand) max(l, 0.8) min(c, 0.12) h)); --on-accent: light-dark(#ffffff, #10201e); --good: light-dark(#17663a, #84d6a3); --bad: light-dark(#b02a20, #ffb0a5); --radius: 10px; --control: 44px; --small: 0.875rem; --tiny: 0.8125rem; --title: 1.625rem; --sans: ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Open Sans", "Helvetica Neue", sans-serif; --mono: ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, monospace; }
:root[data-theme="light"] { color-scheme: light; }
:root[data-theme="dark"] { color-scheme: dark; }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body { margin: 0; background: var(--page); color: var(--text); font: 100%/1.55 var(--sans); overflow-wrap: anywhere; }
a { color: var(--accent); text-underline-offset: 0.2em; text-decoration-thickness: 1px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
`;

export const PAGE_STYLE = `${TOKENS}
.product { margin: 0; padding: 20px max(20px, 4vw); font-weight: 600; letter-spacing: -0.01em; }
.product[data-mark]::before { content: attr(data-mark); display: inline-block; width: 26px; margin-right: 10px; border-radius: 8px; color: var(--on-accent); background: var(--accent); font-size: 0.875rem; font-weight: 700; line-height: 26px; text-align: center; }
.product img { display: block; height: 28px; }
body { display: grid; grid-template: auto 1fr / minmax(0, 1fr); min-height: 100dvh; }
main { align-self: center; justify-self: center; width: 100%; max-width: 424px; padding: 16px 20px 80px; }
h1 { margin: 0 0 8px; font-size: var(--title); font-weight: 600; line-height: 1.25; letter-spacing: -0.025em; text-wrap: balance; }
p { margin: 0 0 24px; }
ul { margin: -16px 0 24px; padding-left: 22px; }
#explanation { color: var(--soft); }
form { display: grid; gap: 6px; }
label { font-size: var(--small); font-weight: 600; }
input[type="password"], input[type="text"], input[type="email"] { width: 100%; min-height: var(--control); padding: 9px 12px; font: inherit; color: inherit; background: var(--surface); border: 1px solid var(--edge); border-radius: var(--radius); }
input[type="checkbox"] { width: 20px; height: 20px; margin: 0 8px 0 0; accent-color: var(--accent); vertical-align: -4px; }
#hint { margin: 0; font-size: var(--tiny); color: var(--soft); }
.show { margin: 8px 0 0; font-weight: 400; }
button { min-height: var(--control); margin-top: 14px; padding: 0 18px; font: inherit; font-weight: 550; color: var(--on-accent); background: var(--accent); border: 0; border-radius: var(--radius); cursor: pointer; }
button.other { border: 1px solid var(--edge); color: var(--text); background: none; }
button:disabled { opacity: 0.6; cursor: default; }
h1:focus, #status:focus { outline: 0; }
#status { margin: 20px 0 0; padding: 12px 14px; border: 1px solid color-mix(in oklab, var(--tone, var(--accent)) 28%, transparent); border-radius: var(--radius); background: color-mix(in oklab, var(--tone, var(--accent)) 7%, var(--surface)); font-size: var(--small); }
#status:empty { display: none; }
#next, #renewal, #back { margin: 20px 0 0; }
#back { font-size: var(--small); }
.links { margin: 0 0 20px; padding: 0; list-style: none; }
.links li { margin: 0 0 6px; }
.success { --tone: var(--good); }
.success ~ #back { display: none; }
.failure { --tone: var(--bad); }
@media (width >= 60rem) {
  body { grid-template-columns: minmax(0, 1fr) minmax(0, 46%); }
  .art { grid-area: 1 / 2 / -1 / 3; margin: 12px 12px 12px 0; border-radius: 20px; background: repeating-radial-gradient(circle at 100% 100%, transparent 0 47px, oklch(from var(--brand) 0.62 min(c, 0.09) h / 0.28) 47px 48px), radial-gradient(circle at 85% 90%, oklch(from var(--brand) 0.55 min(c, 0.1) h), transparent 65%), oklch(from var(--brand) 0.33 min(c, 0.08) h); }
}
`;

export const DOCS_STYLE = `${TOKENS}
main { max-width: 900px; margin: auto; padding: 32px 20px 80px; }
h1 { margin: 0; font-size: var(--title); font-weight: 600; letter-spacing: -0.025em; }
dt { margin-top: 12px; scroll-margin-top: 24px; font-family: var(--mono); }
dd { margin: 0; color: var(--soft); }
dt:target { outline: 2px solid var(--accent); outline-offset: 4px; }
`;
