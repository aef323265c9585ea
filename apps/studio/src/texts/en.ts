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
  },
  appearance: {
    language: 'Language',
    theme: 'Theme',
    system: 'System',
    light: 'Light',
    dark: 'Dark',
  },
  engine: {
    loading: 'Loading the networks …',
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
  privacy: 'Pictures stay on this device. Nothing is sent, nothing is stored.',
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
  errors: {
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
    'worker-failed':
      'The part of the page that recognises has ended, perhaps for want of memory. Load the page again.',
    unexpected: (message: string) => `Something went wrong: ${message}`,
  },
};

export type Texts = typeof en;
