/**
 * Frame `step` of scene `index`: 640×480 grey pixels, the window's corner moving by some pixels a frame. Runs in pages, too.
 *
 * @param planes all scenes' grey pixels, one after the other
 */
export function cutFrame({ width, height }, planes, index, step) {
  const left = Math.round(32 + 30 * Math.sin(step / 5));
  const top = Math.round(32 + 25 * Math.sin(step / 7));
  const grey = new Uint8Array(640 * 480);
  for (let row = 0; row < 480; row++) {
    const from = (index * height + top + row) * width + left;
    grey.set(planes.subarray(from, from + 640), row * 640);
  }
  return { grey, left, top };
}
