/** A provider of OpenID Connect as the modules see it: its address, its clients, and somebody who has an account. */
import type { Page, Visitor } from "./visitor.ts";

export interface Credentials {
  id: string;
  secret: string;
}

export interface Provider {
  issuer: string;
  /** Two that send their secret in the header, and one that sends it in the form. */
  clients: { basic: Credentials; other: Credentials; post: Credentials };
  /** Who signs in, as they type it. */
  login: string;
  /** What the page asks of the person; undefined where it asks nothing. */
  questionOf: (page: Page) => "sign in" | "consent" | undefined;
  /** The person does what the page asks. */
  answer: (visitor: Visitor, page: Page) => Promise<Page>;
  /** Lets time pass: whatever has happened was so many seconds earlier. */
  pass: (seconds: number) => Promise<void>;
}

export const REDIRECT_URI = "https://rp.example.test/callback";
