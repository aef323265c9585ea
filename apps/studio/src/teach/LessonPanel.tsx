import { useSignal } from '@preact/signals';
import { expressionName, texts } from '../texts/texts.js';
import { ConfusionTable } from './ConfusionTable.js';
import { Curves } from './Curves.js';
import { type FinishedLesson, keepLesson, lesson, type RunningLesson, stopLesson } from './lesson.js';
import { saveOnnx, saveWeights } from './ModelList.js';
import { teachErrorText } from './teach-error-text.js';

interface LessonPanelProps {
  readonly attempt: (work: () => Promise<unknown>) => void;
}

/** How the last lesson goes, or what came of it. */
export function LessonPanel({ attempt }: LessonPanelProps) {
  const { teach: words } = texts.value;
  const { value } = lesson;
  return (
    <div class="lesson">
      <p class="visually-hidden" role="status">
        {spokenOf()}
      </p>
      {value.state === 'running' && <Running running={value.running} />}
      {value.state === 'stopped' && <p>{words.stoppedEarly}</p>}
      <div role="alert">{value.state === 'failed' && <p class="error">{teachErrorText(value.error)}</p>}</div>
      {value.state === 'finished' && <Finished {...{ attempt }} finished={value.finished} />}
    </div>
  );
}

/** What is spoken: once an epoch. */
function spokenOf(): string {
  const { teach: words, percent } = texts.value;
  const { value } = lesson;
  if (value.state === 'finished')
    return words.result(
      percent(value.finished.lesson.before.metrics.accuracy),
      percent(value.finished.lesson.after.metrics.accuracy),
    );
  if (value.state !== 'running') return '';
  const { history, recipe } = value.running;
  const last = history.at(-1);
  return last ? words.epochDone(last.epoch, recipe.epochs, percent(last.validationAccuracy)) : words.begun;
}

function Running({ running }: { readonly running: RunningLesson }) {
  const { teach: words } = texts.value;
  const { recipe, before, progress, history, isStopping } = running;
  const { epochs } = recipe;
  const done = progress ? (progress.epoch - 1 + progress.step / progress.steps) / epochs : 0;
  return (
    <>
      <div class="tools">
        <progress aria-label={words.progress} value={done} max={1} />
        <button disabled={isStopping} onClick={stopLesson}>
          {isStopping ? words.stopping : words.stop}
        </button>
      </div>
      <p class="below">
        {progress
          ? words.stepOf(progress.epoch, epochs, progress.imagesPerSecond, progress.secondsLeft)
          : words.preparing}
      </p>
      <Curves {...{ history, epochs }} before={before?.metrics.accuracy} />
    </>
  );
}

function Finished({ finished, attempt }: { readonly finished: FinishedLesson } & LessonPanelProps) {
  const { teach: words, percent } = texts.value;
  const { lesson: record, weights } = finished;
  const { before, after, recipe, history, trainImages, heldOutImages } = record;
  const kept = useSignal<FinishedLesson | undefined>(undefined);
  const name = useSignal(after.classNames.map(expressionName).slice(0, 3).join(', '));
  return (
    <>
      <p class="result">{words.result(percent(before.metrics.accuracy), percent(after.metrics.accuracy))}</p>
      <p class="hint">
        {words.resultHint(trainImages, heldOutImages)} {!record.finished && words.endedEarly(history.length)}
      </p>
      <div class="confusions">
        <ConfusionTable title={words.before} judgement={before} />
        <ConfusionTable title={words.after} judgement={after} />
      </div>
      <Curves {...{ history }} epochs={recipe.epochs} before={before.metrics.accuracy} />
      <form
        class="tools"
        onSubmit={(event) => {
          event.preventDefault();
          attempt(async () => {
            await keepLesson(name.value.trim() || words.model, finished);
            kept.value = finished;
          });
        }}
      >
        <input
          aria-label={words.nameOfModel}
          value={name.value}
          maxLength={100}
          onInput={({ currentTarget }) => (name.value = currentTarget.value)}
        />
        <button class="primary" disabled={kept.value === finished}>
          {kept.value === finished ? words.isKept : words.keep}
        </button>
        <button type="button" onClick={() => saveWeights(name.value, weights)}>
          {words.saveFile('safetensors')}
        </button>
        <button type="button" onClick={() => attempt(() => saveOnnx(name.value, weights))}>
          {words.saveFile('ONNX')}
        </button>
      </form>
    </>
  );
}
