/** ONNX Runtime's native kernels compute that many channels at once, and copy every tensor that is none of whole blocks. */
const block = 8;

const inBlocks = (channels) => Math.ceil(channels / block) * block;

/**
 * The same network with its channels in whole blocks: those added are zero everywhere. Where a residual connection adds
 * channels of zeros (`pad`), the convolution is divided instead into the channels that have something added and the new
 * ones, which `concat` joins; so no layer is left that has to leave the blocks. ReLUs become part of the sums before them.
 */
export function widened(layers) {
  const byOutput = new Map(layers.map((layer) => [layer.output, layer]));
  const consumers = (name) =>
    layers.filter(({ input, inputs = [] }) => input === name || inputs.includes(name));
  /** Which channels of a convolution come after those of the connection beside it. */
  const divided = new Map();
  for (const layer of layers.filter(({ kind }) => kind === 'add')) {
    const pad = layer.inputs.map((name) => byOutput.get(name)).find(({ kind }) => kind === 'pad');
    if (pad)
      divided.set(
        layer.inputs.find((name) => name !== pad.output),
        pad.input,
      );
  }
  const widths = new Map();
  const widthOf = (name) => {
    const { kind, input } = byOutput.get(name);
    return kind === 'maxPool' ? widthOf(input) : widths.get(name);
  };
  const names = new Map();
  const nameOf = (name) => names.get(name) ?? name;
  const result = [];

  for (const layer of layers) {
    const { kind, output } = layer;
    const input = nameOf(layer.input);
    switch (kind) {
      case 'input':
        widths.set(output, 3);
        result.push(layer);
        break;
      case 'conv': {
        const isHead = consumers(output).some((each) => each.kind === 'flatten');
        const [filters] = layer.kernel.shape;
        const width = isHead ? filters : inBlocks(filters);
        const whole = { ...layer, input, ...resized(layer, width, widthOf(layer.input)) };
        widths.set(output, width);
        const least = divided.has(output) ? widthOf(divided.get(output)) : width;
        if (least === width) result.push(whole);
        else
          result.push(
            { ...whole, ...part(whole, 0, least) },
            { ...whole, ...part(whole, least, width), output: `${output}/new`, relu: true },
          );
        break;
      }
      case 'depthwise': {
        const width = widthOf(layer.input);
        widths.set(output, width);
        result.push({ ...layer, input, ...resized(layer, width, 1) });
        break;
      }
      case 'maxPool':
        result.push({ ...layer, input });
        break;
      case 'pad':
        names.set(output, nameOf(layer.input));
        break;
      case 'add': {
        const [next, ...others] = consumers(output);
        if (!layer.relu && (next.kind !== 'relu' || others.length > 0))
          throw new Error(`${output} is not followed by a ReLU alone.`);
        const inputs = layer.inputs.map(nameOf);
        const main = layer.inputs.find((name) => widths.has(name) && divided.has(name)) ?? layer.inputs[0];
        const width = widthOf(main);
        widths.set(output, width);
        const isDivided = divided.has(main) && widthOf(divided.get(main)) < width;
        result.push({ ...layer, inputs, relu: true, output: isDivided ? `${output}/old` : output });
        if (isDivided) result.push({ kind: 'concat', inputs: [`${output}/old`, `${main}/new`], output });
        break;
      }
      case 'relu':
        if (byOutput.get(layer.input).kind === 'add') {
          names.set(output, nameOf(layer.input));
          widths.set(output, widthOf(layer.input));
        } else {
          widths.set(output, widthOf(layer.input));
          result.push({ ...layer, input });
        }
        break;
      default:
        result.push({ ...layer, input });
    }
  }
  return result;
}

/** Kernel and bias for more filters and input channels: the additional ones are zero. */
function resized({ kernel, bias }, filters, inputs) {
  const [oldFilters, oldInputs, height, width] = kernel.shape;
  const area = height * width;
  const words = new Uint16Array(filters * inputs * area);
  const old = new Uint16Array(kernel.bytes.slice().buffer);
  for (let filter = 0; filter < oldFilters; filter++)
    words.set(
      old.subarray(filter * oldInputs * area, (filter + 1) * oldInputs * area),
      filter * inputs * area,
    );
  const biases = new Uint16Array(filters);
  if (bias) biases.set(new Uint16Array(bias.bytes.slice().buffer));
  return {
    kernel: { shape: [filters, inputs, height, width], bytes: new Uint8Array(words.buffer) },
    bias: bias && { shape: [filters], bytes: new Uint8Array(biases.buffer) },
  };
}

/** Kernel and bias of some of the filters. */
function part({ kernel, bias }, from, to) {
  const size = kernel.bytes.length / kernel.shape[0];
  return {
    kernel: {
      shape: [to - from, ...kernel.shape.slice(1)],
      bytes: kernel.bytes.subarray(from * size, to * size),
    },
    bias: { shape: [to - from], bytes: bias.bytes.subarray(2 * from, 2 * to) },
  };
}
