/** What is built a second time, with ONNX Runtime's WebGPU (build.mjs). */
export { createRecognizer, createTracker } from 'sdnet';
