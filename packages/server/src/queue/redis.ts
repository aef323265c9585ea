import { Redis } from 'ioredis';
import type { RedisOptions } from 'bullmq';
import { UserError } from 'sdnet';

/** Of the jobs and their results: programs of two versions must not share a queue. */
const protocol = '1';
/** The begin of all keys. */
export const prefix = 'sdnet';
const leastVersion = [6, 2] as const;

/** A Redis as it is shown: without its password. */
export const shownUrl = (url: string): string => {
  const { protocol: scheme, host, pathname } = new URL(url);
  return `${scheme}//${host}${pathname === '/' ? '' : pathname}`;
};

/**
 * Connects once to see that there is a Redis which can hold the queue.
 *
 * @returns how queues and workers connect to it: they wait for it where it is gone for a while
 * @throws UserError where it is absent, too old, demands a password, or has a queue of another version
 */
export async function requireRedis(url: string): Promise<RedisOptions> {
  if (!URL.canParse(url) || !/^rediss?:$/.test(new URL(url).protocol))
    throw new UserError('--queue: the address of a Redis is expected, such as redis://localhost:6379.');
  const redis = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    connectTimeout: 10_000,
  });
  // Of what is wrong the call below tells.
  let lost: Error | undefined;
  redis.on('error', (error: Error) => (lost = error));
  try {
    await redis.connect();
    const version = /redis_version:(\d+)\.(\d+)\S*/.exec(await redis.info('server'));
    const [text, major, minor] = version ?? ['an unknown version', 0, 0];
    const [least, leastMinor] = leastVersion;
    if (Number(major) < least || (Number(major) === least && Number(minor) < leastMinor))
      throw new UserError(
        `${shownUrl(url)}: this is Redis ${text.replace('redis_version:', '')}; ${leastVersion.join('.')} or later is needed.`,
      );
    await redis.setnx(`${prefix}:protocol`, protocol);
    const found = await redis.get(`${prefix}:protocol`);
    if (found !== protocol)
      throw new UserError(
        `${shownUrl(url)}: its queue is of version ${found}; this program has version ${protocol}. Use one version on all machines, or another database of this Redis, such as ${shownUrl(url).replace(/(\/\d+)?$/, '/1')}.`,
      );
  } catch (error) {
    throw error instanceof UserError ? error : redisError(url, lost ?? (error as Error));
  } finally {
    redis.disconnect();
  }
  return { url, maxRetriesPerRequest: null };
}

function redisError(url: string, error: Error): UserError {
  const { code } = error as NodeJS.ErrnoException;
  const reason = /NOAUTH|WRONGPASS|invalid password|called without any password/i.test(error.message)
    ? 'it demands a password, and this is none of its: redis://:password@host'
    : /ECONNREFUSED/.test(code ?? error.message)
      ? 'no Redis answers there. Start one, or mend the address'
      : /ENOTFOUND|EAI_AGAIN/.test(code ?? '')
        ? 'there is no machine of this name'
        : error.message;
  return new UserError(`${shownUrl(url)}: ${reason}.`, { cause: error });
}
