import {
  compileValues,
  concat,
  createGraph,
  type EvaluationModel,
  featureMap,
  type Graph,
  gradients,
  input,
  isGlobalAveragePool,
  rootScope,
  slice,
  type Value,
} from '@sdnet/autograd';
import { spatialAttentionOf } from '../layers/cbam.js';
import { imageShape, type NetworkDescription, networkOf } from '../description.js';

/**
 * The feature map that Grad-CAM weighs: what the network's last global average pooling reads. It is the last that still
 * knows places, and the one the paper recommends; in SDNet it is CBAM's output, in the others the last activation.
 */
function lastFeatureMap({ nodes }: Graph): Value {
  const pooling = nodes.filter(isGlobalAveragePool).at(-1);
  if (!pooling) throw new Error('Grad-CAM: the network has no global average pooling.');
  return pooling.inputs[0]!;
}

/** A compiled network that returns what explains its output; see `compileExplanation`. */
export interface ExplanationModel extends EvaluationModel {
  /** Of the last feature map. */
  readonly shape: readonly [channels: number, height: number, width: number];
  readonly hasAttention: boolean;
}

/**
 * Compiles a network for one image together with its derivatives. Inputs: `images` [1, C, S, S], `parameters`,
 * `statistics`. Outputs: `logits` [1, classes], the last feature map `activation` [1, K, H, W], the `gradients`
 * [classes, K, H, W] of each class's logit by it and, where the network has CBAM, its spatial `attention` [1, 1, H, W].
 */
export function compileExplanation(description: NetworkDescription): ExplanationModel {
  const graph = createGraph('evaluation');
  const images = input(graph, 'images', featureMap([1, ...imageShape(description.preprocessing)]));
  const logits = networkOf(description)(images, rootScope(graph));
  const activation = lastFeatureMap(graph);
  const attention = spatialAttentionOf(graph);
  const byClass = description.classNames.map((_, index) => {
    const logit = slice(logits, { axis: 1, start: index, end: index + 1 });
    return gradients(logit, [activation])[0]!;
  });
  const [, ...shape] = activation.shape as readonly number[];
  return {
    ...compileValues(graph, {
      logits,
      activation,
      gradients: concat(byClass, 0),
      ...(attention && { attention }),
    }),
    shape: shape as [number, number, number],
    hasAttention: attention !== undefined,
  };
}
