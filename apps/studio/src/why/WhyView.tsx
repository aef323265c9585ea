import { useSignal } from '@preact/signals';
import { useCallback, useEffect, useMemo, useRef } from 'preact/hooks';
import { type Face, type FaceExplanation, imageToSquare, mapToImage, overlay, type Point } from 'sdnet';
import { Choice } from '../components/Choice.js';
import { FileDrop } from '../components/FileDrop.js';
import { SamplePictures } from '../components/SamplePictures.js';
import { ScoreBars } from '../components/ScoreBars.js';
import { Slider } from '../components/Slider.js';
import { faceColour } from '../drawing/colours.js';
import { rgbaOf } from '../drawing/rgba.js';
import { isVideo, openFile } from '../files/handed-over.js';
import { chosenPicture, samplePicture } from '../photo/chosen-picture.js';
import { chosenCropRecognizer, chosenRecognizer } from '../recognition/chosen-recognizer.js';
import { newestOnly } from '../recognition/newest-only.js';
import { errorText, expressionName, texts } from '../texts/texts.js';
import { type Changes, drawFace, faceSide, hasFilters, squareOf, unchanged } from './face-canvas.js';

type MapName = 'gradCam' | 'spatialAttention' | 'none';

/** A picture and the faces found in it. */
interface Subject {
  readonly picture: ImageBitmap;
  readonly faces: readonly Face[];
}

/** The corners of a mouth, on a line as the eyes' is. */
function besideMouth({ mouth, rightEye, leftEye }: NonNullable<Face['keypoints']>): Point[] {
  const [dx, dy] = [0.4 * (leftEye.x - rightEye.x), 0.4 * (leftEye.y - rightEye.y)];
  return [
    { x: mouth.x - dx, y: mouth.y - dy },
    { x: mouth.x + dx, y: mouth.y + dy },
  ];
}

/** Where in a face the network finds what speaks for an expression, and what moves its scores. */
export function WhyView() {
  const shown = useRef<HTMLCanvasElement>(null);
  const drawn = useMemo(() => {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = faceSide;
    return canvas.getContext('2d', { willReadFrequently: true })!;
  }, []);
  const subject = useSignal<Subject | undefined>(undefined);
  const index = useSignal(0);
  const changes = useSignal<Changes>(unchanged);
  const map = useSignal<MapName>('gradCam');
  /** The expression to explain; undefined: the one read. */
  const expression = useSignal<string | undefined>(undefined);
  const pixels = useSignal<ImageData | undefined>(undefined);
  const read = useSignal<Face | undefined>(undefined);
  /** What was read in the face as it is. */
  const before = useSignal<Face | undefined>(undefined);
  const explanation = useSignal<FaceExplanation | undefined>(undefined);
  const error = useSignal<unknown>(undefined);
  const isReading = useSignal(true);
  /** How many pictures were opened: what is found out of an earlier one comes too late. */
  const opened = useRef(0);

  const look = useMemo(
    () =>
      newestOnly(
        async ({
          image,
          chosen,
          isUnchanged,
        }: {
          image: ImageData;
          chosen: string | undefined;
          isUnchanged: boolean;
        }) => {
          const picture = opened.current;
          try {
            const recognizer = await chosenCropRecognizer();
            const [face] = await recognizer.recognize(image);
            if (picture !== opened.current) return;
            read.value = face;
            if (isUnchanged) before.value = face;
            const explained = await recognizer.explain(face!, { expression: chosen });
            if (picture === opened.current) explanation.value = explained;
          } catch (failed) {
            if (picture === opened.current) error.value = failed;
          }
        },
      ),
    [],
  );

  const open = useCallback(async (picture: Blob | Promise<Blob>) => {
    const number = ++opened.current;
    isReading.value = true;
    error.value = undefined;
    try {
      const file = await picture;
      const faces = await (await chosenRecognizer()).recognize(file);
      const bitmap = await createImageBitmap(file);
      if (number !== opened.current) return bitmap.close();
      subject.peek()?.picture.close();
      subject.value = { picture: bitmap, faces };
      index.value = 0;
      changes.value = unchanged;
      read.value = before.value = explanation.value = undefined;
    } catch (failed) {
      if (number !== opened.current) return;
      error.value = failed;
    }
    isReading.value = false;
  }, []);
  useEffect(() => {
    void open(chosenPicture.peek() ?? samplePicture('portrait'));
    return () => {
      opened.current++;
      subject.peek()?.picture.close();
    };
  }, []);
  const openFirst = useCallback(([file]: readonly File[]) => {
    if (isVideo(file!)) return openFile(file!);
    chosenPicture.value = file;
    void open(file!);
  }, []);

  const face = subject.value?.faces[index.value];
  useEffect(() => {
    if (!face) return;
    pixels.value = drawFace(drawn, subject.peek()!.picture, squareOf(face), changes.value);
    look({ image: pixels.value, chosen: expression.value, isUnchanged: changes.value === unchanged });
  }, [face, changes.value, expression.value]);
  useEffect(() => {
    const context = shown.current?.getContext('2d');
    const image = pixels.value;
    if (!context || !image) return;
    const chosenMap = map.value === 'none' ? undefined : explanation.value?.[map.value];
    if (!chosenMap) return context.putImageData(image, 0, 0);
    const raw = { width: faceSide, height: faceSide, channels: 4, pixels: image.data } as const;
    context.putImageData(rgbaOf(overlay(raw, mapToImage(chosenMap, explanation.value!.toImage, raw))), 0, 0);
  }, [pixels.value, explanation.value, map.value]);

  const change = (some: Partial<Changes>) => (changes.value = { ...changes.peek(), ...some });
  /** Covers a line between points of the picture. */
  function cover(...points: readonly Point[]) {
    const toFace = imageToSquare(squareOf(face!), faceSide);
    change({ strokes: [...changes.peek().strokes, points.map(toFace)] });
  }
  const at = (event: PointerEvent): Point => {
    const { left, top, width } = shown.current!.getBoundingClientRect();
    return {
      x: ((event.clientX - left) * faceSide) / width,
      y: ((event.clientY - top) * faceSide) / width,
    };
  };
  const isDrawing = useRef(false);

  const { why: words, photo, percent } = texts.value;
  const classNames = Object.keys(read.value?.scores ?? {});
  const chosen = expression.value ?? read.value?.expression;
  return (
    <section class="view why">
      <div class="stage-column">
        <div class="stage" aria-busy={isReading.value}>
          {face ? (
            <canvas
              class="face"
              ref={shown}
              width={faceSide}
              height={faceSide}
              role="img"
              aria-label={words.face}
              onPointerDown={(event) => {
                isDrawing.current = true;
                shown.current!.setPointerCapture(event.pointerId);
                change({ strokes: [...changes.peek().strokes, [at(event)]] });
              }}
              onPointerMove={(event) => {
                if (!isDrawing.current) return;
                const { strokes } = changes.peek();
                change({ strokes: [...strokes.slice(0, -1), [...strokes.at(-1)!, at(event)]] });
              }}
              onPointerUp={() => (isDrawing.current = false)}
              onPointerCancel={() => (isDrawing.current = false)}
            />
          ) : (
            !isReading.value && <p class="hint">{photo.none}</p>
          )}
        </div>
        <div class="tools">
          <Choice
            label={words.map}
            value={map.value}
            options={(['gradCam', 'spatialAttention', 'none'] as const).map((value) => ({
              value,
              text: words.maps[value],
            }))}
            onChange={(value) => (map.value = value)}
          />
        </div>
        <p class="below">{words.explained[map.value](chosen === undefined ? '…' : expressionName(chosen))}</p>
        {classNames.length > 0 && (
          <Choice
            label={words.expression}
            value={chosen ?? ''}
            options={classNames.map((value) => ({ value, text: expressionName(value) }))}
            onChange={(value) => (expression.value = value)}
          />
        )}
      </div>
      <div class="side">
        <h1>{words.heading}</h1>
        <p>{words.introduction}</p>
        <div role="alert">{error.value !== undefined && <p class="error">{errorText(error.value)}</p>}</div>
        {(subject.value?.faces.length ?? 0) > 1 && (
          <select
            aria-label={texts.value.timeLine.face}
            value={String(index.value)}
            onChange={({ currentTarget }) => {
              index.value = Number(currentTarget.value);
              changes.value = unchanged;
            }}
          >
            {subject.value!.faces.map((_, number) => (
              <option key={number} value={String(number)}>
                {texts.value.face(number + 1)}
              </option>
            ))}
          </select>
        )}
        {read.value && (
          <div class="card">
            <h2>
              {expressionName(read.value.expression)} {percent(read.value.confidence)}
            </h2>
            <ScoreBars
              scores={read.value.scores}
              colour={faceColour(1)}
              {...(before.value && { before: before.value.scores })}
            />
          </div>
        )}
        <div class="card what-if">
          <h2>{words.whatIf}</h2>
          <Slider
            label={words.brightness}
            {...{ min: 0.2, max: 2.5, step: 0.05 }}
            value={changes.value.brightness}
            disabled={!hasFilters}
            text={percent}
            onChange={(brightness) => change({ brightness })}
          />
          <Slider
            label={words.blur}
            {...{ min: 0, max: 20, step: 0.5 }}
            value={changes.value.blur}
            disabled={!hasFilters}
            text={words.pixels}
            onChange={(blur) => change({ blur })}
          />
          <Slider
            label={words.rotation}
            {...{ min: -90, max: 90, step: 1 }}
            value={changes.value.rotation}
            text={words.degrees}
            onChange={(rotation) => change({ rotation })}
          />
          {!hasFilters && <p class="hint">{words.noFilters}</p>}
          <p class="hint">{words.draw}</p>
          <div class="tools">
            {face?.keypoints && (
              <>
                <button onClick={() => cover(face.keypoints!.rightEye, face.keypoints!.leftEye)}>
                  {words.coverEyes}
                </button>
                <button onClick={() => cover(...besideMouth(face.keypoints!))}>{words.coverMouth}</button>
              </>
            )}
            <button disabled={changes.value === unchanged} onClick={() => (changes.value = unchanged)}>
              {words.reset}
            </button>
          </div>
        </div>
        <FileDrop label={photo.choose} hint={photo.drop} accept="image/*" onFiles={openFirst} />
        <SamplePictures onChoose={(name) => void open(samplePicture(name))} />
      </div>
    </section>
  );
}
