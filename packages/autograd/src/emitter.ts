import { create, toBinary } from '@bufbuild/protobuf';
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  ModelProtoSchema,
  TensorProto_DataType,
} from 'onnx-buf';
import type { DataType, Emitter, OnnxAttribute, OnnxAttributes, TensorType } from './graph.js';

/** IR 8 and opset 17: what ONNX runtimes of the last years read. */
const irVersion = 8n;
const opsetVersion = 17n;
/** The domain of ONNX Runtime's own operators, such as `FusedMatMul`; used in train steps only. */
const contribDomain = 'com.microsoft';
const contribOperators = new Set(['FusedConv', 'FusedMatMul']);

export interface OnnxBuilder extends Emitter {
  /** Declares an input; a name such as `'N'` stands for a size that is only known when the model runs. */
  input(name: string, dataType: DataType, shape: readonly (number | string)[]): string;
  /** Declares that `value` is returned under `name`. */
  output(name: string, value: string, shape: readonly (number | 'N')[]): void;
  /** The serialized model with `metadata` as its metadata properties. */
  finish(metadata?: Readonly<Record<string, string>>): Uint8Array;
}

const elementTypes = {
  float32: TensorProto_DataType.FLOAT,
  int64: TensorProto_DataType.INT64,
  uint8: TensorProto_DataType.UINT8,
} as const;

function attributeProto(name: string, attribute: OnnxAttribute): AttributeProto {
  if ('int' in attribute)
    return create(AttributeProtoSchema, {
      name,
      type: AttributeProto_AttributeType.INT,
      i: BigInt(attribute.int),
    });
  if ('ints' in attribute)
    return create(AttributeProtoSchema, {
      name,
      type: AttributeProto_AttributeType.INTS,
      ints: attribute.ints.map(BigInt),
    });
  if ('float' in attribute)
    return create(AttributeProtoSchema, {
      name,
      type: AttributeProto_AttributeType.FLOAT,
      f: attribute.float,
    });
  return create(AttributeProtoSchema, {
    name,
    type: AttributeProto_AttributeType.STRING,
    s: new TextEncoder().encode(attribute.string),
  });
}

/** Collects ONNX nodes, equal constants and equal nodes once each, into a model. */
export function createOnnxBuilder(layout: Emitter['layout']): OnnxBuilder {
  const nodes: { type: string; inputs: readonly string[]; outputs: string[]; attributes: OnnxAttributes }[] =
    [];
  const known = new Map<string, string[]>();
  const initializers = new Map<
    string,
    { name: string; dataType: DataType; shape: readonly number[]; bytes: Uint8Array<ArrayBuffer> }
  >();
  const inputs: { name: string; dataType: DataType; shape: readonly (number | string)[] }[] = [];
  const outputs: { name: string; value: string; shape: readonly (number | 'N')[] }[] = [];
  const reshaped = new Map<string, string>();
  let names = 0;

  function initializer(dataType: DataType, shape: readonly number[], bytes: Uint8Array<ArrayBuffer>): string {
    // How they begin is enough to find the one that may be the same; all bytes decide.
    const key = `${dataType}${shape.join()}:${bytes.subarray(0, 256).join()}`;
    const existing = initializers.get(key);
    if (existing && sameBytes(existing.bytes, bytes)) return existing.name;
    const name = `c${names++}`;
    initializers.set(existing ? `${key}#${name}` : key, { name, dataType, shape, bytes });
    return name;
  }

  const builder: OnnxBuilder = {
    layout,
    input(name, dataType, shape) {
      inputs.push({ name, dataType, shape });
      return name;
    },
    output(name, value, shape) {
      outputs.push({ name, value, shape });
    },
    node: (type, operands, attributes) => builder.nodes(type, operands, 1, attributes)[0]!,
    nodes(type, operands, count, attributes = {}) {
      const key = JSON.stringify([type, operands, count, attributes]);
      const same = known.get(key);
      if (same) return same;
      const results = Array.from({ length: count }, () => `v${names++}`);
      nodes.push({ type, inputs: operands, outputs: results, attributes });
      known.set(key, results);
      return results;
    },
    floats: (values, shape = [values.length]) =>
      initializer('float32', shape, new Uint8Array(new Float32Array(values).buffer)),
    integers: (values) =>
      initializer('int64', [values.length], new Uint8Array(BigInt64Array.from(values, BigInt).buffer)),
    reshape(name, shape) {
      // Of several in a row only the last counts.
      const source = reshaped.get(name) ?? name;
      const result = builder.node('Reshape', [source, builder.integers(shape)]);
      reshaped.set(result, source);
      return result;
    },
    cast: (name, dataType) => builder.node('Cast', [name], { to: { int: elementTypes[dataType] } }),
    axis: (value, axis) => (value.featureMap && layout === 'CNHW' && axis < 2 ? 1 - axis : axis),
    physicalShape(value: TensorType) {
      const shape = value.shape.map((dimension) => (dimension === 'N' ? -1 : dimension));
      if (value.featureMap && layout === 'CNHW') [shape[0], shape[1]] = [shape[1]!, shape[0]!];
      return shape;
    },
    finish(metadata = {}) {
      for (const { name, value } of outputs)
        nodes.push({ type: 'Identity', inputs: [value], outputs: [name], attributes: {} });
      const used = reachable(
        nodes,
        outputs.map(({ name }) => name),
      );
      const model = create(ModelProtoSchema, {
        irVersion,
        producerName: 'sdnet',
        opsetImport: [
          { domain: '', version: opsetVersion },
          ...(used.nodes.some(({ type }) => contribOperators.has(type))
            ? [{ domain: contribDomain, version: 1n }]
            : []),
        ],
        graph: {
          name: 'graph',
          node: used.nodes.map((node, index) => ({
            name: `${node.type}_${index}`,
            opType: node.type,
            domain: contribOperators.has(node.type) ? contribDomain : '',
            input: [...node.inputs],
            output: node.outputs,
            attribute: Object.entries(node.attributes).map(([name, attribute]) =>
              attributeProto(name, attribute),
            ),
          })),
          initializer: [...initializers.values()]
            .filter(({ name }) => used.names.has(name))
            .map(({ name, dataType, shape, bytes }) => ({
              name,
              dataType: elementTypes[dataType],
              dims: shape.map(BigInt),
              rawData: bytes,
            })),
          input: inputs.map(({ name, dataType, shape }) => valueInfo(name, dataType, shape)),
          output: outputs.map(({ name, shape }) => valueInfo(name, 'float32', shape)),
        },
        metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
      });
      return toBinary(ModelProtoSchema, model);
    },
  };
  return builder;
}

function valueInfo(name: string, dataType: DataType, shape: readonly (number | string)[]) {
  return {
    name,
    type: {
      value: {
        case: 'tensorType' as const,
        value: {
          elemType: elementTypes[dataType],
          shape: {
            dim: shape.map((dimension) => ({
              value:
                typeof dimension === 'string'
                  ? { case: 'dimParam' as const, value: dimension }
                  : { case: 'dimValue' as const, value: BigInt(dimension) },
            })),
          },
        },
      },
    },
  };
}

/** The nodes that the outputs depend on, in order, and every name they read: ONNX Runtime warns of the rest. */
function reachable<N extends { inputs: readonly string[]; outputs: readonly string[] }>(
  nodes: readonly N[],
  outputs: readonly string[],
): { nodes: N[]; names: Set<string> } {
  const names = new Set(outputs);
  const kept: N[] = [];
  for (const node of [...nodes].reverse()) {
    if (!node.outputs.some((name) => names.has(name))) continue;
    kept.push(node);
    for (const name of node.inputs) names.add(name);
  }
  return { nodes: kept.reverse(), names };
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, index) => byte === b[index]);
