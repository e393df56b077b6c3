/** Puts a text on the clipboard, and says so in its own place. */
import { useState } from "preact/hooks";
import type { ComponentChildren } from "preact";
import { Act } from "./button.tsx";
import { say } from "./texts.ts";

export function Copy({ text, done, children }: { text: string; done?: () => void; children: ComponentChildren }) {
  const [copied, setCopied] = useState(false);
  return (
    <Act
      class="compact"
      act={async () => {
        await navigator.clipboard.writeText(text);
        setCopied(true);
        done?.();
      }}
    >
      {copied ? say.copied : children}
    </Act>
  );
}
