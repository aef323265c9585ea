import { beforeEach, describe, expect, it, vi } from 'vitest';
import { fakeDatabase } from './support/fake-database.js';

const database = vi.hoisted(() => ({}) as ReturnType<typeof fakeDatabase>);
vi.mock('../src/teach/database.js', () => Object.assign(database, fakeDatabase()));

/** A tab with a memory of its own. */
async function tab() {
  vi.resetModules();
  return import('../src/teach/images.js');
}
type Tab = Awaited<ReturnType<typeof tab>>;

/** What a tab shows that is opened now: each class, and how many images it has. */
async function nextVisit(): Promise<Record<string, number>> {
  database.reopen();
  const { loadImages, imagesOf } = await tab();
  await loadImages();
  return Object.fromEntries([...imagesOf.value].map(([name, images]) => [name, images.length]));
}

const add = ({ addImages }: Tab, className: string, count = 1) =>
  addImages(
    Array.from({ length: count }, () => new Uint8Array(68 ** 2)),
    { className },
  );

describe('the classes that are kept', () => {
  beforeEach(async () => {
    await tab();
    database.reset();
  });

  it('are those of all tabs', async () => {
    const [one, other] = [await tab(), await tab()];
    await one.loadImages();
    await other.loadImages();
    await add(one, 'wink');
    await other.addClass('bored');
    await one.removeClass('surprise');
    expect(await nextVisit()).toEqual({ happy: 0, neutral: 0, wink: 1, bored: 0 });
  });

  it('are read before one is added', async () => {
    const before = await tab();
    await add(before, 'wink', 2);
    const { loadImages, addClass, classNames } = await tab();
    await Promise.all([loadImages(), addClass('bored')]);
    expect(classNames.value).toEqual(['happy', 'surprise', 'neutral', 'wink', 'bored']);
    expect(await nextVisit()).toEqual({ happy: 0, surprise: 0, neutral: 0, wink: 2, bored: 0 });
  });

  it('are changed together with their images, and keep their places', async () => {
    const first = await tab();
    await add(first, 'happy', 2);
    await add(first, 'wink');
    database.closeAfter(1);
    await first.renameClass('happy', 'smile').catch(() => {});
    expect(await nextVisit()).toEqual({ smile: 2, surprise: 0, neutral: 0, wink: 1 });

    const second = await tab();
    await second.loadImages();
    database.closeAfter(1);
    await second.removeClass('smile').catch(() => {});
    expect(second.images.value.map(({ className }) => className)).toEqual(['wink']);
    expect(await nextVisit()).toEqual({ surprise: 0, neutral: 0, wink: 1 });
    await second.removeImages(second.images.value.map(({ id }) => id));
    expect(await nextVisit()).toEqual({ surprise: 0, neutral: 0, wink: 0 });
  });

  it('have those that only images name', async () => {
    const [one, other] = [await tab(), await tab()];
    await add(one, 'wink');
    await other.loadImages();
    await add(one, 'wink', 2);
    await other.renameClass('wink', 'blink');
    expect(await nextVisit()).toMatchObject({ blink: 1, wink: 2 });
  });
});
