import { UserError } from '../../user-error.js';

type Sharp = (typeof import('sharp'))['default'];

let loading: Promise<Sharp> | undefined;

/**
 * The library that decodes, with every loader switched off (for the whole process) but those of the formats that are
 * read here. Loaded when first needed: a program that brings its own pixels does without it. Throws a `UserError`
 * where it is not installed.
 */
export function loadSharp(): Promise<Sharp> {
  return (loading ??= load());
}

async function load(): Promise<Sharp> {
  let sharp: Sharp;
  try {
    sharp = (await import('sharp')).default;
  } catch (error) {
    throw new UserError(
      'Reading image files needs the package sharp, which cannot be loaded ' +
        `(${(error as Error).message.split('\n')[0]}). Install it: npm install sharp`,
      { code: 'package-missing', cause: error },
    );
  }
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({
    operation: ['Png', 'Jpeg', 'Webp', 'Heif', 'Nsgif', 'Tiff'].map((format) => `VipsForeignLoad${format}`),
  });
  return sharp;
}
