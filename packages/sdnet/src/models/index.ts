import type { Scope, Value } from '@sdnet/autograd';
import { sdnet } from './sdnet.js';

/** A network of the paper's Table 1: logits [N, classes] from a feature map of images. */
export type Model = (images: Value, scope: Scope, options: { classes: number }) => Value;

/** Every network by the name that the command line uses. */
export const models: Readonly<Record<string, Model>> = { sdnet };
