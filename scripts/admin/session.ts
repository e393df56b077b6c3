/**
 * Signing in from the terminal: password, second step, the authenticator's enrolment, and a fresh authentication when
 * the service asks for one.
 */
import { renderUnicodeCompact } from "uqr";
import { AuthError, type AuthClient } from "../../src/client/index.ts";
import type { Prompt } from "../process/terminal.ts";
import type { Output } from "./output.ts";

export interface Context {
  url: string;
  auth: AuthClient;
  prompt: Prompt;
}

export async function logIn(context: Context, given: string | undefined): Promise<Output> {
  const { auth, prompt } = context;
  const email = given ?? (await prompt.ask("Address"));
  const password = await prompt.ask("Password", { hidden: true });
  const answer = await auth.login({ email, password });
  if ("twoFactorRequired" in answer && answer.twoFactorRequired) {
    const { twoFactorToken, methods } = answer;
    const isTotp = methods.includes("totp");
    const isMail = !isTotp && methods.includes("email");
    if (isMail) await auth.login.sendCode(twoFactorToken);
    const code = await prompt.ask(
      isTotp
        ? "Code of the authenticator, or a recovery code"
        : isMail
          ? "Code from the mail, or a recovery code"
          : "A recovery code, since a passkey needs a browser",
    );
    const method = !/^\d{6}$/.test(code) ? "recovery_code" : isTotp ? "totp" : "email";
    await auth.login.secondFactor({ twoFactorToken, method, code });
  }
  const output = await describeSession(context);
  const { methods } = await auth.security.get("/2fa");
  if (methods.some(({ method }) => method === "totp")) return output;
  return { ...output, lines: [...(output.lines ?? []), "No authenticator is set up yet: npm run admin -- enrol"] };
}

export async function describeSession({ auth }: Context): Promise<Output> {
  const user = await auth.me();
  const { permissions = [], methods = [] } = auth.session ?? {};
  const allowed = permissions.length > 0 ? permissions.join(", ") : "nothing in administration";
  return {
    json: { user, session: auth.session },
    lines: [`${user.email} (${user.prenom} ${user.nom}), signed in by ${methods.join(" and ")}, may ${allowed}`],
  };
}

/** The recovery codes are in the answer once, and nowhere else. */
export async function enrol(context: Context): Promise<Output> {
  const { auth, prompt } = context;
  const { uri, secret } = await freshly(context, () => auth.security.post("/2fa/totp"));
  // For the eyes of whoever sits here, so not with the answer.
  process.stderr.write(
    `${renderUnicodeCompact(uri)}\n\nScan this with an authenticator app, or type in: ${secret}\n\n`,
  );
  for (;;) {
    const code = await prompt.ask("Its first code");
    try {
      const { message, recoveryCodes } = await auth.security.post("/2fa/totp/verify", { body: { code } });
      // The tokens from before carry no permissions yet.
      await auth.refresh();
      const use = "Each of these opens the account once if the app is lost. They are not shown again: print them.";
      return { json: { message, recoveryCodes }, lines: [message, use, ...recoveryCodes.map((each) => `  ${each}`)] };
    } catch (error) {
      if (!(error instanceof AuthError) || error.code !== "incorrect_code" || !prompt.isTerminal) throw error;
      process.stderr.write(`${error.message}\n`);
    }
  }
}

/** Acts, and if that needs a recent authentication, asks for one and acts again. */
export async function freshly<Answer>({ auth, prompt }: Context, act: () => Promise<Answer>): Promise<Answer> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof AuthError) || error.code !== "reauthentication_required") throw error;
    const hasShown = auth.session?.methods.includes("otp");
    const body = hasShown
      ? {
          method: "totp" as const,
          code: await prompt.ask("Code of the authenticator, since you signed in over 10 minutes ago"),
        }
      : { password: await prompt.ask("Password, since you signed in over 10 minutes ago", { hidden: true }) };
    await auth.security.post("/reauthenticate", { body });
    return act();
  }
}
