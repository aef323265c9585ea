import { mkdirSync, readdirSync, readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { thisMachine } from '../../src/files/this-machine.js';
import { removeInterrupted, writeFile } from '../../src/files/write-file.js';
import { refusal } from '../support/refusal.js';
import { put, temporaryFolder } from '../support/temporary-folder.js';

/** No process has this number: it is larger than any system's. */
const ended = 2 ** 30;
const half = (name: string, machine: string, pid: number) => `${name}.${machine}-${pid}-0a1b2c3d.tmp`;

describe('writeFile', () => {
  it('removes what killed processes left beside it, and nothing that may be growing', async () => {
    const folder = temporaryFolder();
    const other = thisMachine() === '00000000' ? '11111111' : '00000000';
    const left = [
      half('net.onnx', thisMachine(), ended),
      half('other.onnx', thisMachine(), ended),
      half('old.onnx', other, 1),
    ];
    const kept = [
      half('net.onnx', thisMachine(), process.ppid),
      half('net.onnx', other, ended),
      'mine.tmp',
      'net.onnx.tmp',
    ];
    for (const name of [...left, ...kept]) put(folder, name, 'half');
    const twoDaysAgo = Date.now() / 1000 - 2 * 24 * 60 * 60;
    for (const name of ['mine.tmp', left[2]!]) utimesSync(join(folder, name), twoDaysAgo, twoDaysAgo);
    await writeFile(join(folder, 'net.onnx'), 'whole');
    expect(readdirSync(folder).sort()).toEqual([...kept, 'net.onnx'].sort());
    expect(readFileSync(join(folder, 'net.onnx'), 'utf8')).toBe('whole');
  });

  it.each([
    ['a folder that is not there', 'not/there', /there is no folder .*not\. Make it first/],
    ['a folder', 'folder', /it is a folder; name a file/],
    ['a file below a file', 'file/x', /file is no folder/],
    ['a name that is too long', 'x'.repeat(300), /its name is too long/],
    ['a name that cannot be', 'x\0y', /it is no name a file can have/],
  ])('says in a sentence why it cannot write %s', async (_, name, expected) => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'folder'));
    put(folder, 'file', 'x');
    const message = await refusal(writeFile(join(folder, name), 'content'));
    expect(message).toMatch(expected);
    // The folder's random name may hold what looks like a system's error code.
    expect(message.replaceAll(folder, '')).not.toMatch(/E[A-Z]{3,}/);
    expect(readdirSync(folder).sort()).toEqual(['file', 'folder']);
  });
});

describe('removeInterrupted', () => {
  it('removes all of them where nobody else may be writing', async () => {
    const folder = temporaryFolder();
    for (const pid of [process.pid, 1, ended]) put(folder, half('last.safetensors', thisMachine(), pid), '');
    put(folder, half('last.safetensors', 'ffffffff', 1), '');
    put(folder, 'last.safetensors', '');
    await removeInterrupted(folder, { all: true });
    expect(readdirSync(folder)).toEqual(['last.safetensors']);
  });
});
