/** One person's notes, whichever client wrote them. */
import { DurableObject } from "cloudflare:workers";

export class Notebook extends DurableObject<object> {
  readonly #sql: SqlStorage;

  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec("create table if not exists notes (id integer primary key, text text not null)");
  }

  add(text: string): void {
    this.#sql.exec("insert into notes (text) values (?)", text);
  }

  list(): string[] {
    return this.#sql
      .exec<{ text: string }>("select text from notes order by id")
      .toArray()
      .map((note) => note.text);
  }
}
