/** `@auth-api-edge/client/react`: hooks for React 18 and later. */
import { useEffect, useState } from "react";
import { createHooks, type Hooks } from "./hooks.ts";

const hooks: Hooks = createHooks({ useEffect, useState });

export const { useCall, useSession } = hooks;
export type { CallState } from "./hooks.ts";
