/** What requests and answers look like: these schemas validate them, and are the OpenAPI document. */
import { smallestMinimumFace } from 'sdnet';
import { type Static, Type } from 'typebox';

const closed = { additionalProperties: false } as const;

const minimumFace = Type.Optional(
  Type.Number({
    minimum: smallestMinimumFace,
    maximum: 10_000,
    description:
      'Side in pixels of the smallest faces to look for. Default: 24, and in large images a ninety-sixth of the long side.',
  }),
);
const cropped = Type.Optional(
  Type.Boolean({ description: 'Each image is already cropped to one face: look for none.' }),
);

export const RecognizeQuery = Type.Object(
  {
    cropped,
    minimumFace,
    maximumFaces: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 10_000,
        description: 'Most faces of an image; of more, the largest. Default: all.',
      }),
    ),
    views: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 2,
        description: 'Views of a face that are read: 2 adds its mirror image. Default: 1.',
      }),
    ),
  },
  closed,
);

export const ExplainQuery = Type.Object(
  {
    cropped,
    minimumFace,
    face: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 10_000,
        description: 'Number of the face among those found, the most certain first, from 0. Default: 0.',
      }),
    ),
    expression: Type.Optional(
      Type.String({
        maxLength: 200,
        description: 'The class to explain. Default: the one with the highest score.',
      }),
    ),
  },
  closed,
);

const Point = Type.Object({ x: Type.Number(), y: Type.Number() });

export const FaceSchema = Type.Object(
  {
    box: Type.Object(
      { x: Type.Number(), y: Type.Number(), width: Type.Number(), height: Type.Number() },
      { description: 'In pixels of the image; it may reach beyond its border.' },
    ),
    keypoints: Type.Optional(
      Type.Object(
        {
          rightEye: Point,
          leftEye: Point,
          nose: Point,
          mouth: Point,
          rightEar: Point,
          leftEar: Point,
        },
        { description: "Right and left are the subject's. Absent where the image was given as a face." },
      ),
    ),
    angle: Type.Number({ description: 'How far the line of the eyes is turned clockwise, in degrees.' }),
    expression: Type.String({ description: 'The class with the highest score.' }),
    confidence: Type.Number({ description: 'Its score, 0 … 1.' }),
    scores: Type.Record(Type.String(), Type.Number(), {
      description: 'Every class and its score; they sum to 1.',
    }),
    faceConfidence: Type.Number({ description: 'How sure the detector is that this is a face, 0 … 1.' }),
    quality: Type.Optional(
      Type.Object(
        {
          size: Type.Number(),
          sharpness: Type.Number(),
          exposure: Type.Object({ mean: Type.Number(), dark: Type.Number(), bright: Type.Number() }),
          yaw: Type.Number(),
        },
        { description: 'How well the face can be seen. Absent where the image was given as a face.' },
      ),
    ),
  },
  { title: 'Face' },
);

export const ProblemSchema = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String({ description: 'What is wrong, and what to do.' }),
    code: Type.String({ description: 'For programs to decide by.' }),
  },
  { title: 'Problem', description: 'RFC 9457.' },
);

const ImageResult = Type.Object(
  {
    name: Type.Optional(Type.String({ description: 'The file name in a multipart request.' })),
    width: Type.Optional(Type.Integer()),
    height: Type.Optional(Type.Integer()),
    faces: Type.Optional(
      Type.Array(FaceSchema, { description: 'The most certain first; none is an empty list.' }),
    ),
    error: Type.Optional(
      Type.Object(
        { code: Type.String(), detail: Type.String() },
        { description: 'Instead of the others: why this image of several could not be read.' },
      ),
    ),
  },
  { title: 'Image' },
);

export const RecognizeAnswer = Type.Object({
  images: Type.Array(ImageResult, { description: 'In the order in which they were sent.' }),
});
export type RecognizeAnswer = Static<typeof RecognizeAnswer>;

const MapSchema = Type.Object(
  {
    width: Type.Integer(),
    height: Type.Integer(),
    values: Type.Array(Type.Number(), { description: '0 … 1, rows from the top.' }),
  },
  { title: 'Map' },
);

export const ExplainAnswer = Type.Object({
  width: Type.Integer(),
  height: Type.Integer(),
  face: FaceSchema,
  expression: Type.String({ description: 'The class that is explained.' }),
  logit: Type.Number({ description: 'Its value before the soft-max.' }),
  gradCam: MapSchema,
  spatialAttention: Type.Optional(MapSchema),
  toImage: Type.Array(Type.Number(), {
    description:
      "Six numbers a … f: from the maps' pixels to the image's, (x, y) ↦ (a x + b y + c, d x + e y + f).",
  }),
});

export type ExplainAnswer = Static<typeof ExplainAnswer>;

export const ModelsAnswer = Type.Object({
  models: Type.Array(
    Type.Object(
      {
        model: Type.String({ description: 'The network, such as sdnet.' }),
        classes: Type.Array(Type.String(), { description: 'In the order of its scores.' }),
        input: Type.Object({ width: Type.Integer(), height: Type.Integer(), channels: Type.Integer() }),
        sha256: Type.String({ description: 'Of the file of weights.' }),
        detector: Type.String(),
        provenance: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()]), {
          description: 'What the weights say of where they come from.',
        }),
      },
      { title: 'Model' },
    ),
  ),
});
export type ModelsAnswer = Static<typeof ModelsAnswer>;

export const StatusAnswer = Type.Object({ status: Type.String() });

/** The body of a JSON request. */
export const imagesBody = (most: number) =>
  Type.Object(
    {
      images: Type.Array(Type.String({ minLength: 1, contentEncoding: 'base64' }), {
        minItems: 1,
        maxItems: most,
        description: 'Image files in base64; a data: URL is one too.',
      }),
    },
    closed,
  );

/** A file of a multipart request, as it is handed on. Its content is no JSON. */
const file = Type.Unsafe<{ readonly name: string; readonly bytes: Uint8Array }>({
  contentMediaType: 'application/octet-stream',
});

/** The body of a multipart request: every part that is a file, whatever it is called. */
export const filesBody = (most: number) =>
  Type.Object({ image: Type.Array(file, { minItems: 1, maxItems: most }) }, closed);

/** An image file's bytes. */
export const bytesBody = Type.Unsafe<Uint8Array>({ contentMediaType: 'application/octet-stream' });
