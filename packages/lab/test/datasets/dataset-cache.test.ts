import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { homedir, platform } from 'node:os';
import { join } from 'node:path';
import type { Dataset } from '@sdnet/training';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type CacheKey, defaultCacheDirectory, loadCached } from '../../src/datasets/dataset-cache.js';
import { put, temporaryFolder } from '../support/temporary-folder.js';

const key: CacheKey = {
  dataset: 'faces',
  version: 1,
  source: '/data/faces',
  files: [{ path: 'train/ä.png', size: 10, modified: 1700000000000.5 }],
};

function faces(size: number): Dataset {
  return {
    name: 'faces',
    classNames: ['a', 'b'],
    width: size,
    height: 1,
    channels: 1,
    pixels: Uint8Array.from({ length: 2 * size }, (_, index) => index * 31),
    samples: [
      { source: 'train/ä.png', label: 1, split: 'train', subject: 'S1' },
      { source: 'x', label: 0, distribution: [0.1, 0.9] },
    ],
  };
}

/** Loads by way of the cache; says whether the loader ran and what was warned of. */
async function load(cacheDirectory: string, changes: Partial<CacheKey> = {}, dataset = faces(5)) {
  const loader = vi.fn(async () => dataset);
  const warnings: string[] = [];
  const loaded = await loadCached({ ...key, ...changes }, loader, {
    cacheDirectory,
    onWarning: (message) => warnings.push(message),
  });
  return { loaded, ran: loader.mock.calls.length === 1, warnings };
}

describe('loadCached', () => {
  it('loads once and then gives the same data set from one private file', async () => {
    const directory = join(temporaryFolder(), 'new', 'cache');
    expect(await load(directory)).toEqual({ loaded: faces(5), ran: true, warnings: [] });
    const again = await load(directory);
    expect(again).toEqual({ loaded: faces(5), ran: false, warnings: [] });
    expect(again.loaded.pixels.constructor).toBe(Uint8Array);

    const [file, ...others] = readdirSync(directory);
    expect(others).toEqual([]);
    if (platform() !== 'win32') {
      expect(statSync(join(directory, file!)).mode & 0o777).toBe(0o600);
      expect(statSync(directory).mode & 0o777).toBe(0o700);
    }
  });

  it('reads what is larger than what it reads at once', async () => {
    const directory = temporaryFolder();
    const large = faces(9_000_001);
    await load(directory, {}, large);
    const { loaded, ran, warnings } = await load(directory);
    expect({ ran, warnings }).toEqual({ ran: false, warnings: [] });
    expect(Buffer.compare(loaded.pixels, large.pixels)).toBe(0);
  });

  it('removes packs whose writing was interrupted days ago, and nothing else', async () => {
    const directory = temporaryFolder();
    const process = '0f8fad5b-42-a1657086';
    const names = [`faces-1.pack.${process}.tmp`, `faces-2.pack.${process}.tmp`, 'old.pack', 'notes.tmp'];
    for (const name of names) put(directory, name, 'x');
    const twoDaysAgo = Date.now() / 1000 - 2 * 24 * 60 * 60;
    for (const name of names.filter((other) => !other.startsWith('faces-2')))
      utimesSync(join(directory, name), twoDaysAgo, twoDaysAgo);
    expect((await load(directory)).warnings).toEqual([]);
    const left = readdirSync(directory);
    expect(left).toHaveLength(4);
    expect(left).toEqual(expect.arrayContaining(names.slice(1)));
  });

  it('loads again when a file, the loader or the source is another', async () => {
    const changes: Partial<CacheKey>[] = [
      { version: 2 },
      { source: '/data/others' },
      { files: [] },
      { files: [{ ...key.files[0]!, size: 11 }] },
      { files: [{ ...key.files[0]!, modified: 1700000000001 }] },
      { files: [{ ...key.files[0]!, path: 'train/b.png' }] },
    ];
    for (const change of changes) {
      const directory = temporaryFolder();
      await load(directory);
      expect(await load(directory, change, faces(3))).toEqual({ loaded: faces(3), ran: true, warnings: [] });
      expect((await load(directory, change)).loaded).toEqual(faces(3));
    }
  });

  it('keeps one pack for each source, replaced when its files change', async () => {
    const directory = temporaryFolder();
    await load(directory);
    await load(directory, { files: [] });
    expect(readdirSync(directory)).toHaveLength(1);
    await load(directory, { source: '/data/others' });
    expect(readdirSync(directory)).toHaveLength(2);
  });

  it('notices every flipped byte and every missing end, and builds the pack again', async () => {
    const directory = temporaryFolder();
    await load(directory);
    const file = join(directory, readdirSync(directory)[0]!);
    const whole = readFileSync(file);
    for (let index = 0; index < whole.length; index += index < 20 ? 1 : 23) {
      const damaged = Buffer.from(whole);
      damaged[index]! ^= 0x10;
      writeFileSync(file, damaged);
      const { loaded, ran, warnings } = await load(directory);
      expect(ran, `byte ${index}`).toBe(true);
      expect(loaded).toEqual(faces(5));
      // In the first eight bytes it is just another format.
      expect(warnings).toHaveLength(index < 8 ? 0 : 1);
      expect(readFileSync(file)).toEqual(whole);
    }
    for (const length of [0, 7, 16, 40, whole.length - 1]) {
      writeFileSync(file, whole.subarray(0, length));
      const { ran, warnings } = await load(directory);
      expect(ran).toBe(true);
      expect(warnings[0]).toContain(file);
    }
    expect(await load(directory)).toEqual({ loaded: faces(5), ran: false, warnings: [] });
  });

  it('warns of a cache that cannot be written, and goes on', async () => {
    const folder = temporaryFolder();
    const notFolder = put(folder, 'file', '');
    const { loaded, warnings } = await load(join(notFolder, 'cache'));
    expect(loaded).toEqual(faces(5));
    expect(warnings.at(-1)).toMatch(/cannot be written .* SDNET_CACHE/);
  });

  it('warns of a pack that cannot be read, and leaves nothing half-written', async () => {
    const directory = temporaryFolder();
    await load(directory);
    const [name] = readdirSync(directory);
    const other = temporaryFolder();
    mkdirSync(join(other, name!));
    const { loaded, warnings } = await load(other);
    expect(loaded).toEqual(faces(5));
    expect(warnings).toHaveLength(2);
    expect(readdirSync(other)).toEqual([name]);
  });

  it('passes on what the loader throws, and caches nothing', async () => {
    const directory = temporaryFolder();
    const failing = loadCached(key, () => Promise.reject(new Error('no faces')), {
      cacheDirectory: directory,
    });
    await expect(failing).rejects.toThrow('no faces');
    expect(readdirSync(directory)).toEqual([]);
  });

  it('warns of a full disk and leaves no part of the pack (skipped where no small disk can be mounted)', async (context) => {
    const directory = temporaryFolder();
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', directory]).status === 0;
    context.skip(!mounted, 'mounting a tmpfs needs Linux and root');
    onTestFinished(() => void spawnSync('umount', [directory]));
    const large = { ...faces(50_000) };
    const { loaded, warnings } = await load(directory, {}, large);
    expect(loaded).toBe(large);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/cannot be written \(the disk is full\)/);
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe('defaultCacheDirectory', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('is SDNET_CACHE, else below an absolute XDG_CACHE_HOME, else below the home', () => {
    vi.stubEnv('SDNET_CACHE', '/own');
    vi.stubEnv('XDG_CACHE_HOME', '/shared');
    expect(defaultCacheDirectory()).toBe('/own');
    vi.stubEnv('SDNET_CACHE', '');
    expect(defaultCacheDirectory()).toBe(join('/shared', 'sdnet'));
    vi.stubEnv('XDG_CACHE_HOME', 'relative');
    expect(defaultCacheDirectory()).toBe(join(homedir(), '.cache', 'sdnet'));
  });

  it('is nowhere where HOME is empty, so that no faces are packed below the working folder', async () => {
    vi.stubEnv('SDNET_CACHE', '');
    vi.stubEnv('XDG_CACHE_HOME', '');
    for (const name of ['HOME', 'USERPROFILE']) vi.stubEnv(name, '');
    expect(() => defaultCacheDirectory()).toThrow('the home folder is ""');
    vi.unstubAllEnvs();
  });
});
