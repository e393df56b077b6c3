/** `/sign-in` and `/register`: the pages before an account. Without a framework, so that they are there at once. */
import { service } from "../shared/service.ts";
import { frame } from "./frame.ts";
import { registration } from "./registration.ts";
import { show } from "./panel.ts";
import { signIn } from "./sign-in.ts";
import "../style/sign-in.css";

document.getElementById("page")!.append(...frame(service));
show(location.pathname === "/register" ? registration() : signIn());
