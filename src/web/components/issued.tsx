/** A secret that was made just now, and is shown this once. */
import type { ComponentChildren } from "preact";
import { Copy } from "./copy.tsx";
import { Dialog } from "./dialog.tsx";
import { say } from "./texts.ts";

interface IssuedProps {
  title: string;
  secret: string;
  onClose: () => void;
  /** What it is for. */
  children?: ComponentChildren;
}

export function Issued({ title, secret, onClose, children }: IssuedProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      {children}
      <p class="soft">{say.shownOnce}</p>
      <p>
        <code class="issued">{secret}</code>
      </p>
      <div class="actions">
        <Copy text={secret}>{say.copy}</Copy>
        <button class="compact" onClick={onClose}>
          {say.kept}
        </button>
      </div>
    </Dialog>
  );
}
