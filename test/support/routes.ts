/** The app's own routes, with what each declares on its line. */
import { app } from "../../src/app.ts";

export interface RouteFacts {
  method: string;
  path: string;
  guards: { permission?: string; fresh?: boolean; changesFactors?: boolean }[];
  limits: string[];
}

export function routesOfApp(): RouteFacts[] {
  const routes = new Map<string, RouteFacts>();
  for (const { method, path, handler } of app.routes) {
    if (method === "ALL") continue;
    const key = `${method} ${path}`;
    const facts = routes.get(key) ?? { method, path, guards: [], limits: [] };
    routes.set(key, facts);
    if ("guard" in handler) facts.guards.push(handler.guard as RouteFacts["guards"][number]);
    if ("limit" in handler) facts.limits.push(handler.limit as string);
  }
  return [...routes.values()];
}
