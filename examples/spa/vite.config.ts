/** The page on port 5173, which the service must know (`ALLOWED_ORIGINS`). */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const source = (file: string) => fileURLToPath(new URL(`../../src/client/${file}`, import.meta.url));

export default defineConfig({
  server: { port: 5173, strictPort: true },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  resolve: {
    // Within this repository, in place of `npm install @auth-api-edge/client`.
    alias: { "@auth-api-edge/client/preact": source("preact.ts"), "@auth-api-edge/client": source("index.ts") },
  },
});
