import { UserError } from '@sdnet/training';
import { expect } from 'vitest';

/** The message of the `UserError` that `attempt` rejects with. */
export async function refusal(attempt: Promise<unknown>): Promise<string> {
  const error = await attempt.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UserError);
  return (error as UserError).message;
}
