import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Problem } from './problem.js';
import { tokenCheck } from './tokens.js';

/** Whether a host is this machine alone. */
export const isLoopback = (host: string): boolean => /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);

/**
 * Refuses what a page in somebody's browser must not do: ask a server that needs no token by a name that leads to
 * loopback (DNS rebinding), or send from an origin that was not named.
 *
 * @throws Problem
 */
export function requireOrigin(
  { headers }: FastifyRequest,
  { needsToken, origins }: { readonly needsToken: boolean; readonly origins: readonly string[] },
): void {
  const { host, origin } = headers;
  if (!needsToken && host !== undefined && !isLoopback(hostnameOf(host)))
    throw new Problem(421, 'host-unknown', 'Without a token this server answers to localhost alone.');
  if (origin !== undefined && !origins.includes(origin) && origin !== `http://${host}`)
    throw new Problem(403, 'origin-unknown', 'Pages of this origin are not among those named by --cors.');
}

const hostnameOf = (host: string): string => {
  try {
    return new URL(`http://${host}`).hostname;
  } catch {
    return '';
  }
};

/** Has every route of a scope need one of the tokens: `Authorization: Bearer TOKEN` (RFC 6750). */
export function requireTokens(scope: FastifyInstance, tokens: readonly string[]): void {
  const isToken = tokenCheck(tokens);
  scope.addHook('onRequest', async ({ headers: { authorization = '' } }) => {
    const [, token] = /^Bearer +(\S+) *$/i.exec(authorization) ?? [];
    if (token !== undefined && isToken(token)) return;
    const what = authorization === '' ? 'There is no token' : 'This is none of the tokens';
    throw new Problem(401, 'token-invalid', `${what}; a header Authorization: Bearer TOKEN is expected.`, {
      'www-authenticate': 'Bearer',
    });
  });
}
