/** The store: artists and their bookings by day. A single object, so that a day can't be booked twice. */
import { DurableObject } from "cloudflare:workers";

export interface Artist {
  id: number;
  name: string;
  discipline: string;
}

export interface Booking {
  id: number;
  artistId: number;
  day: string;
}

export class Agenda extends DurableObject<object> {
  readonly #sql: SqlStorage;

  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec(`
      create table if not exists artists (
        id integer primary key autoincrement, name text not null, discipline text not null);
      create table if not exists bookings (
        id integer primary key autoincrement, artist_id integer not null references artists on delete cascade,
        day text not null, user_id text not null, unique (artist_id, day));
      create index if not exists idx_bookings_user_id on bookings (user_id);`);
  }

  listArtists(): Artist[] {
    return this.#rows<Artist>("select id, name, discipline from artists order by name limit 100");
  }

  addArtist({ name, discipline }: Omit<Artist, "id">): Artist {
    return this.#rows<Artist>("insert into artists (name, discipline) values (?, ?) returning *", name, discipline)[0]!;
  }

  removeArtist(id: number): boolean {
    return this.#rows("delete from artists where id = ? returning id", id).length > 0;
  }

  listBookings(userId: string): Booking[] {
    return this.#rows<Booking>(
      'select id, artist_id as "artistId", day from bookings where user_id = ? order by day limit 100',
      userId,
    );
  }

  /** Returns the booking, or the reason for the refusal. */
  book({ artistId, day, userId }: Omit<Booking, "id"> & { userId: string }): Booking | "unknown_artist" | "day_taken" {
    if (this.#rows("select id from artists where id = ?", artistId).length === 0) return "unknown_artist";
    const [booking] = this.#rows<Booking>(
      `insert into bookings (artist_id, day, user_id) values (?, ?, ?)
       on conflict do nothing returning id, artist_id as "artistId", day`,
      artistId,
      day,
      userId,
    );
    return booking ?? "day_taken";
  }

  /** Only the user's own bookings. */
  cancel({ id, userId }: { id: number; userId: string }): boolean {
    return this.#rows("delete from bookings where id = ? and user_id = ? returning id", id, userId).length > 0;
  }

  #rows<Row>(query: string, ...values: (string | number)[]): Row[] {
    return this.#sql.exec(query, ...values).toArray() as Row[];
  }
}
