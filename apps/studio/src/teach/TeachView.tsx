import './without-made-code.js';
import { useSignal } from '@preact/signals';
import { recipeNamed } from '@sdnet/training';
import { useCallback, useEffect, useRef } from 'preact/hooks';
import type { PlacedFile } from '../files/placed-files.js';
import { cameraSource, type LiveSource } from '../live/live-source.js';
import { expressionName, texts } from '../texts/texts.js';
import { addFiles, adding, labelledFiles } from './add-files.js';
import { ClassCard } from './ClassCard.js';
import { FilesButton, FilesTarget } from './FilesTarget.js';
import { addClass, classNames, images, imagesOf, loadImages, longestClassName } from './images.js';
import { lesson, type Start, startLesson } from './lesson.js';
import { LessonPanel } from './LessonPanel.js';
import { ModelList } from './ModelList.js';
import { loadModels, models } from './models.js';
import { RecipeForm } from './RecipeForm.js';
import { recordTake } from './record-take.js';
import { StoragePanel } from './StoragePanel.js';
import { teachErrorText } from './teach-error-text.js';
import { typedClass } from './typed-class.js';
import './teach.css';

const usual = recipeNamed('fine-tune');

/** Of a take, in seconds. */
const lengths = [3, 5, 10, 20];

/** Files that are named among those that nothing was added of. */
const named = 5;

/** Teaches the network other faces and other expressions. */
export function TeachView() {
  const { teach: words, expressions } = texts.value;
  const video = useRef<HTMLVideoElement>(null);
  const source = useRef<LiveSource | undefined>(undefined);
  const error = useSignal<unknown>(undefined);
  const isCameraOn = useSignal(false);
  const take = useSignal<{ readonly className: string; readonly done: number } | undefined>(undefined);
  const recording = useRef<AbortController | undefined>(undefined);
  const seconds = useSignal(5);
  const areFaces = useSignal(false);
  const recipe = useSignal(usual);
  const start = useSignal<Start>('shipped');
  const wantedClass = useSignal('');

  const attempt = useCallback((work: () => Promise<unknown>) => {
    error.value = undefined;
    work().catch((failed: unknown) => (error.value = failed));
  }, []);

  const closeCamera = useCallback(() => {
    recording.current?.abort();
    source.current?.close();
    source.current = undefined;
    isCameraOn.value = false;
  }, []);
  const mounted = useRef(true);

  useEffect(() => {
    attempt(loadImages);
    attempt(loadModels);
    return () => {
      mounted.current = false;
      closeCamera();
    };
  }, []);

  async function openCamera(): Promise<void> {
    if (source.current) return;
    const opened = await cameraSource(undefined);
    if (!mounted.current) return opened.close();
    source.current = opened;
    isCameraOn.value = true;
    opened.onEnd(() => {
      closeCamera();
      error.value = Object.assign(new Error('The camera has gone.'), { code: 'camera-unplugged' });
    });
    await opened.attach(video.current!);
  }

  async function record(className: string): Promise<void> {
    take.value = { className, done: 0 };
    const controller = new AbortController();
    recording.current = controller;
    try {
      await openCamera();
      const faces = await recordTake(video.current!, {
        ...{ className, seconds: seconds.value, signal: controller.signal },
        onLook: (done) => (take.value = { className, done }),
      });
      if (faces === 0 && !controller.signal.aborted)
        throw Object.assign(new Error('There is no face.'), { code: 'take-without-face' });
    } finally {
      take.value = undefined;
    }
  }

  async function add(files: readonly PlacedFile[], className?: string): Promise<void> {
    const { labelled, unlabelled } = labelledFiles(files, className);
    if (unlabelled.length > 0)
      throw Object.assign(new Error(unlabelled.join()), { code: 'files-unlabelled' });
    if (labelled.length === 0) return;
    await addFiles(labelled, areFaces.value);
  }

  const isTeaching = lesson.value.state === 'running';
  const isBusy = adding.value?.isRunning === true || take.value !== undefined;
  return (
    <section class="teach">
      <div class="intro">
        <h1>{words.heading}</h1>
        <p>{words.introduction}</p>
      </div>
      <div role="alert">
        {error.value !== undefined && <p class="error">{teachErrorText(error.value)}</p>}
      </div>

      <section aria-labelledby="faces-title" class="step">
        <h2 id="faces-title">{words.stepFaces}</h2>
        <p class="hint">{words.stepFacesHint}</p>
        <div class="gather">
          <div class="stage camera">
            <video
              ref={video}
              class={isCameraOn.value ? 'mirrored' : 'hidden'}
              muted
              playsInline
              aria-label={words.camera}
            />
            {!isCameraOn.value && <p class="hint">{words.cameraOff}</p>}
          </div>
          <div class="gather-options">
            <label class="field">
              {words.takeLength}
              <select
                value={seconds.value}
                onChange={({ currentTarget }) => (seconds.value = Number(currentTarget.value))}
              >
                {lengths.map((length) => (
                  <option key={length} value={length}>
                    {words.seconds(length)}
                  </option>
                ))}
              </select>
            </label>
            {isCameraOn.value && <button onClick={closeCamera}>{words.closeCamera}</button>}
            <FilesTarget
              class="drop-zone"
              disabled={isBusy}
              onDropped={(files) => attempt(async () => add(await files))}
            >
              <FilesButton
                text={words.chooseFolder}
                folder
                disabled={isBusy}
                onFiles={(files) => attempt(() => add(files))}
              />
              <span class="hint">{words.dropFolder}</span>
              <label class="check">
                <input
                  type="checkbox"
                  checked={areFaces.value}
                  onChange={({ currentTarget }) => (areFaces.value = currentTarget.checked)}
                />
                {words.areFaces}
              </label>
            </FilesTarget>
            <Added />
          </div>
        </div>
        <div class="classes">
          {classNames.value.map((name) => (
            <ClassCard
              key={name}
              name={name}
              images={imagesOf.value.get(name) ?? []}
              recording={take.value?.className === name ? take.value.done : undefined}
              disabled={isBusy}
              onRecord={() => attempt(() => record(name))}
              onStop={() => recording.current?.abort()}
              onFiles={(files) => attempt(async () => add(await files, name))}
              attempt={attempt}
            />
          ))}
          <form
            class="card add-class"
            onSubmit={(event) => {
              event.preventDefault();
              const name = wantedClass.value.trim();
              if (name === '') return;
              wantedClass.value = '';
              attempt(() => addClass(typedClass(name)));
            }}
          >
            <label class="field">
              {words.newClass}
              <input
                list="known-classes"
                value={wantedClass.value}
                maxLength={longestClassName}
                placeholder={words.newClassExample}
                onInput={({ currentTarget }) => (wantedClass.value = currentTarget.value)}
              />
            </label>
            <datalist id="known-classes">
              {Object.keys(expressions)
                .filter((name) => !classNames.value.includes(name))
                .map((name) => (
                  <option key={name} value={name}>
                    {expressionName(name)}
                  </option>
                ))}
            </datalist>
            <button>{words.addClass}</button>
          </form>
        </div>
      </section>

      <section aria-labelledby="lesson-title" class="step">
        <h2 id="lesson-title">{words.stepLesson}</h2>
        <p class="hint">{words.stepLessonHint}</p>
        <div class="plan">
          <label class="field">
            {words.start}
            <select value={start.value} onChange={({ currentTarget }) => (start.value = currentTarget.value)}>
              <option value="shipped">{words.shipped}</option>
              {models.value.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
          </label>
          <RecipeForm recipe={recipe.value} usual={usual} onChange={(changed) => (recipe.value = changed)} />
          <button
            class="primary large"
            disabled={isTeaching || isBusy}
            onClick={() =>
              attempt(() =>
                startLesson({
                  images: images.peek(),
                  classNames: classNames.peek(),
                  start: start.peek(),
                  recipe: recipe.peek(),
                }),
              )
            }
          >
            {words.teach}
          </button>
        </div>
        <LessonPanel attempt={attempt} />
      </section>

      <div class="keeping">
        <ModelList attempt={attempt} />
        <StoragePanel disabled={isBusy} attempt={attempt} />
      </div>
    </section>
  );
}

/** What became of the files that were added last. */
function Added() {
  const { teach: words } = texts.value;
  const { value } = adding;
  if (!value) return null;
  const { isRunning, done, total, added, refused } = value;
  return (
    <div class="added">
      {/* Spoken once, when it is over. */}
      <p role="status">{!isRunning && words.added(added, total)}</p>
      {isRunning && (
        <>
          <p>{words.adding(done, total)}</p>
          <progress aria-label={words.progressOfAdding} value={done} max={total} />
        </>
      )}
      {!isRunning && refused.length > 0 && (
        <ul class="error">
          {refused.slice(0, named).map(({ name, error }, index) => (
            <li key={index}>
              <strong>{name}</strong>: {teachErrorText(error)}
            </li>
          ))}
          {refused.length > named && <li>{words.andMore(refused.length - named)}</li>}
        </ul>
      )}
    </div>
  );
}
