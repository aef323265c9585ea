/** Larger files are no weights of these networks: the largest, Xception's, have 84 MB. */
const mostBytes = 256 * 2 ** 20;

const refusal = (code: string, name: string): Error => Object.assign(new Error(`${name}: ${code}`), { code });

/**
 * The content of a file that is to be weights. What is in it is judged by who reads it.
 *
 * @throws Error with a `code`: `weights-onnx`, `weights-too-large`
 */
export async function readWeightsFile(file: File): Promise<Uint8Array<ArrayBuffer>> {
  if (/\.onnx$/i.test(file.name)) throw refusal('weights-onnx', file.name);
  if (file.size > mostBytes) throw refusal('weights-too-large', file.name);
  return new Uint8Array(await file.arrayBuffer());
}
