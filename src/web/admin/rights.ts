/** What the reader may do to others, as the rules of administration have it. The API decides. */
import type { Schemas } from "../../client/index.ts";
import { can } from "../components/application.tsx";
import { ADMINISTERS } from "../shared/administration.ts";

/** Nobody grants what they lack, or changes what stands above them. */
export const holds = (permissions: string[]): boolean => permissions.every(can);

export const mayChangeUser = ({ permissions }: Schemas["ManagedUser"]): boolean =>
  can("users:write") && holds(permissions);

const groupOf = (permission: string) => permission.split(":")[0]!;
const ADMINISTERING = ["*", ...ADMINISTERS.map(groupOf)];

/** Nobody looks at the account of somebody who may administer anything. */
export const mayLookAt = ({ permissions, isActive, deletedAt }: Schemas["ManagedUser"]): boolean =>
  can("users:impersonate") &&
  isActive &&
  !deletedAt &&
  holds(permissions) &&
  !permissions.some((permission) => ADMINISTERING.includes(groupOf(permission)));

export const mayChangeRole = ({ permissions }: Schemas["Role"]): boolean => can("roles:write") && holds(permissions);

export const mayChangeApplication = ({ permissions }: Schemas["Application"]): boolean =>
  can("applications:write") && holds(permissions);
