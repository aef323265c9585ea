import { describe, expect, it } from 'vitest';
import {
  add,
  averagePool,
  batchNormTraining,
  channelShuffle,
  concat,
  constant,
  conv2d,
  createGraph,
  dropoutMask,
  featureMap,
  input,
  linear,
  logSoftmax,
  matmul,
  maxPool,
  mean,
  mul,
  parameter,
  plain,
  reshape,
  rootScope,
  type Shape,
  slice,
  softmax,
  split,
  sum,
  toFeatureMap,
  transpose,
  type Value,
  within,
} from '../src/index.js';

const graph = createGraph('training');
let inputs = 0;
const tensor = (...shape: Shape): Value => input(graph, `input${inputs++}`, plain(shape));
const map = (...shape: Shape): Value => input(graph, `input${inputs++}`, featureMap(shape));

describe('what does not fit is refused, with the shapes in the message', () => {
  const cases: [name: string, build: () => unknown, ...parts: string[]][] = [
    ['conv2d: channels', () => conv2d(map(2, 3, 8, 8), tensor(4, 5, 3, 3)), '[4, 5, 3, 3]', '[2, 3, 8, 8]'],
    ['conv2d: stride', () => conv2d(map(2, 3, 8, 8), tensor(4, 3, 3, 3), { stride: 1.5 }), 'stride 1.5'],
    ['conv2d: padding', () => conv2d(map(2, 3, 8, 8), tensor(4, 3, 3, 3), { padding: -1 }), 'padding -1'],
    ['conv2d: dilation', () => conv2d(map(2, 3, 8, 8), tensor(4, 3, 1, 1), { dilation: 0 }), 'dilation 0'],
    ['maxPool: stride', () => maxPool(map(2, 3, 8, 8), { kernel: 2, stride: 0 }), 'stride 0'],
    [
      'conv2d: groups',
      () => conv2d(map(2, 6, 8, 8), tensor(4, 6, 3, 3), { groups: 2 }),
      '[4, 6, 3, 3]',
      '[2, 6, 8, 8]',
      '2 group(s)',
    ],
    [
      'conv2d: groups that do not divide the outputs',
      () => conv2d(map(2, 6, 8, 8), tensor(4, 2, 3, 3), { groups: 3 }),
      '[4, 2, 3, 3]',
      '[2, 6, 8, 8]',
    ],
    [
      'conv2d: plain tensor',
      () => conv2d(tensor(2, 3, 8, 8), tensor(4, 3, 3, 3)),
      '[2, 3, 8, 8]',
      '[4, 3, 3, 3]',
    ],
    ['conv2d: rank of the weights', () => conv2d(map(2, 3, 8, 8), tensor(4, 3)), '[2, 3, 8, 8]', '[4, 3]'],
    ['conv2d: kernel too large', () => conv2d(map(2, 3, 2, 2), tensor(4, 3, 5, 5)), '5×5', '[2, 3, 2, 2]'],
    ['maxPool: kernel too large', () => maxPool(map(2, 3, 2, 2), { kernel: 3 }), '3', '[2, 3, 2, 2]'],
    ['averagePool: plain tensor', () => averagePool(tensor(2, 3, 2, 2), { kernel: 2 }), '[2, 3, 2, 2]'],
    ['maxPool: padding', () => maxPool(map(2, 3, 8, 8), { kernel: 3, padding: 2 }), 'padding 2', 'kernel 3'],
    ['matmul', () => matmul(tensor(2, 3), tensor(4, 5)), '[2, 3]', '[4, 5]'],
    ['matmul transposed', () => matmul(tensor(2, 3), tensor(3, 5), true), '[2, 3]ᵀ', '[3, 5]'],
    ['matmul of feature maps', () => matmul(map(2, 3, 1, 1), tensor(3, 5)), '[2, 3, 1, 1]', '[3, 5]'],
    ['linear', () => linear(tensor(8, 64), tensor(7, 32)), '[8, 64]', '[7, 32]'],
    ['linear: bias', () => linear(tensor(8, 64), tensor(7, 64), tensor(6)), '[8, 7]', '[6]'],
    ['add', () => add(map(2, 3, 4, 4), map(2, 3, 4, 5)), '[2, 3, 4, 4]', '[2, 3, 4, 5]'],
    ['mul of matrices', () => mul(tensor(4, 3), tensor(4)), '[4, 3]', '[4]'],
    ['mul of unlike tensors', () => mul(map(2, 3, 4, 4), tensor(4)), '[2, 3, 4, 4]', '[4]', 'toFeatureMap'],
    [
      'batchNorm',
      () => batchNormTraining(map(2, 3, 4, 4), tensor(3), tensor(4), 1e-5),
      '[2, 3, 4, 4]',
      '[4]',
    ],
    ['concat', () => concat([map(2, 3, 4, 4), map(2, 1, 4, 5)], 1), '[2, 3, 4, 4]', '[2, 1, 4, 5]'],
    ['concat of unlike tensors', () => concat([map(2, 3, 4, 4), tensor(2, 3, 4, 4)], 1), '[2, 3, 4, 4]'],
    ['split', () => split(map(2, 6, 4, 4), [2, 3], 1), '2 + 3', '[2, 6, 4, 4]'],
    ['slice', () => slice(map(2, 6, 4, 4), { axis: 1, start: 3, end: 7 }), '3:7:1', '[2, 6, 4, 4]'],
    ['slice: axis', () => slice(tensor(2, 6), { axis: 2, end: 1 }), 'axis 2', '[2, 6]'],
    ['reshape', () => reshape(tensor(2, 6), [3, 5]), '[2, 6]', '[3, 5]'],
    ['reshape: batch size', () => reshape(tensor('N', 6), [6]), '[N, 6]', '[6]'],
    ['toFeatureMap', () => toFeatureMap(tensor(2, 6, 4)), '[2, 6, 4]'],
    ['transpose', () => transpose(tensor(2, 6), [0, 2]), '[0, 2]', '[2, 6]'],
    ['channelShuffle', () => channelShuffle(map(2, 6, 4, 4), 4), '6 channels', '4 groups'],
    ['sum', () => sum(tensor(2, 6), [2]), 'axes 2', '[2, 6]'],
    ['mean', () => mean(tensor(2, 6), [1, 1]), 'axes 1, 1', 'twice'],
    ['softmax of a feature map', () => softmax(map(2, 6, 1, 1)), '[2, 6, 1, 1]'],
    ['logSoftmax of a feature map', () => logSoftmax(map(2, 6, 1, 1)), '[2, 6, 1, 1]'],
    ['constant', () => constant(graph, [1, 2, 3], [2, 2]), '[2, 2]', '4 values, not 3'],
    ['an unknown size', () => conv2d(map(2, 3, 'N', 4), tensor(4, 3, 1, 1)), 'height must be known'],
  ];
  it.each(cases)('%s', (_name, build, ...parts) => {
    for (const part of parts) expect(build).toThrow(part);
  });
});

describe('a graph refuses', () => {
  it('values of another graph', () => {
    const other = input(createGraph('training'), 'x', plain([3]));
    expect(() => add(tensor(3), other)).toThrow('different graphs');
  });

  it('two inputs, parameters or dropout masks of one name', () => {
    const scope = within(within(rootScope(graph), 'stage'), 'conv');
    const weight = () => parameter(scope, 'weight', [3], { kind: 'constant', value: 0 });
    weight();
    expect(weight).toThrow('The parameter stage.conv.weight is declared twice');
    const mask = () => dropoutMask(scope, [3], 0.5);
    mask();
    expect(mask).toThrow('two dropout masks stage.conv.mask');
    const twice = () => input(graph, 'twice', plain([3]));
    twice();
    expect(twice).toThrow('two inputs "twice"');
  });
});
