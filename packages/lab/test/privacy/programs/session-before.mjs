// The program itself has made a session with onnxruntime-node, from the ONNX file it is given, before it loads ours.
import { InferenceSession } from 'onnxruntime-node';

await InferenceSession.create(process.argv[2]);
await (await import('@sdnet/autograd/node')).nodeRuntime.version();
