/** A page whose code is loaded on the way to it. */
import type { AnyComponent } from "preact";
import { lazy } from "preact-iso";
import { Failed } from "../components/resource.tsx";
import { describeRefusal } from "../shared/refusal.ts";

type Module = { default: AnyComponent<any> };

/** The code may be gone: a tab that was open during a deployment asks for the files of the former one. */
export const later = (load: () => Promise<Module>) =>
  lazy<AnyComponent<any>>(() =>
    load().catch((error: unknown) => ({
      default: () => <Failed why={describeRefusal(error)} retry={() => location.reload()} />,
    })),
  );
