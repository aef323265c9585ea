import { useLayoutEffect, useRef } from 'preact/hooks';
import { drawFaces, type NumberedFace } from '../drawing/draw-faces.js';

interface FaceOverlayProps {
  readonly faces: readonly NumberedFace[];
  /** Of the picture below, in its pixels. */
  readonly picture: { readonly width: number; readonly height: number };
  readonly mirrored?: boolean;
}

/** A canvas over a picture that fills the same place, with what was found in it. */
export function FaceOverlay({ faces, picture, mirrored = false }: FaceOverlayProps) {
  const ref = useRef<HTMLCanvasElement>(null);
  /** Draws what is to be seen now. */
  const draw = useRef(() => {});
  draw.current = () => {
    const canvas = ref.current!;
    const { clientWidth: width, clientHeight: height } = canvas;
    const [columns, rows] = [Math.round(width * devicePixelRatio), Math.round(height * devicePixelRatio)];
    if (canvas.width !== columns) canvas.width = columns;
    if (canvas.height !== rows) canvas.height = rows;
    const context = canvas.getContext('2d')!;
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, width, height);
    drawFaces(context, faces, { scale: width / picture.width, width, height, mirrored });
  };
  useLayoutEffect(() => draw.current());
  useLayoutEffect(() => {
    const observer = new ResizeObserver(() => draw.current());
    observer.observe(ref.current!);
    return () => observer.disconnect();
  }, []);
  return <canvas class="overlay" ref={ref} aria-hidden="true" />;
}
