/** Times of the database in the form of the contract. */

/** ISO 8601 in UTC, of a time as the driver answers it (text); null stays null. */
export function isoTime<Time extends string | null>(time: Time): Time {
  return (time && new Date(time).toISOString()) as Time;
}
