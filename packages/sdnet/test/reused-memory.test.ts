import { describe, expect, it } from 'vitest';
import { reusedMemory } from '../src/reused-memory.js';

describe('reusedMemory', () => {
  it('gives the same memory again, also for less, and never to two at once', () => {
    const memory = reusedMemory();
    const first = memory.take(100);
    expect(memory.take(100)).not.toBe(first);
    memory.giveBack(first);
    expect(memory.take(40)).toBe(first);
    expect(memory.take(40)).not.toBe(first);
  });

  it('has more where more is asked for, and keeps nothing huge', () => {
    const memory = reusedMemory();
    memory.giveBack(memory.take(10));
    expect(memory.take(11).byteLength).toBe(11);
    const huge = memory.take(20e6);
    memory.giveBack(huge);
    expect(memory.take(1)).not.toBe(huge);
  });
});
