/** `@auth-api-edge/client/preact`: hooks for Preact 10 and later. */
import { useEffect, useState } from "preact/hooks";
import { createHooks, type Hooks } from "./hooks.ts";

const hooks: Hooks = createHooks({ useEffect, useState });

export const { useCall, useSession } = hooks;
export type { CallState } from "./hooks.ts";
