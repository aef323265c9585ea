/** The package has no types of its own. */
declare module 'fs-native-extensions' {
  /** Whether the lock on a range of bytes of an open file could be had. It lasts until the file is closed. */
  export function tryLock(fd: number, offset: number, length: number): boolean;
}
