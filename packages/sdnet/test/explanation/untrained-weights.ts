import { initialize, random } from '@sdnet/autograd';
import type { RawImage } from '../../src/preprocess.js';
import { layoutsOf, type Weights } from '../../src/weights.js';

/** Running variances with which a network's first weights neither let an image fade nor let it grow without bounds. */
const variances: Readonly<Record<string, number>> = { 'mobilenet-v3-small': 0.12, ghostnet: 0.28 };

/** A network that nobody trained. */
export function untrainedWeights(model: string, size = 48): Weights {
  const description = {
    model,
    classNames: ['calm', 'cross', 'glad'],
    preprocessing: { size, channels: 1, mean: 0.5, deviation: 0.25 },
  } as const;
  const layouts = layoutsOf(description);
  const statistics = initialize(layouts.statistics, 3);
  for (const { name, offset, size: length } of layouts.statistics.entries)
    if (name.endsWith('running_var')) statistics.fill(variances[model] ?? 0.2, offset, offset + length);
  return { ...description, parameters: initialize(layouts.parameters, 3), statistics };
}

/** Grey noise in blobs. */
export function noiseImage(seed: number, width = 48, height = width): RawImage {
  const source = random(seed, 5);
  const waves = Array.from({ length: 6 }, () => [source.uniform(), source.uniform(), source.uniform()]);
  const pixels = Uint8Array.from({ length: width * height }, (_, pixel) => {
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    const sum = waves.reduce((total, [a, b, c]) => total + Math.sin(a! * x + b! * y + 7 * c!), 0);
    return 128 + 20 * sum;
  });
  return { width, height, channels: 1, pixels };
}
