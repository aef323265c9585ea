import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

const attempt = (read: () => string): string => {
  try {
    return read();
  } catch {
    return '';
  }
};

let name: string | undefined;

/**
 * A name for where process numbers mean the same: this machine since it was started, or this container. Eight
 * hexadecimal digits.
 */
export function thisMachine(): string {
  // Linux says when it was started, and which processes a number is one of.
  name ??= createHash('sha256')
    .update(attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')) || hostname())
    .update(attempt(() => readlinkSync('/proc/self/ns/pid')))
    .digest('hex')
    .slice(0, 8);
  return name;
}

/** Whether a process of this machine is running. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process may not be signalled, but is there.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
