import { useLayoutEffect, useRef } from 'preact/hooks';
import type { RawImage } from 'sdnet';
import { rgbaOf } from '../drawing/rgba.js';

/** A small picture, pixel by pixel, as large as its place. */
export function CropPicture({ crop, label }: { readonly crop: RawImage; readonly label: string }) {
  const ref = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    ref.current!.getContext('2d')!.putImageData(rgbaOf(crop), 0, 0);
  }, [crop]);
  return (
    <canvas class="crop" ref={ref} width={crop.width} height={crop.height} role="img" aria-label={label} />
  );
}
