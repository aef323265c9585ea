import { type OnnxRuntime, openSession, type OrtSessionOptions } from './open-session.js';
import type { Session } from './runtime.js';

/** The device of all builds of ONNX Runtime. */
export const cpu = 'cpu';

/** An error whose message is all that a person needs; its `code` is `device-unavailable`. */
export const deviceError = (message: string, cause?: unknown): Error =>
  Object.assign(new Error(message, { cause }), { name: 'DeviceError', code: 'device-unavailable' });

/**
 * Opens a session on a device alone: what fails is not tried on another.
 *
 * @param help what to do where it cannot be used
 * @throws Error with the name `DeviceError` where the device cannot be used
 */
export async function openSessionOn(
  device: string,
  ort: OnnxRuntime,
  model: Uint8Array,
  options: OrtSessionOptions,
  help: string,
): Promise<Session> {
  try {
    return await openSession(ort, model, { ...options, executionProviders: [device] });
  } catch (cause) {
    const said = (cause as Error).message.replace(/^no available backend found\. ERR: \[\w+\] /, '');
    // ONNX Runtime begins with where in its sources it failed.
    const reason = said
      .trim()
      .split('\n')[0]!
      .replace(/^\S*\.(cc|h):\d+ .*? was false\. /, '');
    throw deviceError(
      `The device ${device} cannot be used here: ${reason.replace(/\.$/, '')}. ${help}`,
      cause,
    );
  }
}
