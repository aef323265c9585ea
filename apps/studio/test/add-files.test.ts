import { expect, it, vi } from 'vitest';
import { addImages } from '../src/teach/images.js';

vi.mock('../src/recognition/engine.js', () => ({}));
vi.mock('../src/teach/images.js', () => ({
  addImages: vi.fn(),
  classCalled: (name: string) => name,
  loadImages: async () => {},
}));
vi.mock('../src/teach/teacher.js', () => ({
  startTeacher: () => ({ readFace: async () => new Uint8Array(), end() {} }),
}));

// No import by its types: tests are checked for Node, where `sdnet` reads no `File`.
const { addFiles, adding } = await vi.importActual<{
  addFiles(
    files: readonly { readonly file: File; readonly className: string }[],
    areFaces: boolean,
  ): Promise<void>;
  readonly adding: { readonly value: object | undefined };
}>('../src/teach/add-files.js');

it('is over where the storage is full', async () => {
  const full = Object.assign(new Error(), { code: 'storage-full' });
  vi.mocked(addImages).mockImplementationOnce(async () => {
    expect(adding.value).toMatchObject({ isRunning: true });
    throw full;
  });
  const files = Array.from({ length: 30 }, () => ({ file: new File(['face'], 'a.png'), className: 'happy' }));
  await expect(addFiles(files, true)).rejects.toBe(full);
  expect(adding.value).toMatchObject({ isRunning: false, added: 0, total: 30 });

  await addFiles(files, true);
  expect(adding.value).toMatchObject({ isRunning: false, added: 30, done: 30 });
});
