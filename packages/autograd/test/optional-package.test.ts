import { describe, expect, it } from 'vitest';
import { optionalPackage } from '../src/optional-package.js';

describe('an optional package', () => {
  const command = 'npm install left-out';
  const missing = (name: string) =>
    Object.assign(new Error(`Cannot find package '${name}' imported from /app/node_modules/x/web.js`), {
      code: 'ERR_MODULE_NOT_FOUND',
    });

  it('is loaded where it is installed', async () => {
    expect(await optionalPackage('left-out', command, () => Promise.resolve({ answer: 42 }))).toEqual({
      answer: 42,
    });
  });

  it('is named with its command where it is missing', async () => {
    const cause = missing('left-out');
    await expect(optionalPackage('left-out', command, () => Promise.reject(cause))).rejects.toMatchObject({
      name: 'MissingPackageError',
      code: 'package-missing',
      message: 'The package left-out is not installed. Install it with: npm install left-out',
      cause,
    });
  });

  it.each([
    `Failed to resolve module specifier 'left-out/part'`,
    `Failed to resolve module specifier '#left-out'`,
    'The specifier “left-out” was a bare specifier, but was not remapped to anything.',
    `Module name, 'left-out' does not resolve to a valid URL.`,
  ])('is named where a page knows no address of it: %s', async (message) => {
    const failed = optionalPackage('left-out', command, () => Promise.reject(new TypeError(message)));
    await expect(failed).rejects.toMatchObject({ code: 'package-missing' });
  });

  it('keeps an error of its own, such as a package that it misses itself', async () => {
    for (const error of [new Error('no such library'), missing('something-else'), new TypeError('left-out')])
      await expect(optionalPackage('left-out', command, () => Promise.reject(error))).rejects.toBe(error);
  });
});
