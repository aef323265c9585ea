import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Whether what a program asks of the system can be watched here. */
export const canTrace = !spawnSync('strace', ['--version']).error;

/** What a program did that reaches out of its folder. */
export interface Traced {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Its calls that open, look up or use a network connection. */
  readonly network: readonly string[];
  /** Its calls that write, make, move or remove a file outside the folder. */
  readonly writes: readonly string[];
  /** Its calls that read what tells this machine or its network from others. */
  readonly identity: readonly string[];
}

const quoted = /"((?:[^"\\]|\\.)*)"/g;
const isWrite =
  /\b(creat|mkdir|mkdirat|rename\w*|unlink\w*|rmdir|link|linkat|symlink\w*|truncate|mknod\w*|f?chmod\w*|utime\w*)\(|O_(WRONLY|RDWR|CREAT|TRUNC|APPEND)/;

/** `CI` and others keep onnxruntime-node from reporting, so nothing is passed on. */
export const bareEnvironment = (home: string) => ({
  PATH: process.env.PATH,
  HOME: home,
  TMPDIR: join(home, 'tmp'),
});

/** Runs Node with `args` in `folder`, which is its home too, in a bare environment, and notes what it asks of the system. */
export function traced(folder: string, args: readonly string[]): Traced {
  const trace = join(folder, 'trace');
  mkdirSync(join(folder, 'tmp'));
  const { status, stdout, stderr } = spawnSync(
    'strace',
    ['-f', '--seccomp-bpf', '-qq', '-e', 'trace=%network,%file', '-o', trace, process.execPath, ...args],
    {
      cwd: folder,
      env: bareEnvironment(folder),
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    },
  );
  const calls = readFileSync(trace, 'utf8').split('\n');
  const isOutside = (call: string) =>
    [...call.matchAll(quoted)].some(
      ([, path]) =>
        path!.startsWith('/') && !path!.startsWith(`${folder}/`) && !/^\/(dev|proc)\//.test(path!),
    );
  return {
    code: status,
    stdout,
    stderr,
    network: calls.filter((call) =>
      /\b(connect|bind|sendto|sendmsg|sendmmsg)\(|\bsocket\(AF_INET/.test(call),
    ),
    writes: calls.filter((call) => isWrite.test(call) && isOutside(call)),
    identity: calls.filter((call) =>
      /"\/etc\/(machine-id|resolv\.conf|hosts|hostname|os-release)"/.test(call),
    ),
  };
}
