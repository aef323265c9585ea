import { useSignal } from '@preact/signals';
import { useCallback, useEffect, useRef } from 'preact/hooks';
import { FileDrop } from '../components/FileDrop.js';
import { SamplePictures } from '../components/SamplePictures.js';
import { isVideo, openFile } from '../files/handed-over.js';
import { framesOf } from '../live/frames-of.js';
import { cameraSource, type LiveSource } from '../live/live-source.js';
import { importModel, offeredModels } from '../models/offered-models.js';
import { testWebGpu } from '../models/web-gpu.js';
import { chosenPicture, samplePicture } from '../photo/chosen-picture.js';
import { newestOnly } from '../recognition/newest-only.js';
import { loadModels } from '../teach/models.js';
import { errorText, texts } from '../texts/texts.js';
import { ComparedSide, type SideChoice, type SideState } from './ComparedSide.js';
import { createSide, type Side } from './side.js';

const places = [0, 1] as const;

const loading = [{ isLoading: true }, { isLoading: true }] as const;

interface Size {
  readonly width: number;
  readonly height: number;
}

interface ShownPicture extends Size {
  readonly file: Blob;
  readonly address: string;
}

/** Two models side by side on the same pictures. */
export function CompareView() {
  const choices = useSignal<readonly [SideChoice, SideChoice]>([
    { model: 'shipped', device: 'cpu' },
    { model: 'sdnet-paper', device: 'cpu' },
  ]);
  const states = useSignal<readonly [SideState, SideState]>(loading);
  const sides = useRef<[Promise<Side> | undefined, Promise<Side> | undefined]>([undefined, undefined]);
  const videos = [useRef<HTMLVideoElement>(null), useRef<HTMLVideoElement>(null)] as const;
  const picture = useSignal<ShownPicture | undefined>(undefined);
  const camera = useSignal<LiveSource | undefined>(undefined);
  /** Of the camera's frames: the picture keeps its own for when the camera is off. */
  const frameSize = useSignal<Size | undefined>(undefined);
  const running = useRef<AbortController | undefined>(undefined);
  /** How often a picture or the camera was asked for: an earlier picture comes too late. */
  const opened = useRef(0);
  /** How often something was chosen for a side. */
  const chosen = useRef<[number, number]>([0, 0]);
  const isGone = useRef(false);
  const error = useSignal<unknown>(undefined);
  const testing = useSignal('');

  const setState = (place: 0 | 1, state: SideState) => {
    const [one, other] = states.peek();
    states.value = place === 0 ? [state, other] : [one, state];
  };

  /** Lets one side look, making its model where there is none yet. What is wrong is shown there. */
  const look = useCallback(async (place: 0 | 1, how: (side: Side) => ReturnType<Side['read']>) => {
    // What was made from here on would never be released.
    if (isGone.current) return;
    const { model: id, device } = choices.peek()[place];
    if (!sides.current[place]) {
      setState(place, { isLoading: true });
      const model = offeredModels.peek().find((offered) => offered.id === id)!;
      sides.current[place] = createSide(model, device);
    }
    const used = sides.current[place]!;
    const before = running.current;
    const outcome = await used.then(how).then(
      (found) => ({ isLoading: false, found }),
      (failed: unknown) => ({ isLoading: false, error: failed }),
    );
    // Another model may have been chosen meanwhile, or the camera started or stopped.
    if (sides.current[place] === used && running.current === before) setState(place, outcome);
  }, []);

  // One after the other, so that neither takes the other's time.
  const readPicture = useRef(
    newestOnly(async (file: Blob) => {
      for (const place of places) if (!running.current) await look(place, (side) => side.read(file));
    }),
  ).current;

  const show = useCallback(async (given: Blob | Promise<Blob>) => {
    stopCamera();
    const number = ++opened.current;
    error.value = undefined;
    try {
      const file = await given;
      const bitmap = await createImageBitmap(file).catch((cause: unknown) => {
        throw Object.assign(new Error('No picture.', { cause }), {
          code: file.size === 0 ? 'image-empty' : 'image-unreadable',
        });
      });
      const { width, height } = bitmap;
      bitmap.close();
      if (number !== opened.current) return;
      if (picture.peek()) URL.revokeObjectURL(picture.peek()!.address);
      picture.value = { file, address: URL.createObjectURL(file), width, height };
      readPicture(file);
    } catch (failed) {
      if (number === opened.current) error.value = failed;
    }
  }, []);
  const showFirst = useCallback(() => void show(chosenPicture.peek() ?? samplePicture('portrait')), []);

  const stopCamera = useCallback(() => {
    if (!running.current) return;
    running.current.abort();
    running.current = undefined;
    camera.peek()?.close();
    camera.value = frameSize.value = undefined;
    // What was found in the camera's frames is not in the picture.
    states.value = loading;
    if (picture.peek()) readPicture(picture.peek()!.file);
    // The camera was started before it was there, or it could not be read.
    else showFirst();
  }, []);

  const startCamera = useCallback(async () => {
    stopCamera();
    opened.current++;
    const controller = new AbortController();
    running.current = controller;
    const { signal } = controller;
    error.value = undefined;
    try {
      const source = await cameraSource(undefined);
      if (signal.aborted) return source.close();
      camera.value = source;
      source.onEnd(() => {
        if (signal.aborted) return;
        stopCamera();
        error.value = Object.assign(new Error('The camera has gone.'), { code: 'camera-unplugged' });
      });
      for (const video of videos) await source.attach(video.current!);
      const [first] = videos;
      for await (const _ of framesOf(first.current!, signal)) {
        const frame = await createImageBitmap(first.current!);
        const time = performance.now();
        const { width, height } = frame;
        const last = frameSize.peek();
        if (last?.width !== width || last.height !== height) frameSize.value = { width, height };
        for (const place of places) if (!signal.aborted) await look(place, (side) => side.next(frame, time));
        frame.close();
      }
    } catch (failed) {
      if (signal.aborted) return;
      stopCamera();
      error.value = failed;
    }
  }, []);

  async function choose(place: 0 | 1, choice: SideChoice) {
    const number = ++chosen.current[place];
    const { device } = choices.peek()[place];
    const set = (value: SideChoice) => {
      const [one, other] = choices.peek();
      choices.value = place === 0 ? [value, other] : [one, value];
    };
    if (choice.device === 'webgpu' && device !== 'webgpu') {
      testing.value = texts.peek().compare.testing;
      const refusal = await testWebGpu();
      testing.value = refusal ? texts.peek().compare.refused(refusal) : texts.peek().compare.agrees;
      // What was chosen meanwhile counts.
      if (number !== chosen.current[place]) return;
      // The device is shown as it was.
      if (refusal) return set({ ...choices.peek()[place], device });
    }
    set(choice);
    const old = sides.current[place];
    sides.current[place] = undefined;
    void old?.then((side) => side.release()).catch(() => {});
    if (!running.current && picture.peek()) void look(place, (side) => side.read(picture.peek()!.file));
  }

  useEffect(() => {
    loadModels().catch((failed: unknown) => (error.value = failed));
    showFirst();
    return () => {
      isGone.current = true;
      stopCamera();
      opened.current++;
      if (picture.peek()) URL.revokeObjectURL(picture.peek()!.address);
      for (const side of sides.current) void side?.then((made) => made.release()).catch(() => {});
    };
  }, []);

  const openFirst = useCallback(([file]: readonly File[]) => {
    if (/\.safetensors$/i.test(file!.name)) return void takeModel(file!);
    if (isVideo(file!)) return openFile(file!);
    chosenPicture.value = file;
    void show(file!);
  }, []);
  async function takeModel(file: File) {
    error.value = undefined;
    try {
      const { id } = await importModel(file);
      await choose(1, { ...choices.peek()[1], model: id });
    } catch (failed) {
      error.value = failed;
    }
  }

  const { compare: words, live } = texts.value;
  return (
    <section class="compare">
      <div class="compare-head">
        <h1>{words.heading}</h1>
        <p class="hint">{words.introduction}</p>
        <div class="tools">
          {camera.value ? (
            <button onClick={stopCamera}>{live.stop}</button>
          ) : (
            <button onClick={() => void startCamera()}>{live.start}</button>
          )}
          <SamplePictures onChoose={(name) => void show(samplePicture(name))} />
        </div>
        <FileDrop label={words.choose} hint={words.drop} accept="image/*,.safetensors" onFiles={openFirst} />
        <div role="alert">{error.value !== undefined && <p class="error">{errorText(error.value)}</p>}</div>
        <p role="status" class="hint">
          {testing.value}
        </p>
      </div>
      <div class="sides">
        {places.map((place) => (
          <ComparedSide
            key={place}
            name={words.sides[place]}
            choice={choices.value[place]}
            state={states.value[place]}
            picture={picture.value}
            video={videos[place]}
            isLive={camera.value !== undefined}
            size={camera.value ? frameSize.value : picture.value}
            onChoose={(choice) => void choose(place, choice)}
          />
        ))}
      </div>
    </section>
  );
}
