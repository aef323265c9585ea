import { UserError } from '@sdnet/training';
import type { DecodedImage } from 'sdnet';

/**
 * Passes an image of `width × height` pixels on and refuses every other by its name; `whose` begins the message's
 * clause about the size expected, such as `FER2013's images are`.
 */
export function requireSize(whose: string, width: number, height: number) {
  return (image: DecodedImage, _file: unknown, name: string): DecodedImage => {
    if (image.width === width && image.height === height) return image;
    throw new UserError(
      `${name}: is ${image.width}×${image.height}, but ${whose} ${width}×${height}. Remove it.`,
    );
  };
}
