import { open } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { type Recipe, recipeNamed, recipeNames, requireRecipe, UserError } from '@sdnet/training';
import { parse as parseYaml } from 'yaml';
import { fileError } from 'sdnet';

/** How files of recipes end. */
export const recipeEndings = ['.json', '.yaml', '.yml'] as const;

/** In bytes; a recipe has a few hundred. */
const largest = 100_000;

/**
 * A recipe in a file, JSON or YAML: the fields of `Recipe`, each checked. With `extends: strong` (or another recipe by
 * name) the file has only the fields that are different; each takes the place of the whole former one, and `null` leaves
 * it out. A recipe without a name is called after its file.
 *
 * @throws UserError where it cannot be read, or is no recipe
 */
export async function readRecipe(path: string): Promise<Recipe> {
  const content = parsed(path, await readText(path));
  if (typeof content !== 'object' || content === null || Array.isArray(content))
    throw new UserError(`${path}: a recipe is expected: names of settings with their values.`);
  const { extends: base, ...fields } = content as Record<string, unknown>;
  if (base !== undefined && !(typeof base === 'string' && recipeNames.includes(base)))
    throw new UserError(
      `${path}: extends ${JSON.stringify(base)}, but one of ${recipeNames.join(', ')} is expected.`,
    );
  const own = { name: basename(path, extname(path)), ...fields };
  const whole = { ...(base !== undefined && recipeNamed(base as string)), ...own };
  const present = Object.entries(whole).filter(([, value]) => value !== null);
  try {
    return requireRecipe(Object.fromEntries(present));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${path}: ${error.message}`, { cause: error });
  }
}

async function readText(path: string): Promise<string> {
  const bytes = Buffer.alloc(largest + 1);
  let length: number;
  try {
    const handle = await open(path);
    try {
      if (!(await handle.stat()).isFile()) throw new UserError(`${path}: a file is expected.`);
      ({ bytesRead: length } = await handle.read(bytes, 0, bytes.length, 0));
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw error instanceof UserError ? error : fileError(path, error);
  }
  if (length > largest) throw new UserError(`${path}: larger than ${largest / 1000} kB, and so no recipe.`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length));
  } catch (error) {
    throw new UserError(`${path}: is no text in UTF-8, which a recipe is.`, { cause: error });
  }
}

function parsed(path: string, text: string): unknown {
  const isJson = extname(path).toLowerCase() === '.json';
  try {
    return isJson ? JSON.parse(text) : parseYaml(text, { logLevel: 'error' });
  } catch (error) {
    const [reason] = (error as Error).message.split('\n');
    throw new UserError(`${path}: not readable as ${isJson ? 'JSON' : 'YAML'} (${reason}).`, {
      cause: error,
    });
  }
}
