/** New recovery codes, shown once: to print, to copy or to download. */
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { me } from "../components/application.tsx";
import { Dialog } from "../components/dialog.tsx";
import { save } from "../shared/save.ts";
import { service } from "../shared/service.ts";
import { showDay } from "../shared/texts.ts";
import { changes } from "./changes.ts";
import { Copy } from "../components/copy.tsx";
import { sayOfSecurity as say } from "./security-texts.ts";

const shown = signal<string[] | undefined>(undefined);
export function showRecoveryCodes(codes: string[]): void {
  shown.value = codes;
  changes.value++;
}

/** Once in the page. */
export function NewRecoveryCodes() {
  return shown.value ? <Codes codes={shown.value} /> : null;
}

function Codes({ codes }: { codes: string[] }) {
  const [kept, keep] = useState(false);
  const [warned, warn] = useState(false);
  const close = () => (shown.value = undefined);
  const text = `${say.codesFile(service.product, me.value!.email, showDay(new Date()))}\n\n${codes.join("\n")}\n`;
  return (
    <Dialog title={say.keepCodes} onClose={() => (kept || warned ? close() : warn(true))}>
      <p class="soft">{say.keepCodesHint}</p>
      <div class="paper">
        <p class="only-print">{say.codesFile(service.product, me.value!.email, showDay(new Date()))}</p>
        <ol class="codes">
          {codes.map((code) => (
            <li key={code}>
              <code>{code}</code>
            </li>
          ))}
        </ol>
      </div>
      <div class="actions">
        <Copy text={text} done={() => keep(true)}>
          {say.copy}
        </Copy>
        <button
          class="compact"
          onClick={() => {
            save(new Blob([text], { type: "text/plain" }), say.codesFileName);
            keep(true);
          }}
        >
          {say.download}
        </button>
        <button
          class="compact"
          onClick={() => {
            keep(true);
            print();
          }}
        >
          {say.print}
        </button>
      </div>
      <div role="alert">{warned && !kept && <p class="message warn">{say.notKept}</p>}</div>
      <div class="actions">
        <button class="primary" onClick={close}>
          {say.haveKept}
        </button>
      </div>
    </Dialog>
  );
}
