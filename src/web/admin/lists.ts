/** Lists that are typed an entry a line, and what the API says about one of them. */
import { isRefusal } from "../shared/refusal.ts";
import { say } from "./applications-texts.ts";

/** None of them has a space inside. */
export const toList = (text = ""): string[] => text.split(/\s+/).filter(Boolean);

/**
 * Sends `lists` among other things. The API names a wrong entry by its place in the list, where people see one field:
 * its complaint is told there, with the entry.
 */
export async function withLists<Result>(lists: Record<string, string[]>, send: () => Promise<Result>): Promise<Result> {
  try {
    return await send();
  } catch (error) {
    if (isRefusal(error))
      error.errors = error.errors.map(({ pointer, detail }) => {
        const [, name = "", at] = pointer.split("/");
        const entry = at === undefined ? undefined : lists[name]?.[Number(at)];
        return entry === undefined ? { pointer, detail } : { pointer: `#/${name}`, detail: say.atLine(entry, detail) };
      });
    throw error;
  }
}
