interface Releasable {
  release(): Promise<void>;
}

/**
 * Waits for everything that is being made. Where one fails, the others are released, and the first failure in their order
 * is thrown.
 */
export async function allOrNone<Made extends readonly (Releasable | undefined)[]>(
  ...making: { readonly [Key in keyof Made]: Promise<Made[Key]> }
): Promise<Made> {
  const ended = await Promise.allSettled(making);
  const failed = ended.find(({ status }) => status === 'rejected');
  if (!failed) return Promise.all(making) as unknown as Promise<Made>;
  for (const one of ended)
    if (one.status === 'fulfilled') await (one.value as Releasable | undefined)?.release().catch(() => {});
  throw (failed as PromiseRejectedResult).reason;
}
