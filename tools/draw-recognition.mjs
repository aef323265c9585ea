/**
 * Draws the README's picture: the sample face and what the shipped model reads in it.
 *
 *     node tools/draw-recognition.mjs > docs/recognition.svg
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const file = 'samples/astronaut.png';
const [
  {
    faces: [{ scores }],
  },
] = JSON.parse(
  execFileSync(process.execPath, ['packages/lab/bin/sdnet.js', 'predict', file, '--json'], {
    encoding: 'utf8',
  }),
);
const face = readFileSync(file).toString('base64');
const rows = Object.entries(scores).sort(([, a], [, b]) => b - a);
const bars = rows
  .map(([expression, score], index) => {
    const y = 22 + index * 26;
    return `<text x="300" y="${y + 14}" text-anchor="end">${expression}</text>
<rect x="312" y="${y}" width="${(score * 260).toFixed(1)}" height="18" rx="3" fill="${index === 0 ? '#2a78c2' : '#a9c7e3'}"/>
<text x="${(318 + score * 260).toFixed(1)}" y="${y + 14}" fill="#666">${(100 * score).toFixed(0)} %</text>`;
  })
  .join('\n');

console.log(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 212" font-family="system-ui, sans-serif" font-size="14" role="img" aria-label="A face and the scores SDNet gives it: ${rows[0][0]} first">
<rect width="640" height="212" rx="8" fill="#fff"/>
<image x="16" y="16" width="180" height="180" href="data:image/png;base64,${face}"/>
${bars}
</svg>`);
