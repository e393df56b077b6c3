/** The roles that the reader may give to somebody. */
import { can } from "../components/application.tsx";
import { useResource } from "../components/resource.tsx";
import { client } from "../shared/client.ts";
import { holds } from "./rights.ts";

/** As many as a person can choose among; the API lists no more at a time. */
const MOST = 100;

export async function readRoles() {
  return can("roles:read") ? (await client.admin.get("/roles", { query: { limit: MOST } })).data : [];
}

/** By id, for a select: all, or those that may be given. Empty while it loads, and for whoever may not see roles. */
export function useRoleOptions({ given = false } = {}): [value: string, text: string][] {
  const { state } = useResource(readRoles);
  const roles = state.value.is === "there" ? state.value.value : [];
  return roles.filter(({ permissions }) => !given || holds(permissions)).map(({ id, name }) => [String(id), name]);
}
