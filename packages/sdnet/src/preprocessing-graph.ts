import type { Emitter, ModelInput } from '@sdnet/autograd';
import type { Preprocessing } from './preprocess.js';

/**
 * `preprocess` in standard operators of opset 17, as the beginning of an exported model: bytes of N images of one size,
 * any, [N, height, width, 1 or 3] as decoders and canvases lay them out, to the network's input [N, C, size, size].
 *
 * `Resize` has no antialiasing before opset 18. But a resize of each axis is a product with a matrix, and its weights
 * are ratios of whole numbers, which are computed exactly from the image's shape; see `resizeMatrix`.
 */
export const preprocessingInput = ({ size, channels, mean, deviation }: Preprocessing): ModelInput => ({
  dataType: 'uint8',
  shape: ['N', 'height', 'width', 'channels'],
  toImages(emitter, images) {
    const shape = emitter.node('Shape', [images]);
    const sizeOf = (axis: number) => emitter.node('Gather', [shape, emitter.integers([axis])]);
    const levels = emitter.cast(images, 'float32');
    const planes = channels === 1 ? greyPlanes(emitter, levels, sizeOf(3)) : colourPlanes(emitter, levels);
    const resized = emitter.node('MatMul', [
      resizeMatrix(emitter, sizeOf(1), size),
      emitter.node('MatMul', [
        planes,
        emitter.node('Transpose', [resizeMatrix(emitter, sizeOf(2), size)], { perm: { ints: [1, 0] } }),
      ]),
    ]);
    return emitter.node('Add', [
      emitter.node('Mul', [resized, emitter.floats([1 / (255 * deviation)], [])]),
      emitter.floats([-mean / deviation], []),
    ]);
  },
});

const channelsFirst = (emitter: Emitter, images: string) =>
  emitter.node('Transpose', [images], { perm: { ints: [0, 3, 1, 2] } });

/** A grey plane is seen by all three channels. */
const colourPlanes = (emitter: Emitter, levels: string): string =>
  emitter.node('Expand', [channelsFirst(emitter, levels), emitter.integers([1, 3, 1, 1])]);

/**
 * The luma of `grey`: sums of whole numbers below 2^24, which float32 holds exactly, so the rounding is the same. Of one
 * channel the factor is 1. Other numbers of channels meet factors that do not fit, and the runtime refuses them.
 */
function greyPlanes(emitter: Emitter, levels: string, channels: string): string {
  const isColour = emitter.cast(emitter.node('Greater', [channels, emitter.integers([1])]), 'int64');
  const end = emitter.node('Add', [
    emitter.node('Mul', [isColour, emitter.integers([3])]),
    emitter.integers([1]),
  ]);
  const factors = emitter.node('Slice', [
    emitter.floats([65536, 19595, 38470, 7471]),
    isColour,
    end,
    emitter.integers([0]),
  ]);
  const sums = emitter.node('ReduceSum', [emitter.node('Mul', [levels, factors]), emitter.integers([3])]);
  const rounded = emitter.node('Floor', [
    emitter.node('Mul', [
      emitter.node('Add', [sums, emitter.floats([0x8000], [])]),
      emitter.floats([2 ** -16], []),
    ]),
  ]);
  return channelsFirst(emitter, rounded);
}

/**
 * The matrix [size, length] of `resizeBilinear` along one axis. The weight of source j for position i is the triangle
 * 1 − |(2j + 1)·size − (2i + 1)·length| / (2·max(length, size)), where positive, divided by the row's sum: numerator and
 * denominator are whole numbers, so it is taken without the fraction.
 *
 * @param length ONNX name of the axis' length, int64 [1]
 */
function resizeMatrix(emitter: Emitter, length: string, size: number): string {
  const integer = (value: number) => emitter.integers([value]);
  const zero = emitter.node('Squeeze', [integer(0)]);
  const one = emitter.node('Squeeze', [integer(1)]);
  const sources = emitter.node('Range', [zero, emitter.node('Squeeze', [length]), one]);
  const scaledSources = emitter.node('Add', [
    emitter.node('Mul', [sources, integer(2 * size)]),
    integer(size),
  ]);
  const positions = emitter.reshape(
    emitter.integers(Array.from({ length: size }, (_, position) => 2 * position + 1)),
    [size, 1],
  );
  const distances = emitter.node('Abs', [
    emitter.cast(emitter.node('Sub', [scaledSources, emitter.node('Mul', [positions, length])]), 'float32'),
  ]);
  const reach = emitter.cast(
    emitter.node('Mul', [emitter.node('Max', [length, integer(size)]), integer(2)]),
    'float32',
  );
  const weights = emitter.node('Relu', [emitter.node('Sub', [reach, distances])]);
  return emitter.node('Div', [weights, emitter.node('ReduceSum', [weights, integer(1)])]);
}
