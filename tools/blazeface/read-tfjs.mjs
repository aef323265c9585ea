import { toFloat16 } from './float16.mjs';

/**
 * The layers of a TensorFlow.js graph model, in the form that `toOnnx` takes. Understands what BlazeFace consists of and
 * refuses everything else.
 *
 * @param model the parsed `model.json`
 * @param weights the bytes of its one weight file
 */
export function readTfjs(model, weights) {
  const constants = new Map();
  let offset = 0;
  for (const { name, shape, dtype } of model.weightsManifest.flatMap((group) => group.weights)) {
    const length = shape.reduce((product, size) => product * size, 1) * 4;
    constants.set(name, { shape, dtype, bytes: weights.slice(offset, offset + length) });
    offset += length;
  }
  if (offset !== weights.length)
    throw new Error(`The weights have ${weights.length} bytes, the model names ${offset}.`);

  const float16 = (name) => {
    const constant = constants.get(name);
    if (constant?.dtype !== 'float32') throw new Error(`${name} is no constant of float32 numbers.`);
    const words = toFloat16(new Float32Array(constant.bytes.buffer));
    return { shape: constant.shape, bytes: new Uint8Array(words.buffer) };
  };
  const layers = [];
  // Of nodes that pass on what they get: whose value it is.
  const aliases = new Map();
  const source = (name) => aliases.get(name.replace(/:0$/, '')) ?? name.replace(/:0$/, '');
  for (const { op, name, input = [], attr = {} } of model.modelTopology.node) {
    const inputs = input.map(source);
    const text = (attribute) => Buffer.from(attr[attribute].s, 'base64').toString();
    const stride = () => Number(attr.strides.list.i[1]);
    const same = () => text('padding') === 'SAME';
    switch (op) {
      case 'Const':
        break;
      case 'Placeholder':
        layers.push({ kind: 'input', output: name });
        break;
      case 'Identity':
        aliases.set(name, inputs[0]);
        break;
      case '_FusedConv2D': {
        const fused = attr.fused_ops.list.s.map((value) => Buffer.from(value, 'base64').toString());
        if (fused[0] !== 'BiasAdd' || (fused[1] ?? 'Relu') !== 'Relu' || fused.length > 2)
          throw new Error(`${name} fuses ${fused}; BiasAdd and Relu are expected.`);
        const kernel = float16(inputs[1]);
        layers.push({
          ...{ kind: 'conv', input: inputs[0], output: name, stride: stride(), same: same() },
          ...{ relu: fused.length === 2, kernel: permuted(kernel, [3, 2, 0, 1]), bias: float16(inputs[2]) },
        });
        break;
      }
      case 'DepthwiseConv2dNative': {
        const kernel = permuted(float16(inputs[1]), [2, 3, 0, 1]);
        layers.push({
          ...{ kind: 'depthwise', input: inputs[0], output: name, stride: stride(), same: same() },
          ...{ relu: false, kernel, bias: undefined },
        });
        break;
      }
      case 'MaxPool': {
        const size = Number(attr.ksize.list.i[1]);
        layers.push({ kind: 'maxPool', input: inputs[0], output: name, size, stride: stride() });
        break;
      }
      case 'AddV2':
        layers.push({ kind: 'add', inputs, output: name, relu: false });
        break;
      case 'Relu':
        layers.push({ kind: 'relu', input: inputs[0], output: name });
        break;
      case 'Pad': {
        const pairs = new Int32Array(constants.get(inputs[1]).bytes.buffer);
        layers.push({ kind: 'pad', input: inputs[0], output: name, channels: channelPadding(pairs, name) });
        break;
      }
      case 'Reshape':
        layers.push({ kind: 'flatten', input: inputs[0], output: name });
        break;
      default:
        throw new Error(`The operator ${op} of ${name} is not known.`);
    }
  }
  return layers;
}

/** How many channels are added at the end: all that NHWC `pairs` of paddings may ask for. */
export function channelPadding(pairs, name) {
  if (pairs.length !== 8 || pairs.slice(0, 7).some((value) => value !== 0))
    throw new Error(`${name} pads by ${pairs}; only channels at the end are expected.`);
  return pairs[7];
}

/** A float16 tensor with its axes in another order. */
export function permuted({ shape, bytes }, order) {
  const words = new Uint16Array(bytes.slice().buffer);
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  const target = order.map((axis) => shape[axis]);
  const result = new Uint16Array(words.length);
  const place = target.map(() => 0);
  for (let index = 0; index < result.length; index++) {
    result[index] = words[order.reduce((sum, axis, to) => sum + place[to] * strides[axis], 0)];
    for (let axis = target.length - 1; axis >= 0 && ++place[axis] === target[axis]; axis--) place[axis] = 0;
  }
  return { shape: target, bytes: new Uint8Array(result.buffer) };
}
