import { apply, type Operator, typeOf, type Value } from '../graph.js';

/** Inputs a feature map of a train step [N, C, H, W] and factors [C]. */
const channelScaleOperator: Operator<null> = {
  name: 'channelScale',
  infer: ([x]) => [typeOf(x!)],
  emit(emitter, [x, factors], { inputs: [value] }) {
    const channels = value!.shape[1] as number;
    const scaled = emitter.node('Mul', [
      emitter.reshape(x!, [channels, 1, -1]),
      emitter.reshape(factors!, [channels, 1, 1]),
    ]);
    return [emitter.reshape(scaled, emitter.physicalShape(value!))];
  },
};

/** A gradient times a factor for each channel. */
export const channelScale = (x: Value, factors: Value): Value =>
  apply(channelScaleOperator, [x, factors], null)[0]!;

/**
 * A gradient as `x` and the factors [C] by which `channelScale` multiplied it, if it did: a convolution applies them to
 * its weights and their gradient instead, which saves a pass over the feature map.
 */
export function withoutChannelScale(gradient: Value): { x: Value; factors?: Value } {
  const { producer } = gradient;
  if (producer?.operator !== channelScaleOperator) return { x: gradient };
  const [x, factors] = producer.inputs;
  return { x: x!, factors: factors! };
}
