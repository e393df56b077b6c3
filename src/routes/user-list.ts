/** The list of accounts, shared by `/api/users` and `/api/admin/users`. */
import * as z from "zod/mini";
import { PageQuery, readCursor, toPage, type Page } from "../http/lists.ts";
import type { Platform } from "../platform/index.ts";
import type { Actor } from "../services/access/actor.ts";
import {
  listUsers,
  USER_SORTS,
  USER_STATUSES,
  userPosition,
  type ManagedUser,
} from "../services/administration/directory.ts";
import { CursorText, RoleId, SearchText } from "./fields.ts";

export const UserListQuery = z.extend(PageQuery, {
  q: z.optional(SearchText),
  role: z.optional(RoleId),
  status: z.optional(z.enum(USER_STATUSES)),
  sort: z._default(z.enum(USER_SORTS), "-createdAt"),
});

const ById = z.tuple([z.int32()]);
const ByTextAndId = z.tuple([CursorText, z.int32()]);

export async function userPage(
  platform: Platform,
  actor: Actor,
  { cursor, ...filter }: z.infer<typeof UserListQuery>,
): Promise<Page<ManagedUser>> {
  const { limit, sort } = filter;
  const after = readCursor(cursor, sort.endsWith("createdAt") ? ById : ByTextAndId);
  const users = await listUsers(platform, actor, { ...filter, after });
  return toPage(users, { limit, item: (user) => user, position: (user) => userPosition(user, sort) });
}
