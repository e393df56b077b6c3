/** drizzle-kit: `npm run db:generate` writes the SQL of what changed in the schema; scripts/migrate.ts applies it. */
import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "postgresql",
  schema: "./src/db/schema.ts",
  out: "./drizzle",
  breakpoints: true,
});
