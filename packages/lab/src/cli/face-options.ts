/** What is looked for in photos and how it is read, of every command that reads faces. */
export const faceOptions = {
  cropped: {
    type: 'boolean',
    default: false,
    description: 'The images are already cropped to one face each: look for none',
  },
  'minimum-face': {
    type: 'number',
    requiresArg: true,
    description:
      'Smallest faces to look for, in pixels; smaller ones may be found too (default: 24, in large images more; in clips a sixteenth of a frame)',
  },
  'maximum-faces': {
    type: 'number',
    requiresArg: true,
    description: 'Most faces of an image; of more, the largest (default: all)',
  },
  views: {
    choices: [1, 2] as const,
    description: 'Views of a face that are read: 2 adds its mirror image, at twice the time (default: 1)',
  },
} as const;
