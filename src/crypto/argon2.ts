/** The reference argon2 code (wasm), driven with the UTF-8 length of the password; it knows no policy. */

// Not the package's own class: it gives the password's length in UTF-16 units where the C code counts bytes, so that
// the end of every password with an accent or an emoji is ignored, and any other end opens the account too.
import wasm from "@phi-ag/argon2/argon2.wasm";

export type Argon2Type = "argon2d" | "argon2i" | "argon2id";

interface Argon2Exports {
  readonly memory: WebAssembly.Memory;
  _initialize(): void;
  malloc(bytes: number): number;
  free(pointer: number): void;
  argon2_encodedlen(t: number, m: number, p: number, saltBytes: number, tagBytes: number, type: number): number;
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
  argon2_verify(encoded: number, password: number, passwordBytes: number, type: number): number;
  argon2_error_message(code: number): number;
}

const TYPES: Record<Argon2Type, number> = { argon2d: 0, argon2i: 1, argon2id: 2 };
const VERSION = 0x13;
const OK = 0;
const MEMORY_ALLOCATION_ERROR = -22;
/** A wasm memory never shrinks: after an imported hash of 64 MiB the instance would hold half of the isolate's 128 MB. */
const KEEP_UP_TO_BYTES = 40 * 1024 * 1024;

let instance: Argon2Exports | undefined;

/** The PHC string. */
export function argon2Hash(input: {
  password: string;
  salt: Uint8Array;
  memoryKib: number;
  timeCost: number;
  parallelism: number;
  tagBytes: number;
  type: Argon2Type;
}): string {
  const { timeCost, memoryKib, parallelism, tagBytes, salt } = input;
  const type = TYPES[input.type];
  const password = new TextEncoder().encode(input.password);
  return withHeap((heap) => {
    const encodedBytes = heap.exports.argon2_encodedlen(timeCost, memoryKib, parallelism, salt.length, tagBytes, type);
    const encoded = heap.reserve(encodedBytes);
    const code = heap.exports.argon2_hash(
      timeCost,
      memoryKib,
      parallelism,
      heap.copyIn(password),
      password.length,
      heap.copyIn(salt),
      salt.length,
      heap.reserve(tagBytes),
      tagBytes,
      encoded,
      encodedBytes,
      type,
      VERSION,
    );
    if (code !== OK) throw new Error(`argon2: ${heap.readText(heap.exports.argon2_error_message(code))}`);
    return heap.readText(encoded);
  });
}

/** The comparison is the C code's own, in constant time. False as well for a string that it can't decode. */
export function argon2Verify(encoded: string, password: string, type: Argon2Type): boolean {
  const bytes = new TextEncoder().encode(password);
  return withHeap((heap) => {
    const text = heap.copyIn(new TextEncoder().encode(`${encoded}\0`));
    const code = heap.exports.argon2_verify(text, heap.copyIn(bytes), bytes.length, TYPES[type]);
    if (code === MEMORY_ALLOCATION_ERROR) throw new Error("argon2: memory allocation error");
    return code === OK;
  });
}

type Heap = ReturnType<typeof createHeap>;

/** Everything reserved in `use` is wiped and freed after it; after a trap the instance goes, its state being unknown. */
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

  /** Made anew each time: when the memory grows, every older view of it is detached. */
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
