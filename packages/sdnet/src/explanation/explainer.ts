import type { Runtime, SessionOptions, Tensor } from '@sdnet/autograd';
import { preprocess, type RawImage } from '../preprocess.js';
import { requireFiniteScores } from '../scores.js';
import { UserError } from '../user-error.js';
import type { Weights } from '../weights.js';
import { compileExplanation } from './explanation-graph.js';
import { gradCam, type Planes } from './grad-cam.js';
import { saliencyMap, type SaliencyMap } from './saliency-map.js';

/** Where in an image the network found what speaks for a class. */
export interface Explanation {
  /** The class explained. */
  readonly expression: string;
  /** What the network gives for it before the soft-max. */
  readonly logit: number;
  /**
   * Grad-CAM of the class over the last feature map before global pooling. `raw` is in units of the logit: its sum is
   * what the places that speak for the class add to it, to first order. `values` are its parts of its maximum; all 0
   * where nothing speaks for the class.
   */
  readonly gradCam: SaliencyMap;
  /**
   * CBAM's spatial attention, where the network has CBAM: by how much it lets the features of each place pass, whichever
   * the class. `raw` is in (0, 1); `values` is stretched from its least (0) to its most (1), as it often varies little.
   */
  readonly spatialAttention?: SaliencyMap;
}

/** What the network computed for an image: `compileExplanation`'s outputs. */
export interface Inside {
  /** One a class, before the soft-max. */
  readonly logits: Float32Array;
  readonly activation: Planes;
  /** For each class, that of its logit by every element of `activation`. */
  readonly gradients: readonly Float32Array[];
  /** One for each position of `activation`. */
  readonly attention?: Float32Array;
}

/** A network compiled to explain its answers; see `createExplainer`. */
export interface Explainer {
  readonly classNames: readonly string[];
  /**
   * Explains what a network sees in an image, which must already be cropped to a face. The maps have the size of the
   * network's input, over the image stretched to that square; `mapToImage` lays them over the image or its photo. Calls
   * are answered in the order they were made.
   *
   * @param expression the class to be explained; default: the one with the highest score
   * @throws where there is no such class, the image is none, or the explainer has been released
   */
  explain(image: RawImage, options?: { readonly expression?: string | undefined }): Promise<Explanation>;
  /** What the maps are made of. */
  look(image: RawImage): Promise<Inside>;
  /** Frees the network's memory once the calls made so far are answered. Later calls are refused. */
  release(): Promise<void>;
}

/**
 * Makes an explainer of trained weights, on `nodeRuntime` (`@sdnet/autograd/node`) or `webRuntime`
 * (`@sdnet/autograd/web`). Its derivatives come from the graph that the network is trained with. Any of the five networks
 * can be explained; only SDNet has an attention map. Images stay on the device and are not kept.
 */
export async function createExplainer(
  runtime: Runtime,
  weights: Weights,
  options: SessionOptions = {},
): Promise<Explainer> {
  const { classNames, preprocessing, parameters, statistics } = weights;
  const { channels, size } = preprocessing;
  const { model, shape, hasAttention } = compileExplanation(weights);
  const session = await runtime.createSession(model, options);
  const [planes, height, width] = shape;
  const elements = planes * height * width;
  const vector = (data: Float32Array): Tensor => ({ shape: [data.length], data });
  const vectors = {
    parameters: vector(parameters),
    ...(statistics.length > 0 && { statistics: vector(statistics) }),
  };

  async function run(input: Float32Array): Promise<Inside> {
    const { logits, activation, gradients, attention } = await session.run({
      images: { shape: [1, channels, size, size], data: input },
      ...vectors,
    });
    return {
      logits: logits!.data,
      activation: { channels: planes, height, width, data: activation!.data },
      gradients: classNames.map((_, index) =>
        gradients!.data.subarray(index * elements, (index + 1) * elements),
      ),
      ...(hasAttention && { attention: attention!.data }),
    };
  }

  let last: Promise<unknown> = Promise.resolve();
  let released: Promise<void> | undefined;

  async function look(image: RawImage): Promise<Inside> {
    if (released)
      throw new UserError('The explainer has been released. Make another one by createExplainer.', {
        code: 'released',
      });
    const input = preprocess(image, preprocessing);
    const seen = last.then(() => run(input));
    last = seen.catch(() => {});
    return seen;
  }

  return {
    classNames,
    look,
    async explain(image, { expression } = {}) {
      if (expression !== undefined && !classNames.includes(expression))
        throw new UserError(
          `The network knows no class ${JSON.stringify(expression)}; choose one of ${classNames.join(', ')}.`,
          { code: 'option-invalid' },
        );
      const { logits, activation, gradients, attention } = await look(image);
      requireFiniteScores(logits, classNames.length);
      const chosen =
        expression === undefined ? logits.indexOf(Math.max(...logits)) : classNames.indexOf(expression);
      const rawOf = (values: Float32Array) => ({ width, height, values });
      const cam = gradCam(activation, gradients[chosen]!);
      return {
        expression: classNames[chosen]!,
        logit: logits[chosen]!,
        gradCam: saliencyMap(rawOf(cam), size, { least: 0, most: Math.max(...cam) }),
        ...(attention && {
          spatialAttention: saliencyMap(rawOf(attention), size, {
            least: Math.min(...attention),
            most: Math.max(...attention),
          }),
        }),
      };
    },
    release() {
      released ??= last.then(() => session.release());
      return released;
    },
  };
}
