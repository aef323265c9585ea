import { channelPadding, permuted } from './read-tfjs.mjs';

const builtin = {
  add: 0,
  concatenation: 2,
  conv: 3,
  depthwise: 4,
  dequantize: 6,
  maxPool: 17,
  relu: 19,
  reshape: 22,
  pad: 34,
};
const tensorTypes = ['float32', 'float16', 'int32'];

/**
 * The layers of a TensorFlow Lite model, in the form that `toOnnx` takes. Understands what BlazeFace consists of and
 * refuses everything else. Field numbers are those of TensorFlow Lite's schema.fbs.
 */
export function readTflite(file) {
  const root = rootTable(file);
  const codes = root.tables(1).map((code) => Math.max(code.byte(0), code.int(3)));
  const buffers = root.tables(4);
  const graph = root.tables(2)[0];
  const tensors = graph.tables(0).map((tensor) => ({
    shape: tensor.ints(0),
    type: tensorTypes[tensor.byte(1)],
    bytes: buffers[tensor.int(2)].bytes(0),
    name: tensor.text(3),
  }));
  const layers = graph.ints(1).map((index) => ({ kind: 'input', output: tensors[index].name }));
  // float16 weights are widened by an operator; what comes out of it stands for what went in.
  const widened = new Map();
  const float16 = (index) => {
    const tensor = tensors[widened.get(index) ?? index];
    if (tensor.type !== 'float16' || tensor.bytes.length === 0)
      throw new Error(`${tensor.name} is no constant of float16 numbers.`);
    return tensor;
  };
  for (const operator of graph.tables(3)) {
    const code = codes[operator.int(0)];
    const inputs = operator.ints(1);
    const [output] = operator.ints(2);
    const options = operator.table(4);
    const { name } = tensors[output];
    const input = tensors[inputs[0]].name;
    switch (code) {
      case builtin.dequantize:
        widened.set(output, inputs[0]);
        break;
      case builtin.conv:
      case builtin.depthwise: {
        const depthwise = code === builtin.depthwise;
        const kernel = permuted(float16(inputs[1]), depthwise ? [3, 0, 1, 2] : [0, 3, 1, 2]);
        layers.push({
          ...{ kind: depthwise ? 'depthwise' : 'conv', input, output: name, stride: options.int(1) },
          ...{ same: options.byte(0) === 0, relu: fusedRelu(options, depthwise ? 4 : 3, name) },
          ...{ kernel, bias: float16(inputs[2]) },
        });
        break;
      }
      case builtin.maxPool:
        layers.push({ kind: 'maxPool', input, output: name, size: options.int(3), stride: options.int(1) });
        break;
      case builtin.add:
        layers.push({
          ...{ kind: 'add', inputs: inputs.map((index) => tensors[index].name), output: name },
          relu: options ? fusedRelu(options, 0, name) : false,
        });
        break;
      case builtin.relu:
        layers.push({ kind: 'relu', input, output: name });
        break;
      case builtin.pad: {
        const pairs = new Int32Array(tensors[inputs[1]].bytes.slice().buffer);
        layers.push({ kind: 'pad', input, output: name, channels: channelPadding(pairs, name) });
        break;
      }
      case builtin.reshape:
        layers.push({ kind: 'flatten', input, output: name });
        break;
      case builtin.concatenation:
        // The two strides' anchors; `toOnnx` joins them itself.
        break;
      default:
        throw new Error(`The operator with the code ${code} of ${name} is not known.`);
    }
  }
  return layers;
}

function fusedRelu(options, field, name) {
  const activation = options.byte(field);
  if (activation > 1)
    throw new Error(`${name} fuses the activation ${activation}; none or ReLU is expected.`);
  return activation === 1;
}

/** The root of a FlatBuffers file, read by the numbers of its fields. */
function rootTable(file) {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const follow = (at) => at + view.getUint32(at, true);
  function table(at) {
    const layout = at - view.getInt32(at, true);
    const size = view.getUint16(layout, true);
    /** Where the field lies; 0 where it has its default. */
    const place = (field) => {
      const entry = 4 + 2 * field;
      const offset = entry < size ? view.getUint16(layout + entry, true) : 0;
      return offset && at + offset;
    };
    const vector = (field) => {
      const from = place(field);
      if (!from) return { start: 0, length: 0 };
      return { start: follow(from) + 4, length: view.getUint32(follow(from), true) };
    };
    const list = (field, read) => {
      const { start, length } = vector(field);
      return Array.from({ length }, (_, index) => read(start + 4 * index));
    };
    const bytes = (field) => {
      const { start, length } = vector(field);
      return file.subarray(start, start + length);
    };
    return {
      byte: (field) => (place(field) ? view.getInt8(place(field)) : 0),
      int: (field) => (place(field) ? view.getInt32(place(field), true) : 0),
      ints: (field) => list(field, (from) => view.getInt32(from, true)),
      table: (field) => (place(field) ? table(follow(place(field))) : undefined),
      tables: (field) => list(field, (from) => table(follow(from))),
      bytes,
      text: (field) => Buffer.from(bytes(field)).toString(),
    };
  }
  return table(follow(0));
}
