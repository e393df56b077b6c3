/**
 * Calls the reference argon2 code (wasm) with the password's length in UTF-8 bytes. Knows no hash format and no policy.
 */
// Not the package's own class: it passes the length in UTF-16 units where the C code counts bytes, so the end of every
// password with an accent or an emoji is ignored, and a password with another end opens the account too.
import wasm from "@phi-ag/argon2/argon2.wasm";

export type Argon2Type = "argon2d" | "argon2i" | "argon2id";
export type Argon2Version = 16 | 19;

export interface Argon2Parameters {
  type: Argon2Type;
  version: Argon2Version;
  memoryKib: number;
  timeCost: number;
  parallelism: number;
}

interface Argon2Exports {
  readonly memory: WebAssembly.Memory;
  _initialize(): void;
  malloc(bytes: number): number;
  free(pointer: number): void;
  /** Without room for the encoded form (two zeros), it writes only the tag. */
  argon2_hash(
    timeCost: number,
    memoryKib: number,
    parallelism: number,
    password: number,
    passwordBytes: number,
    salt: number,
    saltBytes: number,
    tag: number,
    tagBytes: number,
    encoded: number,
    encodedBytes: number,
    type: number,
    version: number,
  ): number;
  argon2_error_message(code: number): number;
}

const TYPES: Record<Argon2Type, number> = { argon2d: 0, argon2i: 1, argon2id: 2 };
const OK = 0;
/** Wasm memory never shrinks: after an imported hash of 64 MiB the instance would hold half of the isolate's 128 MB. */
const KEEP_UP_TO_BYTES = 40 * 1024 * 1024;

let instance: Argon2Exports | undefined;

/**
 * Computes the tag, both for a new hash and for comparison with a stored one. The module's own `argon2_verify` leaves
 * the tag of the tried password in its memory.
 * @throws Error when the code refuses the parameters or runs out of memory.
 */
export function computeArgon2Tag(
  input: Argon2Parameters & { password: string; salt: Uint8Array; tagBytes: number },
): Uint8Array {
  const { salt, tagBytes } = input;
  const password = new TextEncoder().encode(input.password);
  return withHeap((heap) => {
    const tag = heap.reserve(tagBytes);
    const code = heap.exports.argon2_hash(
      input.timeCost,
      input.memoryKib,
      input.parallelism,
      heap.copyIn(password),
      password.length,
      heap.copyIn(salt),
      salt.length,
      tag,
      tagBytes,
      0,
      0,
      TYPES[input.type],
      input.version,
    );
    if (code !== OK) throw new Error(`argon2: ${heap.readText(heap.exports.argon2_error_message(code))}`);
    return heap.copyOut(tag, tagBytes);
  });
}

type Heap = ReturnType<typeof createHeap>;

/** Wipes and frees everything that `use` reserved. After a trap the state is unknown, so the instance is dropped. */
function withHeap<Result>(use: (heap: Heap) => Result): Result {
  try {
    instance ??= instantiate();
    const heap = createHeap(instance);
    const result = use(heap);
    heap.release();
    if (instance.memory.buffer.byteLength > KEEP_UP_TO_BYTES) instance = undefined;
    return result;
  } catch (error) {
    instance = undefined;
    throw error;
  }
}

function instantiate(): Argon2Exports {
  const exports = new WebAssembly.Instance(wasm, {}).exports as unknown as Argon2Exports;
  exports._initialize();
  return exports;
}

function createHeap(exports: Argon2Exports) {
  const blocks: { pointer: number; bytes: number }[] = [];

  /** Made anew each time: memory growth detaches every older view. */
  function view(): Uint8Array {
    return new Uint8Array(exports.memory.buffer);
  }

  function reserve(bytes: number): number {
    const pointer = exports.malloc(Math.max(bytes, 1));
    if (pointer === 0) throw new Error("argon2: memory allocation error");
    blocks.push({ pointer, bytes });
    return pointer;
  }

  return {
    exports,
    reserve,

    copyIn(data: Uint8Array): number {
      const pointer = reserve(data.length);
      view().set(data, pointer);
      return pointer;
    },

    copyOut(pointer: number, bytes: number): Uint8Array {
      return view().slice(pointer, pointer + bytes);
    },

    readText(pointer: number): string {
      const memory = view();
      return new TextDecoder().decode(memory.slice(pointer, memory.indexOf(0, pointer)));
    },

    release(): void {
      for (const { pointer, bytes } of blocks) {
        view().fill(0, pointer, pointer + bytes);
        exports.free(pointer);
      }
    },
  };
}
