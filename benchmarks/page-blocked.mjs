/**
 * Whether a page stays quick while a stream of 30 frames a second is recognised in the recognizer's worker, in headless Chromium under
 * a strict content security policy; and what the page asks of the network; see README.md.
 *
 *   node benchmarks/page-blocked.mjs [--seconds 60]
 */
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { claim } from './claim.mjs';
import { describeMachine } from './machine.mjs';
import { bundlePage, runPage } from './pages/chromium.mjs';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' } } });
const policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'";
const folder = await mkdtemp(join(tmpdir(), 'sdnet-page-blocked-'));
try {
  await bundlePage('stream.js', folder);
  await copyFile(
    fileURLToPath(new URL('../samples/portrait.jpg', import.meta.url)),
    join(folder, 'portrait.jpg'),
  );
  const { lines, requests, origin } = await runPage(folder, {
    headers: { 'content-security-policy': policy },
    query: `?seconds=${values.seconds}`,
  });
  const [{ offered, recognised, found, seconds, longTasks, longest, latest }] = lines;
  console.log(`640×480, ${seconds} s, one thread. ${describeMachine()}.\n`);
  console.log(
    `frames offered ${offered}, recognised ${recognised} (${(recognised / seconds).toFixed(1)} a second)`,
  );
  console.log(
    `tasks over 50 ms: ${longTasks}, the longest ${longest.toFixed(0)} ms; the page's clock was at most ${latest.toFixed(0)} ms late`,
  );
  const elsewhere = requests.filter((url) => !url.startsWith(origin));
  console.log(`requests: ${requests.map((url) => url.replace(origin, '')).join(', ')}\n`);
  console.log(claim('the face is found in every frame', `${found} of ${recognised}`, found === recognised));
  console.log(claim('no task over 50 ms', longTasks, longTasks === 0));
  console.log(claim('no request to another origin', elsewhere.length, elsewhere.length === 0));
} finally {
  await rm(folder, { recursive: true, force: true });
}
