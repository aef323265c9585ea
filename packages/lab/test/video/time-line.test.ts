import { describe, expect, it } from 'vitest';
import type { TrackedFace } from 'sdnet';
import { createTimeLine } from '../../src/video/time-line.js';
import { timeLineHtml } from '../../src/video/time-line-chart.js';
import { clock, faceText } from '../../src/video/time-text.js';

const face = (id: number, since: number, happy: number): TrackedFace => ({
  ...{ id, since, lag: 0, angle: 0, faceConfidence: 1, box: { x: 0, y: 0, width: 9, height: 9 } },
  ...{ expression: happy >= 0.5 ? 'happy' : 'sad', confidence: Math.max(happy, 1 - happy) },
  scores: { happy, sad: 1 - happy },
});

describe('createTimeLine', () => {
  it('takes each face together, and neighbouring frames as far as it must', () => {
    const line = createTimeLine(4);
    // Face 1 is there all the time and saddens; face 2 comes with frame 6 and leaves after frame 7.
    for (let index = 0; index < 11; index++)
      line.add({
        time: 100 * index,
        faces: [face(1, 0, 1 - index / 10), ...(index === 6 || index === 7 ? [face(2, 600, 1)] : [])],
      });
    expect(line.frames()).toBe(11);
    expect(line.end()).toBe(1000);
    expect(line.faces()).toEqual([
      {
        ...{ id: 1, from: 0, to: 1000, frames: 11 },
        expressions: [
          { expression: 'happy', frames: 6 },
          { expression: 'sad', frames: 5 },
        ],
      },
      { id: 2, from: 600, to: 700, frames: 2, expressions: [{ expression: 'happy', frames: 2 }] },
    ]);
    const spans = line.spans();
    expect(spans.map(({ time }) => time)).toEqual([0, 400, 800]);
    // Of frames 0 to 3, 4 to 7 and 8 to 10.
    for (const [index, happy] of [0.85, 0.45, 0.1].entries())
      expect(spans[index]!.faces.get(1)!.happy).toBeCloseTo(happy, 10);
    expect(spans.map(({ faces }) => faces.get(2)?.happy)).toEqual([undefined, 1, undefined]);
  });

  it('stays as small however long the video is', () => {
    const line = createTimeLine(400);
    for (let index = 0; index < 10_000; index++) line.add({ time: 40 * index, faces: [face(1, 0, 1)] });
    expect(line.spans().length).toBeGreaterThanOrEqual(200);
    expect(line.spans().length).toBeLessThanOrEqual(400);
    expect(line.faces()[0]!.frames).toBe(10_000);
  });
});

describe('the chart', () => {
  it('says how many of many faces it shows, and what names hold cannot become markup', () => {
    const line = createTimeLine();
    for (let index = 0; index < 20; index++)
      line.add({ time: index, faces: Array.from({ length: index + 1 }, (_, id) => face(id + 1, id, 1)) });
    const page = timeLineHtml('<script>"&.mp4', line, ['happy', 'sad']);
    expect(page).not.toContain('<script');
    expect(page).toContain('20 faces in 20 frames');
    expect(page).toContain('the 12 seen longest are shown');
    expect(page.match(/face \d+, 0:00/g)).toHaveLength(12);
    expect(page.match(/<tr><td>/g)).toHaveLength(20);
    const addresses = [...page.matchAll(/\b(?:href|src)\s*=|url\((?!#)|https?:[^"]*/g)].map(
      ([found]) => found,
    );
    expect(addresses.filter((found) => !found.startsWith('http://www.w3.org/'))).toEqual([]);
  });

  it('has the panels of a video without faces', () => {
    const line = createTimeLine();
    line.add({ time: 0, faces: [] });
    expect(timeLineHtml('a.mp4', line, ['happy'])).toContain('no face in 1 frames');
  });
});

it('says times and parts for people', () => {
  expect([0, 7249, 59_960, 3_727_200].map(clock)).toEqual(['0:00.0', '0:07.2', '1:00.0', '1:02:07.2']);
  const expressions = [
    { expression: 'happy', frames: 1990 },
    { expression: 'sad', frames: 10 },
  ];
  expect(faceText({ id: 3, from: 0, to: 1500, frames: 2000, expressions })).toBe(
    'face 3, 0:00.0 to 0:01.5: happy 100 %',
  );
});
