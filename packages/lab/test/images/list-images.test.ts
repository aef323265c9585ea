import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listFolder } from '../../src/files/list-folder.js';
import { decodeImage } from 'sdnet';
import { isImage, listImages } from '../../src/images/list-images.js';
import { put, temporaryFolder } from '../support/temporary-folder.js';

describe('listImages', () => {
  it('takes every ending of the formats that are read, in any case', () => {
    const names = 'a.png b.jpg c.jpeg d.jpe e.JFIF f.webp g.gif h.tif i.tiff j.avif'.split(' ');
    const root = temporaryFolder();
    for (const name of names) put(root, `happy/${name}`, '');
    expect(listImages(root, 'happy').map(({ path }) => path)).toEqual(names.map((name) => `happy/${name}`));
    expect(isImage('notes.txt')).toBe(false);
  });

  it('passes over what systems leave behind', () => {
    const root = temporaryFolder();
    const left = [
      ...['Thumbs.db', 'ehthumbs.db', 'desktop.ini', 'Desktop.ini', 'Icon\r', '.DS_Store', '._a.png'],
      ...['a.png:Zone.Identifier', 'a.png\uf03aZone.Identifier'],
    ];
    const possible = process.platform === 'win32' ? left.filter((name) => !/[:\r]/.test(name)) : left;
    for (const name of [...possible, 'a.png']) put(root, name, '');
    mkdirSync(join(root, '@eaDir'));
    mkdirSync(join(root, '__MACOSX'));
    expect(listImages(root, '').map(({ path }) => path)).toEqual(['a.png']);
  });

  it.runIf(process.platform === 'linux')('says so where a name is not UTF-8', async () => {
    const root = temporaryFolder();
    put(root, 'a.png', '');
    writeFileSync(Buffer.concat([Buffer.from(`${root}/p`), Buffer.of(0xe9), Buffer.from('che.png')]), '');
    expect(() => listFolder(root)).toThrow(
      `${root}: the name p\\xe9che.png is not UTF-8, so its file cannot be named. Rename it.`,
    );
    // As a command gets it from its arguments.
    await expect(decodeImage(`${root}/p\ufffdche.png`)).rejects.toThrow(/its name is not UTF-8/);
  });

  it.runIf(process.platform === 'linux')(
    'takes the sign for bytes that are no text where a name has it',
    () => {
      const root = temporaryFolder();
      put(root, '\ufffd.png', '');
      expect(listFolder(root).map(({ name }) => name)).toEqual(['\ufffd.png']);
    },
  );
});
