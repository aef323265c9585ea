/** An error with a code that the page has a text for. */
const cameraError = (code: string, cause: unknown): Error =>
  Object.assign(new Error(String(cause), { cause }), { code });

const codes: Readonly<Record<string, string>> = {
  NotAllowedError: 'camera-refused',
  SecurityError: 'camera-refused',
  NotFoundError: 'camera-none',
  OverconstrainedError: 'camera-none',
  NotReadableError: 'camera-busy',
  AbortError: 'camera-busy',
};

/**
 * Opens a camera: the one named, or the browser's choice.
 *
 * @throws Error with a `code`: `camera-refused`, `camera-none`, `camera-busy`, or `camera-insecure` where the page is served
 * without encryption from another machine
 */
export async function openCamera(deviceId: string | undefined): Promise<MediaStream> {
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (!devices) throw cameraError('camera-insecure', 'no media devices');
  try {
    return await devices.getUserMedia({
      audio: false,
      video: {
        // Enough for faces across a room; more pixels would only take time.
        width: { ideal: 640 },
        height: { ideal: 480 },
        ...(deviceId !== undefined && { deviceId: { exact: deviceId } }),
      },
    });
  } catch (error) {
    throw cameraError(codes[(error as Error).name] ?? 'camera-busy', error);
  }
}

/** Switches the camera off, and its light. */
export const closeCamera = (stream: MediaStream): void => stream.getTracks().forEach((track) => track.stop());

/** The cameras there are; their names are known once one was allowed. */
export const listCameras = async (): Promise<MediaDeviceInfo[]> =>
  (await navigator.mediaDevices.enumerateDevices()).filter(
    ({ kind, deviceId }) => kind === 'videoinput' && deviceId !== '',
  );
