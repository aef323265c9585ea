import { closeCamera, openCamera } from './camera.js';

/** What a live view shows: a camera or a clip. */
export interface LiveSource {
  readonly kind: 'camera' | 'clip';
  /** The camera's, to choose it again. */
  readonly deviceId?: string;
  /** Lets an element show it, and waits for its first picture. */
  attach(video: HTMLVideoElement): Promise<void>;
  /** Calls when it ends by itself. */
  onEnd(listener: () => void): void;
  /** Switches the camera off, or frees the clip. */
  close(): void;
}

/** @throws as `openCamera` */
export async function cameraSource(deviceId: string | undefined): Promise<LiveSource> {
  const stream = await openCamera(deviceId);
  const [track] = stream.getVideoTracks();
  const chosen = track?.getSettings().deviceId;
  return {
    kind: 'camera',
    ...(chosen !== undefined && { deviceId: chosen }),
    async attach(video) {
      video.srcObject = stream;
      await video.play();
    },
    onEnd: (listener) => track?.addEventListener('ended', listener),
    close: () => closeCamera(stream),
  };
}

const clipError = (code: string) => Object.assign(new Error('The clip cannot be shown.'), { code });

/** A video file. Its `attach` throws errors with the code `video-unreadable` or `video-without-pictures`. */
export function clipSource(file: File): LiveSource {
  const address = URL.createObjectURL(file);
  return {
    kind: 'clip',
    async attach(video) {
      video.srcObject = null;
      video.src = address;
      await new Promise<void>((resolve, reject) => {
        video.onloadeddata = () => resolve();
        // A clip with nothing but sound comes so far, and no further.
        video.onloadedmetadata = () => {
          if (video.videoWidth === 0) reject(clipError('video-without-pictures'));
        };
        video.onerror = () => reject(clipError(file.size === 0 ? 'image-empty' : 'video-unreadable'));
      });
      await video.play();
    },
    onEnd: () => {},
    close: () => URL.revokeObjectURL(address),
  };
}
