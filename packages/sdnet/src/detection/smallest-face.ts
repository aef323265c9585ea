/**
 * Least `minimumFace`, in pixels: images are enlarged for what is smaller, and nothing could be read in it. Apart from the
 * detector, which a page whose worker computes does not load.
 */
export const smallestMinimumFace = 16;
