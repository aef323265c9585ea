import { getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads';

/**
 * onnxruntime-node reports to its maker from 1.29 on, unless this variable is set in the process's own environment
 * when the first session is made (docs/decisions/0005).
 */
const variable = 'ORT_DISABLE_TELEMETRY';

/** Worker threads started from now on find here that the process's environment is set. */
const settled = 'sdnet: telemetry of onnxruntime-node is off';

/**
 * Sets the variable. True where onnxruntime-node was loaded before without it. Worker threads have the main thread run
 * this as text: it may refer to nothing outside itself.
 */
function setVariable(name: string): boolean {
  const { cache } = process.getBuiltinModule('node:module').createRequire(process.execPath);
  const late =
    process.env[name] !== '1' &&
    Object.keys(cache).some((file) => /[\\/]onnxruntime_binding\.node$/.test(file));
  process.env[name] = '1';
  return late;
}

/**
 * Switches telemetry of onnxruntime-node off for the whole process, whatever thread this is. To be awaited before a
 * session is made. Warns where sessions may have been made before, and throws where it cannot be switched off.
 */
export async function switchTelemetryOff(): Promise<void> {
  if (!isMainThread && getEnvironmentData(settled)) return;
  const late = isMainThread ? setVariable(variable) : await inMainThread(`(${setVariable})('${variable}')`);
  setEnvironmentData(settled, true);
  if (late)
    process.emitWarning(
      'onnxruntime-node was loaded before @sdnet/autograd, with its telemetry on. If a session has been made with it, ' +
        `it reports to Microsoft until this process ends. Import @sdnet/autograd/node first, or start with ${variable}=1.`,
    );
}

/**
 * What `expression` gives in the main thread: a worker's `process.env` is a copy that native code does not see. The
 * main thread answers also while it computes in JavaScript or waits for a lock, but not inside native code.
 */
async function inMainThread(expression: string): Promise<unknown> {
  // Nothing else keeps a worker alive that waits for an inspector.
  const awake = setInterval(() => {}, 1 << 30);
  try {
    const { Session } = await import('node:inspector/promises');
    const session = new Session();
    session.connectToMainThread();
    const { result, exceptionDetails } = await session.post('Runtime.evaluate', { expression });
    session.disconnect();
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  } catch (cause) {
    throw new Error(
      'The telemetry of onnxruntime-node cannot be switched off from this worker thread. Import @sdnet/autograd/node in ' +
        'the main thread before the worker is started.',
      { cause },
    );
  } finally {
    clearInterval(awake);
  }
}
