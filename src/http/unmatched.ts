/** What no route answers: 405 with `Allow` where the path exists under another method, else 404. */
import type { Hono, NotFoundHandler } from "hono";
import { AppError } from "../errors.ts";
import type { AppEnv } from "./context.ts";
import { problem } from "./problem.ts";

export function unmatched(app: Hono<AppEnv>): NotFoundHandler<AppEnv> {
  return function unmatched(c) {
    const methods = new Set(
      app.routes
        .filter((route) => route.method !== "ALL" && matches(route.path, c.req.path))
        .map((route) => route.method),
    );
    if (methods.size === 0) return problem(new AppError("not_found"), c);
    if (methods.has("GET")) methods.add("HEAD");
    return problem(new AppError("method_not_allowed", { headers: { Allow: [...methods].join(", ") } }), c);
  };
}

function matches(pattern: string, path: string): boolean {
  if (pattern.endsWith("/*")) return `${path}/`.startsWith(pattern.slice(0, -1));
  const wanted = pattern.split("/");
  const given = path.split("/");
  return (
    wanted.length === given.length &&
    wanted.every((part, i) => (part.startsWith(":") ? given[i] !== "" : part === given[i]))
  );
}
