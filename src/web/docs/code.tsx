/** Code, or what the service says word for word. */

/** What is wider than the page scrolls, also by keyboard. */
export function Code({ label, text }: { label: string; text: string }) {
  return (
    <pre tabIndex={0} role="group" aria-label={label}>
      <code>{text}</code>
    </pre>
  );
}
