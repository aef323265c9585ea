import { create, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  ModelProtoSchema,
  TensorProto_DataType,
} from 'onnx-buf';

/**
 * A BlazeFace network as an ONNX model (IR 8, opset 17).
 *
 * `layers` are what `readTfjs` and `readTflite` give, in an order in which each stands after what it takes. Weights are
 * float16 initializers behind a Cast, which a runtime folds away when it loads the model. The input `images` is
 * N×3×H×W, H and W multiples of 32, levels −1 … 1. The outputs are `scores` N×A (before the sigmoid) and `boxes` N×A×16
 * (pixels of the input, from the anchor's centre): first the anchors of the finer grid, each grid by rows.
 */
export function toOnnx(layers, metadata) {
  const nodes = [];
  const initializers = [];
  const node = (opType, input, output, attributes = {}) => {
    nodes.push({
      opType,
      input,
      output: [output],
      name: output,
      attribute: Object.entries(attributes).map(attribute),
    });
    return output;
  };
  const constant = (name, { shape, bytes }) => {
    initializers.push({
      name: `${name}_f16`,
      dataType: TensorProto_DataType.FLOAT16,
      dims: shape.map(BigInt),
      rawData: bytes,
    });
    return node('Cast', [`${name}_f16`], name, { to: TensorProto_DataType.FLOAT });
  };
  const integers = (name, values) => {
    const rawData = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    initializers.push({ name, dataType: TensorProto_DataType.INT64, dims: [BigInt(values.length)], rawData });
    return name;
  };
  const names = new Map();
  const channels = new Map();
  const heads = [];

  for (const [index, layer] of layers.entries()) {
    const name = `${layer.kind}${index}`;
    const input = names.get(layer.input ?? layer.inputs?.[0]);
    const inputChannels = channels.get(layer.input ?? layer.inputs?.[0]);
    let outputChannels = inputChannels;
    let result;
    switch (layer.kind) {
      case 'input':
        result = 'images';
        outputChannels = 3;
        break;
      case 'conv':
      case 'depthwise': {
        const { kernel, bias, stride, same, relu } = layer;
        const [filters, , height, width] = kernel.shape;
        if (layer.kind === 'depthwise' && filters !== inputChannels)
          throw new Error(`${layer.output} has ${filters} filters for ${inputChannels} channels.`);
        const operands = [input, constant(`${name}_kernel`, kernel)];
        if (bias) operands.push(constant(`${name}_bias`, bias));
        result = node('Conv', operands, name, {
          kernel_shape: [height, width],
          strides: [stride, stride],
          pads: same ? samePadding([height, width], stride) : [0, 0, 0, 0],
          group: layer.kind === 'depthwise' ? filters : 1,
        });
        if (relu) result = node('Relu', [result], `${name}_relu`);
        outputChannels = filters;
        break;
      }
      case 'maxPool':
        result = node('MaxPool', [input], name, {
          kernel_shape: [layer.size, layer.size],
          strides: [layer.stride, layer.stride],
          pads: samePadding([layer.size, layer.size], layer.stride),
        });
        break;
      case 'concat':
        result = node(
          'Concat',
          layer.inputs.map((value) => names.get(value)),
          name,
          { axis: 1 },
        );
        outputChannels = layer.inputs.reduce((sum, value) => sum + channels.get(value), 0);
        break;
      case 'add':
        result = node(
          'Add',
          layer.inputs.map((value) => names.get(value)),
          name,
        );
        if (layer.relu) result = node('Relu', [result], `${name}_relu`);
        break;
      case 'relu':
        result = node('Relu', [input], name);
        break;
      case 'flatten':
        heads.push({ name, input, channels: inputChannels });
        break;
      default:
        throw new Error(`There is no layer of the kind ${layer.kind}.`);
    }
    names.set(layer.output, result);
    channels.set(layer.output, outputChannels);
  }

  // 2 and 6 anchors a cell; each with a score and 16 values.
  const joined = (output, sizes, shape) => {
    const parts = sizes.map((size) => {
      const head = heads.find((each) => each.channels === size);
      if (!head) throw new Error(`There is no head of ${size} channels.`);
      const rows = node('Transpose', [head.input], `${head.name}_nhwc`, { perm: [0, 2, 3, 1] });
      return node('Reshape', [rows, integers(`${head.name}_shape`, shape)], `${head.name}_flat`);
    });
    node('Concat', parts, output, { axis: 1 });
  };
  if (heads.length !== 4) throw new Error(`There are ${heads.length} heads; 4 are expected.`);
  joined('scores', [2, 6], [0, -1]);
  joined('boxes', [32, 96], [0, -1, 16]);

  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: 8n,
      producerName: 'sdnet',
      opsetImport: [{ domain: '', version: 17n }],
      metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
      graph: {
        name: 'blazeface',
        node: nodes,
        initializer: initializers,
        input: [valueInfo('images', ['N', 3, 'H', 'W'])],
        output: [valueInfo('scores', ['N', 'A']), valueInfo('boxes', ['N', 'A', 16])],
      },
    }),
  );
}

/** TensorFlow's SAME padding of an axis that the stride divides: what is odd comes after. */
function samePadding(kernel, stride) {
  const totals = kernel.map((size) => Math.max(size - stride, 0));
  return [...totals.map((total) => Math.floor(total / 2)), ...totals.map((total) => Math.ceil(total / 2))];
}

function attribute([name, value]) {
  return create(
    AttributeProtoSchema,
    Array.isArray(value)
      ? { name, type: AttributeProto_AttributeType.INTS, ints: value.map(BigInt) }
      : { name, type: AttributeProto_AttributeType.INT, i: BigInt(value) },
  );
}

function valueInfo(name, shape) {
  const dim = shape.map((size) => ({
    value:
      typeof size === 'number'
        ? { case: 'dimValue', value: BigInt(size) }
        : { case: 'dimParam', value: size },
  }));
  return {
    name,
    type: { value: { case: 'tensorType', value: { elemType: TensorProto_DataType.FLOAT, shape: { dim } } } },
  };
}
