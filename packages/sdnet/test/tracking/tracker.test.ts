import { random } from '@sdnet/autograd';
import { describe, expect, it } from 'vitest';
import {
  createTracker,
  type TrackedFace,
  type Tracker,
  type TrackerOptions,
} from '../../src/tracking/tracker.js';
import { type Person, regular, scene, type SceneFace } from './scene.js';

type Results = readonly TrackedFace<SceneFace>[][];

async function run(tracker: Tracker<number, SceneFace>, times: readonly number[]): Promise<Results> {
  const results: TrackedFace<SceneFace>[][] = [];
  for (const time of times) results.push(await tracker.next(time, time));
  return results;
}

/** The identities each person was given, in the order in which they were first given. */
function identities(results: Results): Record<string, number[]> {
  const ids: Record<string, number[]> = {};
  for (const { id, face } of results.flat()) {
    const known = (ids[face.name] ??= []);
    if (!known.includes(id)) known.push(id);
  }
  return ids;
}

const swaying: Person = {
  name: 'ann',
  size: 80,
  at: (time) => [300 + 120 * Math.sin(time / 400), 200 + 30 * Math.cos(time / 300)],
};
const still = (name: string, x: number, y = 200, size = 80): Person => ({ name, size, at: () => [x, y] });

describe('a tracker', () => {
  it('gives a face one identity, and searches the whole frame in every tenth alone', async () => {
    const world = scene([swaying]);
    const results = await run(createTracker(world), regular(33, 101));
    expect(identities(results)).toEqual({ ann: [1] });
    expect(results.every(({ length }) => length === 1)).toBe(true);
    expect(world.calls.whole).toBe(11);
    expect(world.calls.regions).toEqual(Array(90).fill(1));
    const [face] = results.at(-1)!;
    expect(face).toMatchObject({ seen: true, expression: 'ann', confidence: 1, since: 0 });
    expect(face!.face.box).toMatchObject({ width: 80, height: 80 });
  });

  it.each([
    ['jittering boxes', { jitter: 0.06 }],
    ['every fifth detection dropped', { jitter: 0.03, dropped: 0.2 }],
  ])('keeps identities through %s, at irregular intervals', async (_what, noise) => {
    const source = random(6);
    const times = Array.from({ length: 300 }, () => 10 + 90 * source.uniform() ** 2).reduce<number[]>(
      (all, gap) => [...all, all.at(-1)! + gap],
      [1000],
    );
    for (const seed of [1, 2, 3]) {
      const world = scene([swaying, still('bob', 600)], { ...noise, seed });
      const results = await run(createTracker(world), times);
      const ids = identities(results);
      expect([ids.ann, ids.bob].map((list) => list?.length)).toEqual([1, 1]);
    }
  });

  it('searches the whole frame at once where a face is lost, and finds it there', async () => {
    // Jumps far away, as after a cut, but for being the same face a moment later.
    const jumping: Person = { name: 'ann', size: 80, at: (time) => [time < 500 ? 200 : 420, 200] };
    const world = scene([jumping]);
    const tracker = createTracker({ ...world, detectEvery: 1000 });
    await run(tracker, regular(50, 10));
    expect(world.calls.whole).toBe(1);
    const [found] = await tracker.next(500, 500);
    expect(world.calls.whole).toBe(2);
    expect(found!.face.name).toBe('ann');
  });

  it('finds a new face by the next search of the whole frame', async () => {
    const late: Person = { name: 'late', size: 60, at: (time) => (time < 700 ? undefined : [600, 100]) };
    const results = await run(createTracker({ ...scene([swaying, late]), detectEvery: 4 }), regular(100, 20));
    const first = results.findIndex((faces) => faces.some(({ face }) => face.name === 'late'));
    expect(first).toBe(8);
    expect(identities(results)).toEqual({ ann: [1], late: [2] });
    expect(results[first]!.map(({ since }) => since)).toEqual([0, 800]);
  });

  it('gives back its identity to a face that returns within a second, and not later', async () => {
    const gone = (from: number, until: number): Person => ({
      name: 'ann',
      size: 80,
      // Walks out to the left, and comes back.
      at: (time) => {
        if (time < from) return [40 + 0.15 * (from - time), 200];
        return time < until ? undefined : [40 + 0.15 * (time - until), 200];
      },
    });
    const back = await run(createTracker(scene([gone(1000, 1950)])), regular(50, 60));
    expect(identities(back)).toEqual({ ann: [1] });
    expect(back[25]).toEqual([]);
    const late = await run(createTracker(scene([gone(1000, 2100)])), regular(50, 60));
    expect(identities(late)).toEqual({ ann: [1, 2] });
  });

  it('gives the identity of a face that is away to nobody who appears elsewhere', async () => {
    const ann: Person = { name: 'ann', size: 80, at: (time) => (time < 1000 ? [100, 200] : undefined) };
    const bob: Person = { name: 'bob', size: 80, at: (time) => (time < 1200 ? undefined : [900, 500]) };
    const results = await run(createTracker(scene([ann, bob])), regular(50, 40));
    expect(identities(results)).toEqual({ ann: [1], bob: [2] });
  });

  it('does not confuse faces that cross, one hidden by the other for a while', async () => {
    let swapped = 0;
    const source = random(12);
    for (let seed = 1; seed <= 60; seed++) {
      const speeds = [0.1 + 0.3 * source.uniform(), 0.1 + 0.3 * source.uniform()] as const;
      const slope = 0.1 * source.uniform() - 0.05;
      const people: Person[] = [
        { name: 'ann', size: 80, at: (time) => [500 + speeds[0] * (time - 1500), 200] },
        {
          name: 'bob',
          size: 80 * (0.9 + 0.2 * source.uniform()),
          at: (time) => [500 - speeds[1] * (time - 1500), 210 + slope * (time - 1500)],
        },
      ];
      const results = await run(createTracker(scene(people, { jitter: 0.03, seed })), regular(33, 91));
      const before = results[2]!;
      const after = results.at(-1)!;
      const idOf = (faces: Results[number], name: string) => faces.find(({ face }) => face.name === name)?.id;
      expect(before.length + after.length).toBe(4);
      if (['ann', 'bob'].some((name) => idOf(before, name) !== idOf(after, name))) swapped++;
    }
    expect(swapped).toBe(0);
  });

  it('tells faces apart that meet without hiding each other and go on', async () => {
    // Side by side, a head above the other.
    const people: Person[] = [
      { name: 'ann', size: 80, at: (time) => [500 + 0.3 * (time - 1000), 200] },
      { name: 'bob', size: 80, at: (time) => [500 - 0.3 * (time - 1000), 255] },
    ];
    for (let seed = 1; seed <= 20; seed++) {
      const results = await run(createTracker(scene(people, { jitter: 0.04, seed })), regular(33, 61));
      const ids = identities(results);
      expect([ids.ann!.length, ids.bob!.length]).toEqual([1, 1]);
    }
  });

  it('follows two hundred faces while the camera pans, each with its identity', async () => {
    const people = Array.from({ length: 200 }, (_, index): Person => {
      const [column, row] = [index % 20, Math.floor(index / 20)];
      return {
        name: `p${index}`,
        size: 60,
        at: (time) => [100 + 95 * column + 0.3 * time, 100 + 95 * row + 40 * Math.sin(time / 500 + index)],
      };
    });
    const world = scene(people, { jitter: 0.03 });
    const results = await run(createTracker(world), regular(33, 31));
    expect(results.every(({ length }) => length === 200)).toBe(true);
    expect(Object.values(identities(results)).every(({ length }) => length === 1)).toBe(true);
    expect(world.calls.recognized).toBe(31 * 200);
  });

  it('keeps no more faces than it was told to, and of more those that the detector is surest of', async () => {
    // Different faces everywhere in every frame.
    const source = random(2);
    const faces = (count: number): SceneFace[] =>
      Array.from({ length: count }, (_, index) => {
        const [x, y] = [100_000 * source.uniform(), 100_000 * source.uniform()];
        return { name: `${index}`, box: { x, y, width: 20, height: 20 }, confidence: source.uniform() };
      });
    const regions: number[] = [];
    const tracker = createTracker<number, SceneFace>({
      detect: (_frame, around) => {
        if (around) regions.push(around.length);
        return around ? [] : faces(50);
      },
      recognizeFaces: (_frame, shown) => shown.map(() => ({ scores: { any: 1 } })),
      maximumFaces: 30,
      memory: 1e9,
    });
    const results = await run(tracker, regular(10, 200));
    expect(results.every(({ length }) => length === 30)).toBe(true);
    expect(Math.max(...regions)).toBe(60);
    const surest = createTracker<number, SceneFace>({
      detect: () => [0.2, 0.9, 0.5].map((confidence) => ({ ...faces(1)[0]!, confidence })),
      recognizeFaces: (_frame, shown) => shown.map(() => ({ scores: { any: 1 } })),
      maximumFaces: 2,
    });
    const shown = await surest.next(0, 0);
    expect(shown.map(({ face }) => face.confidence).sort()).toEqual([0.5, 0.9]);
  });

  it('smooths scores over time and says by how much they lag', async () => {
    const changing: Person = {
      ...still('ann', 100),
      shows: (time) => ({ happy: 0.2 + time / 10_000, sad: 0.8 - time / 10_000 }),
    };
    const results = await run(createTracker({ ...scene([changing]), smoothing: 150 }), regular(40, 100));
    for (const [index, [face]] of results.entries()) {
      const time = 40 * index;
      expect(face!.scores.happy).toBeCloseTo(0.2 + (time - face!.lag) / 10_000, 10);
      expect(face!.scores.happy! + face!.scores.sad!).toBeCloseTo(1, 10);
      expect(face!.expression).toBe(face!.scores.happy! > 0.5 ? 'happy' : 'sad');
      expect(face!.confidence).toBe(face!.scores[face!.expression]);
    }
    expect(results.at(-1)![0]!.lag).toBeCloseTo(40 / Math.expm1(40 / 150), 6);
    const [plain] = (await run(createTracker({ ...scene([changing]), smoothing: 0 }), regular(40, 10))).at(
      -1,
    )!;
    expect(plain).toMatchObject({ lag: 0, scores: { happy: 0.2 + 360 / 10_000 } });
  });

  it('moves boxes on between detections where it is told to, and says that they were not seen', async () => {
    const walking: Person = { name: 'ann', size: 80, at: (time) => [100 + 0.2 * time, 150] };
    const world = scene([walking]);
    const tracker = createTracker({ ...world, between: 'predict', detectEvery: 3 });
    const results = await run(tracker, regular(33, 31));
    expect(world.calls).toMatchObject({ whole: 11, regions: [] });
    expect(identities(results)).toEqual({ ann: [1] });
    for (const [index, [tracked]] of results.entries()) {
      expect(tracked!.seen).toBe(index % 3 === 0);
      const { box, keypoints } = tracked!.face;
      expect(keypoints!.nose!.x).toBeCloseTo(box.x + 40, 9);
      // Once it knows how fast the face walks: 13 px in two frames.
      if (index >= 6) expect(Math.abs(box.x + 40 - (100 + 0.2 * 33 * index))).toBeLessThan(3);
    }
  });

  it('looks in every frame for a face that was lost between predictions', async () => {
    const blinking: Person = {
      name: 'ann',
      size: 80,
      at: (time) => (time >= 290 && time < 500 ? undefined : [100, 100]),
    };
    const world = scene([blinking]);
    const tracker = createTracker({ ...world, between: 'predict', detectEvery: 3 });
    const results = await run(tracker, regular(50, 14));
    expect(results.map(({ length }) => length)).toEqual([1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1]);
    expect(identities(results)).toEqual({ ann: [1] });
    // At 0, 150, 300 and then at 350 … 500; and 650.
    expect(world.calls.whole).toBe(8);
  });

  it('refuses time that goes backwards, and goes on where it was', async () => {
    const tracker = createTracker(scene([swaying]));
    await run(tracker, [100, 200]);
    await expect(tracker.next(150, 150)).rejects.toThrow('Time goes backwards, from 200 to 150 ms.');
    await expect(tracker.next(NaN, NaN)).rejects.toThrow('A frame has the time NaN');
    const [same] = await tracker.next(200, 200);
    expect(same!.id).toBe(1);
    expect((await tracker.next(240, 240))[0]!.id).toBe(1);
    tracker.reset();
    expect((await tracker.next(0, 0))[0]).toMatchObject({ id: 2, lag: 0, since: 0 });
  });

  it('is as before a frame whose detection or recognition fails', async () => {
    const world = scene([swaying]);
    let broken = '';
    const options: TrackerOptions<number, SceneFace> = {
      detect: (frame, regions) => {
        if (broken === 'detect') throw new Error('no detector');
        return world.detect(frame, regions);
      },
      recognizeFaces: (frame, faces) => {
        if (broken === 'recognize') throw new Error('no recognizer');
        return broken === 'count' ? [] : world.recognizeFaces(frame, faces);
      },
    };
    const tracker = createTracker(options);
    await tracker.next(0, 0);
    for (const [fault, message] of [
      ['detect', 'no detector'],
      ['recognize', 'no recognizer'],
      ['count', 'recognizeFaces was given 1 face(s) and returned 0 result(s)'],
    ]) {
      broken = fault!;
      await expect(tracker.next(40, 40)).rejects.toThrow(message);
    }
    broken = '';
    expect((await tracker.next(30, 30))[0]).toMatchObject({ id: 1, since: 0 });
  });

  it('refuses a frame while the one before is worked on, but not after a reset', async () => {
    const world = scene([swaying]);
    const gates: (() => void)[] = [];
    const tracker = createTracker<number, SceneFace>({
      ...world,
      detect: async (frame, regions) => {
        await new Promise<void>((open) => gates.push(open));
        return world.detect(frame, regions);
      },
    });
    const first = tracker.next(0, 0);
    await expect(tracker.next(10, 10)).rejects.toThrow('still working on the frame before');
    tracker.reset();
    const second = tracker.next(5, 5);
    gates[0]!();
    expect((await first)[0]!.id).toBe(1);
    await expect(tracker.next(10, 10)).rejects.toThrow('still working on the frame before');
    gates[1]!();
    expect((await second)[0]!.id).toBe(2);
    const third = tracker.next(20, 20);
    gates[2]!();
    expect((await third)[0]).toMatchObject({ id: 2, since: 5 });
    // What a frame finds whose clip was left is not remembered.
    const left = tracker.next(1000, 1000);
    tracker.reset();
    gates[3]!();
    expect((await left)[0]!.id).toBe(2);
    const another = tracker.next(0, 0);
    gates[4]!();
    expect((await another)[0]).toMatchObject({ id: 3, since: 0 });
  });

  it('follows a stream, takes a frame when it is done with the last, and closes it', async () => {
    const events: string[] = [];
    async function* frames() {
      try {
        for (const time of regular(33, 100)) {
          events.push(`frame ${time}`);
          yield { frame: time, time };
        }
      } finally {
        events.push('closed');
      }
    }
    const tracker = createTracker(scene([swaying]));
    for await (const { time, faces } of tracker.track(frames())) {
      events.push(`answer ${time} ${faces.map(({ id }) => id).join()}`);
      if (time === 33) break;
    }
    expect(events).toEqual(['frame 0', 'answer 0 1', 'frame 33', 'answer 33 1', 'closed']);
    const list = [66, 99].map((time) => ({ frame: time, time }));
    const ids: number[] = [];
    for await (const { faces } of tracker.track(list)) ids.push(faces[0]!.id);
    expect(ids).toEqual([1, 1]);
  });

  it('answers a frame without faces by none, and asks for no recognition', async () => {
    const world = scene([]);
    expect(await run(createTracker(world), regular(33, 12))).toEqual(Array(12).fill([]));
    expect(world.calls).toEqual({ whole: 2, regions: [], recognized: 0 });
  });

  it('refuses options out of range and faces that are none', async () => {
    const world = scene([swaying]);
    expect(() => createTracker({ ...world, detectEvery: 0 })).toThrow('detectEvery is 0; a whole number');
    expect(() => createTracker({ ...world, maximumFaces: 1.5 })).toThrow('maximumFaces is 1.5');
    expect(() => createTracker({ ...world, smoothing: -1 })).toThrow('smoothing is -1; a number of ms');
    expect(() => createTracker({ ...world, memory: Infinity })).toThrow('memory is Infinity');
    const flat = createTracker<number, SceneFace>({
      ...world,
      detect: () => [{ name: '', box: { x: 0, y: 0, width: 0, height: 5 }, confidence: 1 }],
    });
    await expect(flat.next(0, 0)).rejects.toThrow('detect returned a face with the box (x 0, y 0, width 0');
    const mute = createTracker<number, SceneFace>({ ...world, recognizeFaces: () => [{ scores: {} }] });
    await expect(mute.next(0, 0)).rejects.toThrow('recognizeFaces returned the scores {}');
  });
});
