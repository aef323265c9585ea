import type { RawImage } from 'sdnet';

export interface PlacedFace {
  readonly crop: number;
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly angle: number;
  readonly head: boolean;
}

export interface Scene {
  readonly seed: number;
  readonly width: number;
  readonly height: number;
  readonly background: string;
  readonly faces: readonly PlacedFace[];
}

export function planScene(options: {
  readonly seed: number;
  readonly crops: number;
  readonly width?: number;
  readonly height?: number;
  readonly sizes: readonly number[];
  readonly angles?: readonly number[];
  readonly jitter?: number;
  readonly faces?: number;
  readonly heads?: number;
}): Scene;

export function paintScene(
  scene: Scene,
  cropOf: (crop: number) => Uint8Array,
  cropSide?: number,
): RawImage & { readonly channels: 3 };
