/** `/sign-in`, `/register` and `/email-code`: the pages before an account. Without a framework, so that they are there at once. */
import { wasSignedIn } from "../shared/known.ts";
import { service } from "../shared/service.ts";
import { frame } from "./frame.ts";
import { openMailedCode } from "./mailed-code.ts";
import { registration } from "./registration.ts";
import { show, type Panel } from "./panel.ts";
import { comeBack, finish, signIn, ways } from "./sign-in.ts";
import "../style/sign-in.css";

document.getElementById("page")!.append(...frame(service));
const PANELS: Record<string, () => Panel | undefined> = {
  "/register": registration,
  "/sign-in": comeBack,
  "/email-code": () => openMailedCode(ways),
};
show(PANELS[location.pathname]?.() ?? (await findOut()) ?? signIn());

/** Who is signed in, where somebody was. */
async function findOut(): Promise<Panel | undefined> {
  if (!wasSignedIn()) return undefined;
  // Without it, this is the sign-in as for anybody.
  const found = await import("./already.ts").catch(() => undefined);
  return found?.alreadySignedIn({ finish, another: ways.back });
}
