import { fromBinary } from '@bufbuild/protobuf';
import { type ModelProto, ModelProtoSchema, type NodeProto } from 'onnx-buf';

/** An ONNX file read back, as far as tests look into it. */
export interface DecodedModel {
  readonly model: ModelProto;
  readonly nodes: readonly NodeProto[];
  readonly initializers: readonly string[];
  count(type: string): number;
  /** The node that computes `name`; undefined for inputs and initializers. */
  producer(name: string): NodeProto | undefined;
}

export function decodeModel(bytes: Uint8Array): DecodedModel {
  const model = fromBinary(ModelProtoSchema, bytes);
  const nodes = model.graph!.node;
  return {
    model,
    nodes,
    initializers: model.graph!.initializer.map(({ name }) => name),
    count: (type) => nodes.filter(({ opType }) => opType === type).length,
    producer: (name) => nodes.find(({ output }) => output.includes(name)),
  };
}
