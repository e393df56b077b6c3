/** Who sees what: the session decides. */
import { useSession } from "@auth-api-edge/client/preact";
import { render } from "preact";
import { Account } from "./account.tsx";
import { auth } from "./auth.ts";
import { SignIn } from "./sign-in.tsx";

function App() {
  const session = useSession(auth);
  if (session === undefined) return <p aria-busy="true">…</p>;
  // Another person is another page: nothing of the one before may stay.
  return session ? <Account key={session.sessionId} /> : <SignIn />;
}

render(<App />, document.querySelector("#app")!);
