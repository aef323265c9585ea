/** The time of each new frame that a video shows, in seconds of its own; of several that were shown meanwhile, the last. */
export async function* framesOf(video: HTMLVideoElement, signal: AbortSignal): AsyncGenerator<number, void> {
  let shown: number | undefined;
  let wake: () => void = () => {};
  const note: VideoFrameRequestCallback = (_, { mediaTime }) => {
    shown = mediaTime;
    request = video.requestVideoFrameCallback(note);
    wake();
  };
  let request = video.requestVideoFrameCallback(note);
  signal.addEventListener('abort', () => wake(), { once: true });
  try {
    while (!signal.aborted) {
      const time = shown;
      shown = undefined;
      if (time === undefined) await new Promise<void>((resolve) => (wake = resolve));
      else yield time;
    }
  } finally {
    video.cancelVideoFrameCallback(request);
  }
}
