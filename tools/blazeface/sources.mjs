/** Where the networks come from, with the SHA-256 of each file, and what they become. */
export const sources = [
  {
    output: 'back.onnx',
    format: 'tfjs',
    package: '@vladmandic/human@3.3.6',
    files: {
      'package/models/blazeface.json': 'cd7bbfc078270572beb39f9e5ae67aadbd50b5e67cff37e6d4f6b3ea39312e5f',
      'package/models/blazeface.bin': 'dc9a97fdc50bc43216554bdd69aa3e7b9361a519ee7bdd996a2f69a98a6f9b72',
    },
  },
  {
    output: 'short-range.onnx',
    format: 'tflite',
    package: '@mediapipe/face_detection@0.4.1657300184',
    files: {
      'package/face_detection_short_range.tflite':
        '3bc182eb9f33925d9e58b5c8d59308a760f4adea8f282370e428c51212c26633',
    },
  },
];
