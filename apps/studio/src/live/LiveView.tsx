import { type ReadonlySignal, useSignal } from '@preact/signals';
import { useCallback, useEffect, useRef } from 'preact/hooks';
import type { RawImage } from 'sdnet';
import { CropPicture } from '../components/CropPicture.js';
import { FaceList } from '../components/FaceList.js';
import { FaceOverlay } from '../components/FaceOverlay.js';
import { FileDrop } from '../components/FileDrop.js';
import type { NumberedFace } from '../drawing/draw-faces.js';
import { handedOver, isVideo, openFile } from '../files/handed-over.js';
import { saveFile, timeInName } from '../files/save-file.js';
import { chosenRecognizer } from '../recognition/chosen-recognizer.js';
import { threads } from '../recognition/engine.js';
import { errorText, expressionName, texts } from '../texts/texts.js';
import { listCameras } from './camera.js';
import { followVideo } from './follow-video.js';
import { createRateMeter, type Rate } from './live-rate.js';
import { cameraSource, clipSource, type LiveSource } from './live-source.js';
import { snapshot } from './snapshot.js';
import { createTimeLine, type TimeLine } from './time-line.js';
import { TimeLineView } from './TimeLineView.js';

/** How often what is beside the picture changes, in ms, and how often it is spoken. */
const calm = { shown: 100, spoken: 4000 } as const;

/** Expressions in a camera's pictures or a clip, as they come. */
export function LiveView() {
  const video = useRef<HTMLVideoElement>(null);
  const state = useSignal<'idle' | 'starting' | 'running'>('idle');
  const source = useSignal<LiveSource | undefined>(undefined);
  const isFrozen = useSignal(false);
  const isMirrored = useSignal(true);
  const cameras = useSignal<readonly MediaDeviceInfo[]>([]);
  const error = useSignal<unknown>(undefined);
  const faces = useSignal<readonly NumberedFace[]>([]);
  const listed = useSignal<readonly NumberedFace[]>([]);
  const crop = useSignal<RawImage | undefined>(undefined);
  const rate = useSignal<Rate>({ framesPerSecond: 0, ms: 0 });
  const spoken = useSignal('');
  const size = useSignal({ width: 640, height: 480 });
  const line = useSignal<TimeLine | undefined>(undefined);
  const running = useRef<AbortController | undefined>(undefined);

  const stop = useCallback(() => {
    running.current?.abort();
    running.current = undefined;
    source.peek()?.close();
    source.value = undefined;
    if (video.current) {
      video.current.srcObject = null;
      video.current.removeAttribute('src');
    }
    state.value = 'idle';
    faces.value = [];
    crop.value = undefined;
  }, []);

  const start = useCallback(async (open: () => LiveSource | Promise<LiveSource>) => {
    stop();
    const controller = new AbortController();
    running.current = controller;
    const { signal } = controller;
    state.value = 'starting';
    error.value = undefined;
    isFrozen.value = false;
    try {
      const recognizer = chosenRecognizer();
      // Said below, when its turn comes.
      recognizer.catch(() => {});
      const opened = await open();
      if (signal.aborted) return opened.close();
      source.value = opened;
      isMirrored.value = opened.kind === 'camera';
      opened.onEnd(() => {
        if (signal.aborted) return;
        stop();
        error.value = Object.assign(new Error('The camera has gone.'), { code: 'camera-unplugged' });
      });
      const element = video.current!;
      await opened.attach(element);
      if (opened.kind === 'camera') cameras.value = await listCameras();
      const ready = await recognizer;
      if (signal.aborted) return;
      const timeLine = createTimeLine(ready.classNames);
      line.value = timeLine;
      state.value = 'running';
      const meter = createRateMeter();
      let [shownAt, spokenAt] = [-Infinity, -Infinity];
      await followVideo(element, ready, {
        isClip: opened.kind === 'clip',
        signal,
        onRestart: timeLine.clear,
        onFrame({ time, faces: found, ms }) {
          const now = performance.now();
          const measured = meter.add(now, ms);
          timeLine.add(time, found);
          if (element.videoWidth !== size.peek().width || element.videoHeight !== size.peek().height)
            size.value = { width: element.videoWidth, height: element.videoHeight };
          const numbered = found.map((face) => ({ ...face, number: face.id }));
          faces.value = numbered;
          if (now - shownAt < calm.shown) return;
          shownAt = now;
          listed.value = numbered;
          rate.value = measured;
          const [largest] = [...found].sort((a, b) => b.box.width - a.box.width);
          crop.value = largest && ready.cropOf(largest);
          if (now - spokenAt < calm.spoken) return;
          spokenAt = now;
          spoken.value = found
            .map(({ id, expression }) => `${texts.peek().face(id)}: ${expressionName(expression)}`)
            .join(', ');
        },
      });
    } catch (failed) {
      if (signal.aborted) return;
      stop();
      error.value = failed;
    }
  }, []);

  useEffect(() => {
    const update = async () => {
      if (cameras.peek().length > 0) cameras.value = await listCameras();
    };
    navigator.mediaDevices?.addEventListener('devicechange', update);
    return () => {
      navigator.mediaDevices?.removeEventListener('devicechange', update);
      stop();
    };
  }, []);
  useEffect(() => {
    const file = handedOver.value;
    if (!file || !isVideo(file)) return;
    handedOver.value = undefined;
    void start(() => clipSource(file));
  }, [handedOver.value]);
  const openFirst = useCallback((files: readonly File[]) => openFile(files[0]!), []);

  function freeze() {
    isFrozen.value = !isFrozen.value;
    if (isFrozen.value) video.current!.pause();
    else void video.current!.play();
  }

  const { live: words } = texts.value;
  const isRunning = state.value === 'running';
  const isClip = source.value?.kind === 'clip';
  return (
    <section class="view live">
      <div class="stage-column">
        <div class="stage">
          <div class={state.value === 'idle' ? 'picture hidden' : 'picture'}>
            <video
              ref={video}
              class={isMirrored.value ? 'mirrored' : ''}
              muted
              playsInline
              loop
              aria-label={words.video}
            />
            <FoundFaces faces={faces} picture={size} isMirrored={isMirrored} />
            <Inset crop={crop} />
          </div>
          {state.value === 'idle' && (
            <div class="invitation">
              <button class="primary large" onClick={() => void start(() => cameraSource(undefined))}>
                {words.start}
              </button>
              <p>{words.promise}</p>
            </div>
          )}
          {state.value === 'starting' && <p class="waiting">{words.starting}</p>}
        </div>
        {state.value !== 'idle' && (
          <div class="tools">
            <button onClick={stop}>{words.stop}</button>
            <button aria-pressed={isFrozen.value} disabled={!isRunning} onClick={freeze}>
              {isFrozen.value ? words.resume : words.freeze}
            </button>
            <button aria-pressed={isMirrored.value} onClick={() => (isMirrored.value = !isMirrored.value)}>
              {words.mirror}
            </button>
            <button
              disabled={!isRunning}
              onClick={async () =>
                saveFile(
                  `sdnet-${timeInName()}.png`,
                  await snapshot(video.current!, faces.peek(), isMirrored.peek()),
                )
              }
            >
              {words.snapshot}
            </button>
            {!isClip && cameras.value.length > 0 && (
              <select
                aria-label={words.camera}
                value={source.value?.deviceId}
                onChange={({ currentTarget: { value } }) => void start(() => cameraSource(value))}
              >
                {cameras.value.map(({ deviceId, label }, index) => (
                  <option key={deviceId} value={deviceId}>
                    {label || `${words.camera} ${index + 1}`}
                  </option>
                ))}
              </select>
            )}
          </div>
        )}
        {isRunning && <RateLine rate={rate} faces={listed} />}
        {line.value && <TimeLineView line={line.value} isRunning={isRunning && !isFrozen.value} />}
      </div>
      <div class="side">
        <h1>{words.heading}</h1>
        <p>{words.introduction}</p>
        <div role="alert">{error.value !== undefined && <p class="error">{errorText(error.value)}</p>}</div>
        <p class="visually-hidden" role="status">
          {spoken}
        </p>
        {isRunning && <ListedFaces faces={listed} />}
        <FileDrop label={words.choose} hint={words.drop} accept="video/*,image/*" onFiles={openFirst} />
      </div>
    </section>
  );
}

// What changes with every frame is drawn alone, not the whole view with it.

type Faces = ReadonlySignal<readonly NumberedFace[]>;

interface FoundFacesProps {
  readonly faces: Faces;
  readonly picture: ReadonlySignal<{ readonly width: number; readonly height: number }>;
  readonly isMirrored: ReadonlySignal<boolean>;
}

const FoundFaces = ({ faces, picture, isMirrored }: FoundFacesProps) => (
  <FaceOverlay faces={faces.value} picture={picture.value} mirrored={isMirrored.value} />
);

const ListedFaces = ({ faces }: { readonly faces: Faces }) => <FaceList faces={faces.value} />;

/** The face as the network sees it. */
function Inset({ crop: { value: crop } }: { readonly crop: ReadonlySignal<RawImage | undefined> }) {
  return (
    crop && (
      <figure class="inset">
        <CropPicture crop={crop} label={texts.value.live.crop} />
        <figcaption>
          {crop.width}×{crop.height}
        </figcaption>
      </figure>
    )
  );
}

function RateLine({ rate, faces }: { readonly rate: ReadonlySignal<Rate>; readonly faces: Faces }) {
  const { live: words, milliseconds, engine, faces: count } = texts.value;
  return (
    <p class="below rate">
      {words.framesPerSecond(rate.value.framesPerSecond)} · {milliseconds(rate.value.ms)} · WebAssembly,{' '}
      {engine.threads(threads)} · {count(faces.value.length)}
    </p>
  );
}
