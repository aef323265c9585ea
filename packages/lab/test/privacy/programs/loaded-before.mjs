// onnxruntime-node is loaded by the program itself, but no session made, before the same.
import 'onnxruntime-node';

await import('./recognise-and-train.mjs');
