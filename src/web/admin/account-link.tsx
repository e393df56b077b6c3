/** An account by its number, as a link for whoever may look at it. */
import { can } from "../components/application.tsx";
import { PAGES } from "./pages.ts";
import { say } from "./texts.ts";

export function AccountLink({ id }: { id: string | null }) {
  if (id === null) return <>–</>;
  return can("users:read") ? <a href={`${PAGES.accounts.path}/${id}`}>{say.number(id)}</a> : <>{say.number(id)}</>;
}
