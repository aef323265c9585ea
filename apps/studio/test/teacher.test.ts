import { afterEach, expect, it, vi } from 'vitest';
import { startTeacher } from '../src/teach/teacher.js';

afterEach(() => vi.unstubAllGlobals());

it('says that the script of its worker cannot be loaded, whenever it is asked', async () => {
  const workers: FakeWorker[] = [];
  class FakeWorker {
    onerror: ((event: { readonly message?: string }) => void) | null = null;
    postMessage() {}
    terminate() {}
    constructor() {
      workers.push(this);
    }
  }
  vi.stubGlobal('Worker', FakeWorker);
  const failed = expect.objectContaining({ code: 'worker-failed' });

  const asked = startTeacher().classesOf(new Uint8Array());
  workers[0]!.onerror!({});
  await expect(asked).rejects.toEqual(failed);

  const teacher = startTeacher();
  // As a browser does where nobody listens: it goes by.
  workers[1]!.onerror?.({});
  await expect(teacher.classesOf(new Uint8Array())).rejects.toEqual(failed);
  await expect(teacher.exportOnnx(new Uint8Array())).rejects.toEqual(failed);
}, 10_000);
