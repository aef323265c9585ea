import type { LogLevel } from 'vite';

export function buildStudio(options?: {
  readonly outDir?: string;
  readonly logLevel?: LogLevel;
}): Promise<void>;
