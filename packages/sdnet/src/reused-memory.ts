/** Memory for one array after another: new memory for each takes longer than filling it. */
export interface ReusedMemory {
  /** At least so many bytes, of any content; nobody else's until they are given back. */
  readonly take: TakeMemory;
  readonly giveBack: (taken: ArrayBufferLike) => void;
}

export type TakeMemory = (bytes: number) => ArrayBuffer;

export const newMemory: TakeMemory = (bytes) => new ArrayBuffer(bytes);

/** In bytes; more is rare, and would stay for good. */
const mostKept = 16e6;

/** Keeps the memory that was given back last. */
export function reusedMemory(): ReusedMemory {
  let kept: ArrayBuffer | undefined;
  return {
    take(bytes) {
      const taken = kept && kept.byteLength >= bytes ? kept : newMemory(bytes);
      kept = undefined;
      return taken;
    },
    giveBack(taken) {
      if (taken instanceof ArrayBuffer && taken.byteLength <= mostKept) kept = taken;
    },
  };
}
