/** How many people a message would reach, as exactly as the reader's own permissions let it be known. */
import type { Schemas } from "../../client/index.ts";
import { can } from "../components/application.tsx";
import { client } from "../shared/client.ts";
import { say } from "./broadcast-texts.ts";

/** The API lists no more at a time, and has no count. */
const LISTED = 100;

/** @param role the name of the role, if it goes to one. */
export async function reachOf({ userIds, roleId, all }: Schemas["BroadcastRequest"], role: string): Promise<string> {
  if (userIds) return say.reaches(userIds.length);
  if (all && can("stats:read")) return say.reaches((await client.admin.get("/stats")).totals.users);
  if (all) return say.reachesAll;
  if (!can("users:read")) return say.reachesRole(role);
  const { data, pagination } = await client.admin.get("/users", { query: { role: String(roleId), limit: LISTED } });
  return pagination.nextCursor ? say.reachesMore(LISTED) : say.reaches(data.length);
}
