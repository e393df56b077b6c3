/** What an isolate remembers of API keys that the database has vouched for, by the hash of the key. */
import { createMemory, type Memory } from "./memory.ts";

export interface KnownApiKey {
  userId: number;
  /** What revocation marks name it by: another after each rotation. */
  markId: string;
  role: number;
  permissions: string[];
  /** Times in milliseconds since 1970. */
  createdAt: number;
  expiresAt: number;
  /** When the trip began that found it: marks of later acts are not in it. */
  readAt: number;
}

export type ApiKeyMemory = Memory<KnownApiKey>;

const MEMORY_ENTRIES = 10_000;

export function createApiKeyMemory(): ApiKeyMemory {
  return createMemory({ maxEntries: MEMORY_ENTRIES });
}
