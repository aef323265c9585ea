import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from './support/packages.js';

describe('the installation of this repository', () => {
  // Its script downloads CUDA libraries, and fails where it cannot. npm runs what the lock file announces.
  it('runs no script of onnxruntime-node: after `npm install`, delete its "hasInstallScript" in package-lock.json', () => {
    const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, object>;
    };
    expect(packages['node_modules/onnxruntime-node']).toHaveProperty('integrity');
    expect(packages['node_modules/onnxruntime-node']).not.toHaveProperty('hasInstallScript');
  });

  it('has no setting that npm does not know', () => {
    const { stderr, status } = spawnSync('npm', ['config', 'get', 'registry'], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(status).toBe(0);
    expect(stderr).toBe('');
  });
});
