/** Whether somebody has signed in with this browser: a hint, so that a page asks the service only where it may help. */
const NAME = "signed-in";

export const wasSignedIn = (): boolean => localStorage.getItem(NAME) !== null;

export function noteSession(is: boolean): void {
  if (is) localStorage.setItem(NAME, "yes");
  else localStorage.removeItem(NAME);
}
