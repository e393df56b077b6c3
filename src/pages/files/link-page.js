/*
 * Removes the token from the address bar at once, so that neither the history nor a shared screen keeps it. The result is
 * shown where the reader is looking: in the headline after success, at the field or the message after a refusal.
 */
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
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void send();
  });

  async function send() {
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
      (form.hidden ? status : (password ?? email ?? status)).focus();
    } catch {
      button.disabled = false;
      show(form.dataset.failed, "failure");
      button.focus();
    }
  }
})();
