/** The address of a protected resource, and where its metadata is (RFC 9728). */
import { isAudience } from "../contract.ts";

export interface ResourceOptions {
  /**
   * The address of this API, exactly as applications name it in `resource`: `https://mcp.example.com/mcp`. It is then the
   * audience that tokens must have, the guard answers its metadata, and refusals name them.
   */
  resource?: string | undefined;
  /** What the metadata says that a client may ask for. Default: the `permission` and `scope` of the guard. */
  scopes?: readonly string[] | undefined;
}

const WELL_KNOWN = "/.well-known/oauth-protected-resource";

/** Without query and fragment, in which other spellings could hide. */
export function isResource(resource: unknown): resource is string {
  if (!isAudience(resource) || !/^https?:\/\/[^?#@\s"\\]+$/.test(resource)) return false;
  return URL.canParse(resource);
}

/** The well-known path comes between host and path (§3.1). */
export function metadataAddress(resource: string): URL {
  const url = new URL(resource);
  url.pathname = WELL_KNOWN + (url.pathname === "/" ? "" : url.pathname);
  return url;
}
