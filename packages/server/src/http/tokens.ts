import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileError, UserError } from 'sdnet';

/** Shorter ones can be guessed. */
const shortest = 16;

/**
 * The tokens in a file: one a line; blank lines and those that begin with # are none.
 *
 * @throws UserError where the file cannot be read, has no token, or one that cannot be sent or is too short
 */
export async function readTokens(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw fileError(file, error);
  });
  const tokens = text
    .split('\n')
    .map((line, index) => ({ token: line.trim(), line: index + 1 }))
    .filter(({ token }) => token !== '' && !token.startsWith('#'));
  if (tokens.length === 0)
    throw new UserError(`${file}: there is no token; one a line is expected. Make one: openssl rand -hex 32`);
  for (const { token, line } of tokens)
    // The characters of RFC 6750. The token itself is not said.
    if (token.length < shortest || !/^[\w.~+/-]+=*$/.test(token))
      throw new UserError(
        `${file}, line ${line}: a token has at least ${shortest} letters, digits or -._~+/ . Make one: openssl rand -hex 32`,
      );
  return tokens.map(({ token }) => token);
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Whether a text is one of the tokens, in a time that says nothing of which or how much of it is right. */
export function tokenCheck(tokens: readonly string[]): (text: string) => boolean {
  const known = tokens.map(digest);
  return (text) => {
    const given = digest(text);
    return known.filter((one) => timingSafeEqual(one, given)).length > 0;
  };
}
