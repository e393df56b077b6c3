/** Waits for as long as the machine needs: `vi.waitFor` alone gives up after a second. */
import { vi } from "vitest";

const patient = { timeout: 20_000 };
const { waitFor, waitUntil } = vi;
vi.waitFor = (check, options) => waitFor(check, typeof options === "number" ? options : { ...patient, ...options });
vi.waitUntil = (check, options) => waitUntil(check, typeof options === "number" ? options : { ...patient, ...options });
