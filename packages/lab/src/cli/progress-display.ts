import { SingleBar } from 'cli-progress';
import { clearBeforePrinting, complain, isDisplayed } from './output.js';

/** Milliseconds between two lines where there is no terminal for a bar. */
const linesApart = 30_000;
/** Of the bar, in characters. */
const width = 24;

/** Shows on standard error how far the work is. */
export interface ProgressDisplay {
  /**
   * Shows that `progress` (0 … 1) of the work is done, as `text` says it: with a bar that is drawn again and again where
   * standard error is a terminal, elsewhere with no bar, as a line now and then.
   */
  show(progress: number, text: (bar?: string) => string): void;
  /** Takes the bar away in the end. Whatever is printed before takes it away for itself. */
  hide(): void;
}

export function progressDisplay(): ProgressDisplay {
  const bar = new SingleBar({
    format: (_options, { progress }, { text }: { text?: (bar: string) => string }) =>
      text?.('█'.repeat(Math.round(progress * width)).padEnd(width, '░')) ?? '',
    clearOnComplete: true,
    stream: process.stderr,
    // Otherwise the bar would take Ctrl-C for itself, and the work go on.
    gracefulExit: false,
    hideCursor: false,
  });
  let isShown = false;
  let printed = performance.now();
  const hide = () => {
    if (isShown) bar.stop();
    isShown = false;
    printed = performance.now();
  };
  clearBeforePrinting(hide);
  return {
    show(progress, text) {
      if (process.stderr.isTTY && isDisplayed()) {
        if (!isShown) bar.start(1, progress, { text });
        else bar.update(progress, { text });
        isShown = true;
      } else if (performance.now() - printed > linesApart) {
        printed = performance.now();
        complain(text());
      }
    },
    hide,
  };
}

/** A time for people, such as `3 min`. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
