import { complain } from '@sdnet/lab/cli';

/** Says once that Redis is gone, until it is there again. */
export function lossOfRedis(isClosed: () => boolean): (error: Error) => void {
  let said = 0;
  return (error) => {
    if (isClosed() || Date.now() - said < 60_000) return;
    said = Date.now();
    complain(`Redis does not answer (${error.message}); the work goes on when it does.`);
  };
}
