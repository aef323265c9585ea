import { type Backend, discard, shownOf, take, type TakenImage } from './backend.js';
import { createEngine, type EngineOptions } from './engine.js';
import { pixelsOf } from './read-image.js';

/** Computes on the calling thread. */
export async function pageBackend(options: EngineOptions): Promise<Backend> {
  const pixelsIn = async (taken: TakenImage) => pixelsOf(await shownOf(taken));
  const engine = await createEngine(options);
  return {
    classNames: engine.classNames,
    take,
    discard,
    recognize: async (image, call) => engine.recognize(await pixelsIn(image), call),
    explain: engine.explain,
    follow(call) {
      const { next, forget } = engine.follow(call);
      return {
        next: async (image, time) => next(await pixelsIn(image), time),
        forget: async () => forget(),
        release: async () => forget(),
      };
    },
    release: engine.release,
  };
}
