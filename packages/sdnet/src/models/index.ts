import { ghostnet } from './ghostnet.js';
import { mobilenetV3Small } from './mobilenet-v3-small.js';
import { printable } from '@sdnet/autograd';
import type { Model } from './model.js';
import { sdnet } from './sdnet.js';
import { shufflenetV2 } from './shufflenet-v2.js';
import { xception } from './xception.js';

export {
  largestClasses,
  type Model,
  type ModelOptions,
  requireModelOptions,
  type StemStride,
  type Variant,
  variants,
} from './model.js';
export { ghostnet, mobilenetV3Small, sdnet, shufflenetV2, xception };

/** A network that has no variants. */
const only =
  (name: string, model: Model): Model =>
  (images, scope, options) => {
    if (options.variant !== undefined)
      throw new Error(
        `${name} has no variant ${printable(String(options.variant))}: variants are for sdnet. Leave it out.`,
      );
    return model(images, scope, options);
  };

/** Every network by the name that the command line uses. */
export const models: Readonly<Record<string, Model>> = {
  sdnet,
  'mobilenet-v3-small': only('mobilenet-v3-small', mobilenetV3Small),
  'shufflenet-v2': only('shufflenet-v2', shufflenetV2),
  ghostnet: only('ghostnet', ghostnet),
  xception: only('xception', xception),
};

/** The network called `name`. Throws where there is none; the message lists them. */
export function modelNamed(name: string): Model {
  const model = Object.hasOwn(models, name) ? models[name] : undefined;
  if (!model)
    throw new Error(
      `there is no model ${printable(String(name))}; choose one of ${Object.keys(models).join(', ')}.`,
    );
  return model;
}
