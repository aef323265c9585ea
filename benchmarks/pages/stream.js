/**
 * Recognises a stream of 30 frames a second, in which the portrait's face moves, for `seconds`; prints a line of JSON with how long
 * the page was blocked. Frames that come while one is being recognised are let pass, as a camera's are.
 */
import { createRecognizer, createTracker } from 'sdnet';

const seconds = Number(new URLSearchParams(location.search).get('seconds'));
const [width, height, rate] = [640, 480, 30];
const portrait = await createImageBitmap(await (await fetch('portrait.jpg')).blob(), {
  resizeWidth: 300,
  resizeHeight: 300,
});
const canvas = document.body.appendChild(Object.assign(document.createElement('canvas'), { width, height }));
const context = canvas.getContext('2d');
const recognizer = await createRecognizer({ threads: 1 });
const tracker = createTracker(recognizer);
context.drawImage(portrait, 0, 0);
await tracker.next(canvas, -1000);

const tasks = [];
const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries()));
observer.observe({ type: 'longtask' });
const counts = { offered: 0, recognised: 0, found: 0 };
// Long tasks below 50 ms are not reported: how late the page's own clock rings is.
let [last, latest] = [performance.now(), 0];
const clock = setInterval(() => {
  const now = performance.now();
  latest = Math.max(latest, now - last - 10);
  last = now;
}, 10);
let busy = false;
const begin = performance.now();
await new Promise((resolve) => {
  const timer = setInterval(async () => {
    const time = performance.now() - begin;
    if (time > 1000 * seconds) {
      clearInterval(timer);
      return resolve();
    }
    counts.offered++;
    context.fillStyle = '#888';
    context.fillRect(0, 0, width, height);
    context.drawImage(portrait, 170 + 150 * Math.sin(time / 1500), 90 + 60 * Math.cos(time / 1100));
    if (busy) return;
    busy = true;
    const faces = await tracker.next(canvas, time);
    busy = false;
    counts.recognised++;
    if (faces.length === 1) counts.found++;
  }, 1000 / rate);
});
clearInterval(clock);
tasks.push(...observer.takeRecords());
const durations = tasks.map(({ duration }) => duration);
console.log(
  JSON.stringify({
    ...counts,
    seconds,
    longTasks: durations.length,
    longest: Math.max(0, ...durations),
    latest,
  }),
);
await recognizer.release();
console.log('done');
