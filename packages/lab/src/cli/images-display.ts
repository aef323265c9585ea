import { duration, progressDisplay } from './progress-display.js';

/**
 * Shows how many of several images are done, and how long the others will take; those that the first call finds done took
 * no time. Of one image there is nothing to show.
 */
export function imagesDisplay() {
  const { show, hide } = progressDisplay();
  const started = performance.now();
  let before: number | undefined;
  return {
    show(done: number, total: number) {
      before ??= done;
      if (total < 2) return;
      const left = ((performance.now() - started) / 1000 / (done - before)) * (total - done);
      const rest = done > before ? `  ${duration(left)} left` : '';
      show(done / total, (bar = '') => `${bar} ${done}/${total} images${rest}`.trim());
    },
    hide,
  };
}
