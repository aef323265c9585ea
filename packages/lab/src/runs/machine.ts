import { cpus, totalmem } from 'node:os';
import { nodeRuntime } from '@sdnet/autograd/node';
import { packageVersion } from '../files/package-version.js';

/** What the bits of a result depend on besides its options. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly node: string;
  readonly onnxruntime: string;
  readonly sdnet: string;
}

export const describeMachine = async (): Promise<Machine> => ({
  processor: cpus()[0]?.model.trim() ?? 'unknown',
  cores: cpus().length,
  node: process.version,
  onnxruntime: await nodeRuntime.version(),
  sdnet: packageVersion,
});

/** Bytes of memory that a process may have here: the machine's, or less in a container. */
export const memoryLimit = (): number => Math.min(totalmem(), process.constrainedMemory() || Infinity);
