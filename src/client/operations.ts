/** The types of calls, derived from the contract: an operation is named by its method and path. */
import type { Operations } from "./api.ts";
import type { AuthError, NetworkCode } from "./errors.ts";

/** Such as `"GET /api/admin/users"`. */
export type OperationName = keyof Operations;

/** What the operation answers. */
export type AnswerOf<Name extends OperationName> = Operations[Name]["answer"];

/** The operation's JSON body. */
export type BodyOf<Name extends OperationName> = Operations[Name] extends { body?: infer Body } ? Body : never;

/** What a call of the operation may throw: `catch (error) { if (error instanceof AuthError) switch (error.code) … }`. */
export type FailureOf<Name extends OperationName> = AuthError<Operations[Name]["code"] | NetworkCode>;

export interface CallOptions {
  /** Ends the call: it throws `aborted`. */
  signal?: AbortSignal | undefined;
  /** Milliseconds until it throws `timeout`, repeats included. Default: the client's. */
  timeoutMs?: number | undefined;
}

export type InputOf<Name extends OperationName> = Omit<Operations[Name], "answer" | "code"> & CallOptions;

/** The input can be left out where nothing in it is required. */
export type Arguments<Name extends OperationName> =
  CallOptions extends InputOf<Name> ? [input?: InputOf<Name>] : [input: InputOf<Name>];

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

type PathIn<Base extends string, Verb extends Method> = {
  [Name in OperationName]: Name extends `${Verb} ${Base}${infer Path}` ? Path : never;
}[OperationName];

type NameOf<Base extends string, Verb extends Method, Path extends string> = Extract<
  `${Verb} ${Base}${Path}`,
  OperationName
>;

/** The operations below one path: `get("/users")`, `delete("/users/{id}", { path: { id } })`. */
export type Room<Base extends string> = {
  [Verb in Method as Lowercase<Verb>]: <Path extends PathIn<Base, Verb>>(
    path: Path,
    ...input: Arguments<NameOf<Base, Verb, Path>>
  ) => Promise<AnswerOf<NameOf<Base, Verb, Path>>>;
};
