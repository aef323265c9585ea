import { random } from '@sdnet/autograd';
import { describe, expect, it } from 'vitest';
import {
  createFaceTracker,
  type FaceTracker,
  type FollowedFace,
  type ScoredFace,
  type TrackerStages,
} from '../../src/tracking/face-tracker.js';
import { type Person, regular, scene, type SceneFace } from './scene.js';

type Results = readonly FollowedFace<SceneFace, ScoredFace>[][];
type Stages = TrackerStages<number, SceneFace, ScoredFace>;

async function run(
  tracker: FaceTracker<number, SceneFace, ScoredFace>,
  times: readonly number[],
): Promise<Results> {
  const results: FollowedFace<SceneFace, ScoredFace>[][] = [];
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
    const results = await run(createFaceTracker(world), regular(33, 101));
    expect(identities(results)).toEqual({ ann: [1] });
    expect(results.every(({ length }) => length === 1)).toBe(true);
    expect(world.calls.whole).toBe(11);
    // Of the frames in between it looks into one of two.
    expect(world.calls.followed).toEqual(Array(42).fill(1));
    const [face] = results.at(-1)!;
    expect(face).toMatchObject({ expression: 'ann', confidence: 1, since: 0 });
    expect(face!.face.box).toMatchObject({ width: 80, height: 80 });
  });

  it.each([
    ['30 frames a second: one of two', 33, 0.5],
    ['60 frames a second: one of three', 1000 / 60, 1 / 3],
    ['15 frames a second: each', 66, 1],
  ])('does not look where it knows a face to be, at %s', async (_rate, gap, share) => {
    const world = scene([swaying]);
    const tracker = createFaceTracker(world, { detectEvery: 1000 });
    const results = await run(tracker, regular(gap, 300));
    expect(identities(results)).toEqual({ ann: [1] });
    expect(Math.abs(world.calls.followed.length / 300 - share)).toBeLessThan(0.02);
    for (const [index, [face]] of results.entries()) {
      const [x, y] = swaying.at(index * gap)!;
      const { box } = face!.face;
      const away = Math.hypot(box.x + box.width / 2 - x, box.y + box.height / 2 - y) / 80;
      expect(away).toBeLessThan(0.06);
    }
  });

  it('looks at each face in each frame while another is so near that it may hide it', async () => {
    const near = scene([still('ann', 300), still('bob', 370)]);
    await run(createFaceTracker(near, { detectEvery: 1000 }), regular(33, 50));
    expect(near.calls.followed).toEqual(Array(49).fill(2));
    const apart = scene([still('ann', 300), still('bob', 390)]);
    await run(createFaceTracker(apart, { detectEvery: 1000 }), regular(33, 50));
    expect(apart.calls.followed.length).toBeLessThan(30);
  });

  it('notices one frame later at most, at 30 a second, that a face has gone', async () => {
    for (const gone of [1000, 1033, 1066]) {
      const ann: Person = { name: 'ann', size: 80, at: (time) => (time < gone ? [300, 200] : undefined) };
      const times = regular(33, 60);
      const results = await run(createFaceTracker(scene([ann])), times);
      const seen = times.filter((time, index) => time >= gone && results[index]!.length > 0);
      expect(seen.length).toBeLessThanOrEqual(1);
    }
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
      const results = await run(createFaceTracker(world), times);
      const ids = identities(results);
      expect([ids.ann, ids.bob].map((list) => list?.length)).toEqual([1, 1]);
    }
  });

  it('searches the whole frame at once where a face is lost, and finds it there', async () => {
    // Jumps far away, as after a cut, but for being the same face a moment later.
    const jumping: Person = { name: 'ann', size: 80, at: (time) => [time < 500 ? 200 : 420, 200] };
    const world = scene([jumping]);
    const tracker = createFaceTracker(world, { detectEvery: 1000 });
    await run(tracker, regular(50, 10));
    expect(world.calls.whole).toBe(1);
    const [found] = await tracker.next(500, 500);
    expect(world.calls.whole).toBe(2);
    expect(found!.face.name).toBe('ann');
  });

  it('finds a new face by the next search of the whole frame', async () => {
    const late: Person = { name: 'late', size: 60, at: (time) => (time < 700 ? undefined : [600, 100]) };
    const results = await run(
      createFaceTracker(scene([swaying, late]), { detectEvery: 4 }),
      regular(100, 20),
    );
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
    const back = await run(createFaceTracker(scene([gone(1000, 1950)])), regular(50, 60));
    expect(identities(back)).toEqual({ ann: [1] });
    expect(back[25]).toEqual([]);
    const late = await run(createFaceTracker(scene([gone(1000, 2100)])), regular(50, 60));
    expect(identities(late)).toEqual({ ann: [1, 2] });
  });

  it('never follows more than it may, also where one comes back', async () => {
    const leaves: Person = {
      name: 'ann',
      size: 80,
      at: (time) => (time > 300 && time < 700 ? undefined : [100, 200]),
    };
    const comes: Person = { name: 'bob', size: 90, at: (time) => (time < 400 ? undefined : [600, 200]) };
    const results = await run(
      createFaceTracker(scene([leaves, comes]), { maximumFaces: 1, detectEvery: 1 }),
      regular(100, 20),
    );
    expect(results.map((faces) => faces.length)).toEqual(results.map(() => 1));
    expect(results.at(-1)![0]!.face.name).toBe('bob');
  });

  it('knows a face that stands still at any intervals', async () => {
    for (const interval of [40, 1000, 3000, 10_000])
      expect(
        identities(
          await run(
            createFaceTracker(scene([{ name: 'ann', size: 80, at: () => [100, 200] }], { jitter: 0.02 }), {
              memory: 60_000,
            }),
            regular(interval, 8),
          ),
        ),
      ).toEqual({ ann: [1] });
  });

  it('gives the identity of a face that is away to nobody who appears elsewhere', async () => {
    const ann: Person = { name: 'ann', size: 80, at: (time) => (time < 1000 ? [100, 200] : undefined) };
    const bob: Person = { name: 'bob', size: 80, at: (time) => (time < 1200 ? undefined : [900, 500]) };
    const results = await run(createFaceTracker(scene([ann, bob])), regular(50, 40));
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
      const results = await run(createFaceTracker(scene(people, { jitter: 0.03, seed })), regular(33, 91));
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
      const results = await run(createFaceTracker(scene(people, { jitter: 0.04, seed })), regular(33, 61));
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
    const results = await run(createFaceTracker(world), regular(33, 31));
    expect(results.every(({ length }) => length === 200)).toBe(true);
    expect(Object.values(identities(results)).every(({ length }) => length === 1)).toBe(true);
    expect(world.calls.recognized).toBe(31 * 200);
  });

  it('keeps no more faces than it was told to, and of more the largest', async () => {
    // Different faces everywhere in every frame.
    const source = random(2);
    const faces = (count: number): SceneFace[] =>
      Array.from({ length: count }, (_, index) => {
        const [x, y] = [100_000 * source.uniform(), 100_000 * source.uniform()];
        return { name: `${index}`, box: { x, y, width: 20, height: 20 }, confidence: source.uniform() };
      });
    const looked: number[] = [];
    const stages = (detect: Stages['detect']): Stages => ({
      detect,
      follow: (_frame, expected) => {
        looked.push(expected.length);
        return expected.map(() => undefined);
      },
      recognizeFaces: (_frame, shown) => shown.map(() => ({ scores: { any: 1 } })),
    });
    const tracker = createFaceTracker(
      stages(() => faces(50)),
      { maximumFaces: 30, memory: 1e9 },
    );
    const results = await run(tracker, regular(10, 200));
    expect(results.every(({ length }) => length === 30)).toBe(true);
    expect(Math.max(...looked)).toBe(60);
    const sized = [20, 90, 50].map((side) => ({
      ...faces(1)[0]!,
      box: { x: 0, y: 200 * side, width: side, height: side },
    }));
    const shown = await createFaceTracker(
      stages(() => sized),
      { maximumFaces: 2 },
    ).next(0, 0);
    expect(shown.map(({ face }) => face.box.width).sort()).toEqual([50, 90]);
  });

  it('smooths scores over time and says by how much they lag', async () => {
    const changing: Person = {
      ...still('ann', 100),
      shows: (time) => ({ happy: 0.2 + time / 10_000, sad: 0.8 - time / 10_000 }),
    };
    const results = await run(createFaceTracker(scene([changing]), { smoothing: 150 }), regular(40, 100));
    for (const [index, [face]] of results.entries()) {
      const time = 40 * index;
      expect(face!.scores.happy).toBeCloseTo(0.2 + (time - face!.lag) / 10_000, 10);
      expect(face!.scores.happy! + face!.scores.sad!).toBeCloseTo(1, 10);
      expect(face!.expression).toBe(face!.scores.happy! > 0.5 ? 'happy' : 'sad');
      expect(face!.confidence).toBe(face!.scores[face!.expression]);
    }
    expect(results.at(-1)![0]!.lag).toBeCloseTo(40 / Math.expm1(40 / 150), 6);
    const [plain] = (await run(createFaceTracker(scene([changing]), { smoothing: 0 }), regular(40, 10))).at(
      -1,
    )!;
    expect(plain).toMatchObject({ lag: 0, scores: { happy: 0.2 + 360 / 10_000 } });
  });

  it('refuses time that goes backwards, and goes on where it was', async () => {
    const tracker = createFaceTracker(scene([swaying]));
    await run(tracker, [100, 200]);
    await expect(tracker.next(150, 150)).rejects.toThrow('Time goes backwards, from 200 to 150 ms.');
    await expect(tracker.next(NaN, NaN)).rejects.toMatchObject({
      code: 'frame-out-of-order',
      message: expect.stringContaining('A frame has the time NaN'),
    });
    const [same] = await tracker.next(200, 200);
    expect(same!.id).toBe(1);
    expect((await tracker.next(240, 240))[0]!.id).toBe(1);
    tracker.reset();
    expect((await tracker.next(0, 0))[0]).toMatchObject({ id: 2, lag: 0, since: 0 });
  });

  it('is as before a frame whose detection or recognition fails', async () => {
    const world = scene([swaying]);
    let broken = '';
    const failing =
      <Name extends keyof Stages>(name: Name) =>
      (...args: unknown[]) => {
        if (broken === name) throw new Error(`no ${name}`);
        return (world[name] as (...args: unknown[]) => unknown)(...args);
      };
    const tracker = createFaceTracker<number, SceneFace, ScoredFace>(
      {
        detect: failing('detect') as Stages['detect'],
        follow: failing('follow') as Stages['follow'],
        recognizeFaces: failing('recognizeFaces') as Stages['recognizeFaces'],
      },
      { detectEvery: 2 },
    );
    await tracker.next(0, 0);
    for (const fault of ['follow', 'recognizeFaces']) {
      broken = fault;
      await expect(tracker.next(40, 40)).rejects.toThrow(`no ${fault}`);
    }
    broken = '';
    await tracker.next(20, 20);
    broken = 'detect';
    await expect(tracker.next(40, 40)).rejects.toThrow('no detect');
    broken = '';
    expect((await tracker.next(30, 30))[0]).toMatchObject({ id: 1, since: 0 });
  });

  it('keeps the identity of a face that jumped away, however few frames there are', async () => {
    // As from a video read every 100 ms: it is away for half a second, and back beside where it was.
    const ann: Person = {
      name: 'ann',
      size: 80,
      at: (time) => (time < 1000 ? [200, 200] : time < 1500 ? undefined : [330, 200]),
    };
    const results = await run(createFaceTracker(scene([ann])), regular(100, 25));
    expect(identities(results)).toEqual({ ann: [1] });
    expect(results.filter(({ length }) => length === 0).length).toBeLessThanOrEqual(7);
  });

  it('shows a face once to which two were followed', async () => {
    const box = (x: number) => ({ x, y: 100, width: 80, height: 80 });
    const world: Stages = {
      detect: (time) =>
        (time === 0 ? [box(100), box(300)] : [box(200)]).map((one) => ({
          name: '',
          box: one,
          confidence: 0.9,
        })),
      follow: (_time, expected) => expected.map((face, index) => ({ ...face, box: box(180 + index) })),
      recognizeFaces: (_time, faces) => faces.map(() => ({ scores: { any: 1 } })),
    };
    const [first, second] = await run(createFaceTracker(world), [0, 400]);
    expect(first).toHaveLength(2);
    expect(second).toHaveLength(1);
  });

  it('answers a frame without faces by none, and asks for no recognition', async () => {
    const world = scene([]);
    expect(await run(createFaceTracker(world), regular(33, 12))).toEqual(Array(12).fill([]));
    expect(world.calls).toEqual({ whole: 2, followed: [], recognized: 0 });
  });

  it('refuses options out of range', async () => {
    const world = scene([swaying]);
    expect(() => createFaceTracker(world, { detectEvery: 0 })).toThrow('detectEvery is 0; a whole number');
    expect(() => createFaceTracker(world, { maximumFaces: 1.5 })).toThrow('maximumFaces is 1.5');
    expect(() => createFaceTracker(world, { smoothing: -1 })).toThrow('smoothing is -1; a number of ms');
    expect(() => createFaceTracker(world, { memory: Infinity })).toThrow('memory is Infinity');
  });
});
