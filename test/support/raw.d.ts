/** A file's text, as Vite imports it. */
declare module "*?raw" {
  const text: string;
  export default text;
}

/** The texts of many files, by path. */
interface ImportMeta {
  glob<Text>(pattern: string, options: { query: "?raw"; import: "default"; eager: true }): Record<string, Text>;
}
