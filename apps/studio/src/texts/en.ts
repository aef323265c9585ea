import type { WebGpuRefusal } from '../models/web-gpu.js';

/** Every text of the page. A language is a file of this type. */
export const en = {
  language: 'English',
  title: 'SDNet Studio',
  tagline: 'Facial expressions, read on your device',
  skip: 'Skip to content',
  navigation: 'Views',
  views: {
    photo: 'Photo',
    live: 'Live',
    why: 'Why',
    teach: 'Teach it',
    compare: 'Compare',
    about: 'About',
  },
  appearance: {
    language: 'Language',
    theme: 'Theme',
    system: 'System',
    light: 'Light',
    dark: 'Dark',
  },
  engine: {
    loading: 'Loading …',
    requests: (count: number) =>
      count === 1 ? '1 request since loading' : `${count} requests since loading`,
    threads: (count: number) => (count === 1 ? '1 thread' : `${count} threads`),
  },
  expressions: {
    angry: 'angry',
    disgust: 'disgust',
    fear: 'fear',
    happy: 'happy',
    sad: 'sad',
    surprise: 'surprise',
    neutral: 'neutral',
  } as Readonly<Record<string, string>>,
  face: (number: number) => `Face ${number}`,
  faces: (count: number) => (count === 0 ? 'No face found' : count === 1 ? '1 face' : `${count} faces`),
  percent: (ratio: number) => `${Math.round(100 * ratio)} %`,
  milliseconds: (ms: number) => `${Math.round(ms)} ms`,
  scores: 'Scores',
  privacy: 'Pictures stay on this device. Nothing is sent, nothing is stored unless you ask for it.',
  photo: {
    heading: 'What does a face show?',
    introduction:
      'Drop a photo, paste one or choose a file. SDNet finds the faces and reads their expressions, right here in your browser.',
    choose: 'Choose a photo',
    drop: 'Drop a photo here, or paste one',
    samples: 'Samples',
    sampleNames: {
      portrait: 'Portrait',
      astronaut: 'Small portrait',
      crop: 'Grey crop, 48 pixels',
    },
    reading: 'Reading …',
    none: 'No face was found in this picture. Faces should be upright and at least about 20 pixels wide.',
    picture: (summary: string) => `The picture with what was found: ${summary}`,
  },
  live: {
    heading: 'Live',
    introduction:
      'Your camera or a video, read picture by picture. Each face keeps its number and colour for as long as it can be followed.',
    start: 'Start the camera',
    promise:
      'The pictures are read on this device and are not kept. Leaving this view switches the camera off.',
    starting: 'Starting …',
    stop: 'Stop',
    freeze: 'Freeze',
    resume: 'Go on',
    mirror: 'Mirror',
    snapshot: 'Snapshot',
    camera: 'Camera',
    video: 'The camera’s picture or the video',
    crop: 'The largest face as the network sees it',
    framesPerSecond: (rate: number) => `${rate.toFixed(1)} frames/s`,
    choose: 'Choose a video',
    drop: 'Drop a video or photo here',
  },
  timeLine: {
    heading: 'Time line',
    face: 'Face',
    hold: 'Pause',
    follow: 'Follow',
    zoomIn: 'Zoom in',
    zoomOut: 'Zoom out',
    scroll: 'Scroll',
    seconds: (seconds: number) => `${seconds.toFixed(1)} s`,
    chart: 'Scores of each expression over time. The buttons save them as a table or text.',
  },
  why: {
    heading: 'Why?',
    introduction:
      'Where the network looks, and what moves its scores. Yellow is where it finds most that speaks for the expression.',
    face: 'The face with the map laid over it. Draw on it to cover a part.',
    map: 'Map',
    maps: { gradCam: 'Grad-CAM', spatialAttention: 'Attention (CBAM)', none: 'None' },
    explained: {
      gradCam: (expression: string) => `Grad-CAM: what speaks for “${expression}”.`,
      spatialAttention: () =>
        'CBAM’s spatial attention: which places count for the network, whatever the expression.',
      none: () => 'The face as it is read, in colour.',
    },
    expression: 'Expression to explain',
    whatIf: 'What if …',
    brightness: 'Brightness',
    blur: 'Blur',
    rotation: 'Rotation',
    pixels: (pixels: number) => `${pixels} px`,
    degrees: (degrees: number) => `${degrees}°`,
    noFilters: 'This browser’s canvases cannot change brightness and sharpness.',
    draw: 'Draw over the face to cover a part of it, or:',
    coverEyes: 'Cover the eyes',
    coverMouth: 'Cover the mouth',
    reset: 'As it was',
  },
  compare: {
    heading: 'Compare',
    introduction:
      'Two models, the same picture or camera. The time is that of finding and reading all faces.',
    sides: ['Left', 'Right'] as readonly [string, string],
    model: 'Model',
    models: {
      shipped: 'SDNet (shipped)',
      'sdnet-48': 'SDNet, 48×48 pixels',
      'sdnet-paper': 'SDNet, recipe of the paper',
      'sdnet-table': 'SDNet, 30 epochs',
      'shufflenet-table': 'ShuffleNetV2, 30 epochs',
      'ghostnet-table': 'GhostNet, 30 epochs',
    } as Readonly<Record<string, string>>,
    device: 'Device',
    picture: 'The picture both models look at',
    choose: 'Choose a photo or weights',
    drop: 'Drop a photo or a .safetensors file here',
    testing: 'WebGPU is compared with WebAssembly on fifty faces …',
    agrees: 'WebGPU gives the same scores as WebAssembly on fifty faces.',
    refused: (refusal: WebGpuRefusal) =>
      refusal.reason === 'none'
        ? 'WebGPU is not offered: this browser has no adapter for it.'
        : refusal.reason === 'software'
          ? 'WebGPU is not offered: this browser has no graphics card for it and would compute it on the processor, far slower than WebAssembly.'
          : refusal.reason === 'failed'
            ? `WebGPU is not offered: ${refusal.message}`
            : `WebGPU is not offered: its scores differ from WebAssembly’s by up to ${refusal.difference.toPrecision(2)} on fifty faces; 0.001 is allowed.`,
  },
  about: {
    heading: 'About this page',
    introduction:
      'SDNet finds faces and reads which of seven expressions each shows. Everything is computed in your browser.',
    privacy: {
      heading: 'What it keeps to itself',
      policy: 'The page’s own policy forbids the browser to connect to any other server.',
      requests: (own: number, elsewhere: number) =>
        `Requests since all was loaded: ${own}; to other servers: ${elsewhere}.`,
      offline: {
        preparing: 'Its files are being kept for use without a network …',
        ready: 'It works without a network: its own files are kept on this device.',
        unavailable: 'This browser does not keep its files, so it needs a network when it is opened.',
      },
      stored: (bytes: number | undefined) =>
        bytes === undefined
          ? 'No picture is stored unless you ask for it.'
          : `Stored on this device: ${(bytes / 1e6).toFixed(1)} MB, its own files included. No picture is stored unless you ask for it.`,
      remember: (what: string) => `Remember on this device: ${what}`,
    },
    deletion: {
      button: 'Delete everything stored',
      question: 'Delete everything?',
      consequence:
        'All that this page has stored on this device goes: settings, models, recordings, and its own files. This cannot be undone.',
      confirm: 'Delete',
      cancel: 'Cancel',
      done: 'All is deleted. The page works on until you close it, and needs a network the next time.',
    },
    computing: {
      heading: 'What computes',
      isolation: {
        headers:
          'the server’s headers isolate the page, so it uses half the processor’s cores, four at most.',
        worker: 'its service worker isolates the page, so it uses half the processor’s cores, four at most.',
        none: 'the page is not isolated (no headers, no service worker), so it may use one only.',
      },
      network: 'SDNet: 2.17 million parameters, 68×68 grey pixels a face. Faces are found by BlazeFace.',
      weights: (digest: string) => `Weights: sdnet-fer2013, SHA-256 ${digest}…`,
    },
    licenses: 'Licences of all that is in this page',
    parts: {
      limits: 'What it must not be used for',
      accuracy: 'How accurate it is',
      training: 'How it was trained',
      calibration: 'How far its scores can be trusted',
      licenses: 'Licences',
    },
    englishOnly: '',
  },
  teach: {
    heading: 'Teach it',
    introduction:
      'Show the network what you mean: your own face, your light, expressions of your own. It learns in this browser. The faces you record or add are kept on this device until you delete them, and are never sent.',
    stepFaces: '1. Show it faces',
    stepFacesHint:
      'Record each expression at least twice, moving a little. Whole takes are held out to test what was learned, so that it is not tested on pictures it knows.',
    camera: 'The camera’s picture',
    cameraOff: 'The camera starts when you record.',
    closeCamera: 'Switch the camera off',
    takeLength: 'Length of a take',
    seconds: (seconds: number) => `${seconds} s`,
    chooseFolder: 'Choose a folder',
    dropFolder:
      'Or drop one here: a folder of class folders (happy/…, yawning/…), with train/ and validation/ above them if you like. Single pictures are dropped on their class.',
    areFaces: 'The pictures are faces that were cut out already',
    progressOfAdding: 'How many pictures were added',
    adding: (done: number, total: number) => `Adding picture ${done + 1} of ${total} …`,
    added: (added: number, total: number) => `${added} of ${total} pictures were added.`,
    andMore: (count: number) => `and ${count} more`,
    className: (name: string) => `Name of the class ${name}`,
    faces: (faces: number, takes: number) =>
      faces === 0
        ? 'no faces yet'
        : `${faces} ${faces === 1 ? 'face' : 'faces'} in ${takes} ${takes === 1 ? 'take' : 'takes'}`,
    record: 'Record',
    recordOf: (name: string) => `Record ${name}`,
    recording: (done: number) => `Recording ${Math.round(100 * done)} % – stop`,
    add: 'Add pictures',
    addTo: (name: string) => `Add pictures to ${name}`,
    undo: 'Remove last take',
    undoOf: (name: string) => `Remove last take of ${name}`,
    remove: 'Remove',
    removeOf: (name: string) => `Remove the class ${name}`,
    removeSure: (name: string, faces: number) => `Remove ${name} and delete its ${faces} faces for good?`,
    newClass: 'Another class',
    newClassExample: 'for instance yawning',
    addClass: 'Add class',
    stepLesson: '2. Teach',
    stepLessonHint:
      'The same code as the sdnet command, with the recipe fine-tune. The page can be used meanwhile.',
    start: 'Begin with',
    shipped: 'SDNet as shipped',
    recipe: 'Recipe',
    trainable: 'What is trained',
    trainAll: 'Everything',
    trainClassifier: 'Head only (faster)',
    epochs: 'Epochs',
    batch: 'Images a step',
    learningRate: 'Learning rate',
    frozen: 'Keep the statistics of batch norm as they are',
    wholeRecipe: 'The whole recipe',
    wholeRecipeHint:
      'As the sdnet command reads it from a file. Everything can be changed; what is no recipe is refused.',
    usualRecipe: 'Usual recipe',
    noJson: 'This is no JSON. Look for a missing comma, quotation mark or bracket.',
    teach: 'Teach',
    begun: 'The lesson has begun.',
    preparing: 'Testing what the network knows already, and preparing …',
    progress: 'How far the lesson is',
    stop: 'Stop',
    stopping: 'Stopping after this step …',
    stepOf: (epoch: number, epochs: number, rate: number, seconds: number) =>
      `Epoch ${epoch} of ${epochs} · ${rate.toFixed(1)} images/s · about ${Math.ceil(seconds)} s left`,
    epochDone: (epoch: number, epochs: number, accuracy: string) =>
      `Epoch ${epoch} of ${epochs}: held-out accuracy ${accuracy}`,
    stoppedEarly: 'The lesson was stopped before an epoch was finished. Nothing was learned.',
    endedEarly: (epochs: number) => `It was stopped after ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}.`,
    curves: (epoch: number, accuracy: string) =>
      `Loss and accuracy by epoch. After epoch ${epoch} the held-out accuracy is ${accuracy}.`,
    heldOut: 'Accuracy on held-out faces',
    learned: 'Accuracy on faces it learns from',
    loss: 'Loss',
    result: (before: string, after: string) => `Held-out accuracy: ${before} before, ${after} now.`,
    resultHint: (train: number, heldOut: number) =>
      `Learned from ${train} faces, tested on ${heldOut} of other takes. The epoch that did best on these is the one that counts, so expect a little less of new faces.`,
    before: 'Before',
    after: 'Now',
    accuracy: (accuracy: string, count: number) => `${accuracy} of ${count} held-out faces`,
    confusion: 'Rows: what the faces show. Columns: what was recognised.',
    nameOfModel: 'Name of the model',
    model: 'My model',
    keep: 'Keep in this browser',
    isKept: 'Kept',
    saveFile: (kind: string) => `Save as ${kind}`,
    models: 'Models in this browser',
    noModels: 'None is kept yet.',
    use: 'Use',
    useOf: (name: string) => `Use ${name} for photos and videos`,
    useHint: 'or one of these reads photos and videos in the other views:',
    modelName: (name: string) => `Name of the model ${name}`,
    heldOutAccuracy: (accuracy: string) => `${accuracy} held-out accuracy`,
    megabytes: (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`,
    saveOf: (name: string, kind: string) => `Save ${name} as ${kind}`,
    delete: 'Delete',
    deleteOf: (name: string) => `Delete the model ${name}`,
    deleteSure: (name: string) => `Delete the model ${name} for good?`,
    importModel: 'Import a model',
    importHint:
      'Safetensors as saved here or by the sdnet command. An ONNX file runs in other programs, but it has lost what learning and explaining need, so it is not imported.',
    storage: 'On this device',
    stored: (faces: number, models: number) =>
      `${faces} ${faces === 1 ? 'face' : 'faces'} and ${models} ${models === 1 ? 'model' : 'models'} are kept.`,
    storageSize: (used: number, allowed: number) =>
      `This page takes ${(used / 1e6).toFixed(1)} MB of the ${allowed >= 1e9 ? `${(allowed / 1e9).toFixed(1)} GB` : `${(allowed / 1e6).toFixed(1)} MB`} that the browser allows, its own files included.`,
    exportImages: 'Save the faces (zip)',
    exportHint:
      'Unpacked, sdnet evaluate --dataset folder --data FOLDER --weights MODEL.safetensors gives the accuracy shown here.',
    deleteImages: 'Delete all faces',
    deleteImagesSure: (faces: number) => `Delete all ${faces} faces for good?`,
    aboutClass: {
      'lesson-empty': (name: string) =>
        `${name} has no faces, so it cannot be learned. Record some, add pictures, or remove the class.`,
      'lesson-take': (name: string) =>
        `${name} was recorded only once. One take to learn from and another to test on are needed: record it again.`,
      'lesson-unseen': (name: string) =>
        `All faces of ${name} are for testing, so there is none to learn from. Add some in a folder train.`,
    },
  },
  errors: {
    'lesson-classes': 'At least two classes are needed: something to tell apart.',
    'lesson-few':
      'There are fewer faces to learn from than images in one step. Add faces, or choose fewer images a step in the recipe.',
    'class-taken': 'Another class has this name already.',
    'take-without-face':
      'No face was seen in this take, so nothing was recorded. Look into the camera, with light on your face.',
    'face-none': 'no face was found. If the pictures are faces already, say so and add them again.',
    'files-unlabelled':
      'Some of these files lie in no class folder, so nothing was added. Drop single pictures on their class.',
    'storage-full':
      'The browser’s storage for this page is full, so this was not kept. Save what you need as files, delete faces or models, and try again.',
    'storage-unavailable':
      'This browser keeps nothing for this page, perhaps because it is a private window. Open the page in an ordinary one.',
    'weights-onnx':
      'This is an ONNX file. It has lost what learning and explaining need; import the model’s safetensors file.',
    'camera-refused':
      'The camera was not allowed. Allow it for this page in the browser’s address bar, then start again. Photos and videos work without.',
    'camera-none': 'No camera was found. Connect one and start again, or choose a video.',
    'camera-busy':
      'The camera could not be started; another program may be using it. Close that and start again.',
    'camera-insecure': 'Browsers offer cameras only to pages served over https or from localhost.',
    'camera-unplugged': 'The camera has gone: it was unplugged or switched off. Connect it and start again.',
    'video-unreadable':
      'This video cannot be read: it is damaged, cut off or of a kind this browser does not know. MP4 (H.264) and WebM work nearly everywhere.',
    'video-without-pictures': 'This file has no pictures, only sound perhaps. Choose another one.',
    'image-unreadable':
      'This file cannot be read as a picture: it is damaged, cut off or of another kind. Choose a JPEG, PNG, WebP, AVIF or GIF file.',
    'image-empty': 'This file is empty. Choose another one.',
    'image-too-large':
      'This picture is too large: 64 megapixels and 256 MB are the limit. Make it smaller first.',
    'image-not-ready': 'There is no picture yet. Try again in a moment.',
    'image-tainted': 'The browser keeps the pixels of this picture to itself. Save it and choose the file.',
    'device-unavailable': 'This browser does not offer what was chosen to compute with.',
    'weights-invalid':
      'The networks could not be loaded. Check the connection for the first visit, and load the page again.',
    'weights-too-large': 'This file is too large for weights of these networks: 256 MB are the limit.',
    'weights-unknown':
      'This file has no weights of these networks. Choose a .safetensors file that the sdnet command or this page has written.',
    'worker-failed':
      'The part of the page that recognises has ended, perhaps for want of memory. Load the page again.',
    unexpected: (message: string) => `Something went wrong: ${message}`,
  },
};

export type Texts = typeof en;
