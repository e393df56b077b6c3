/** The npm packages, each with the folder of its sources, its package.json and its readme. */
export const PACKAGES: Record<string, string> = { client: "src/client", verifier: "src/verifier/client" };
