/** How fast frames are answered. */
export interface Rate {
  readonly framesPerSecond: number;
  /** Of the last frames, on average. */
  readonly ms: number;
}

/** How far back the rate looks, in ms. */
const memory = 2000;

/** Counts frames over the last two seconds. */
export function createRateMeter() {
  let frames: { readonly at: number; readonly ms: number }[] = [];
  return {
    add(at: number, ms: number): Rate {
      frames.push({ at, ms });
      frames = frames.filter((frame) => at - frame.at <= memory);
      const [first] = frames;
      const seconds = (at - first!.at) / 1000;
      return {
        framesPerSecond: seconds > 0 ? (frames.length - 1) / seconds : 0,
        ms: frames.reduce((sum, frame) => sum + frame.ms, 0) / frames.length,
      };
    },
  };
}
