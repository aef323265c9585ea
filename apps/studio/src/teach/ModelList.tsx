import { saveFile } from '../files/save-file.js';
import { chosenModel } from '../recognition/chosen-recognizer.js';
import { expressionName, texts } from '../texts/texts.js';
import { FilesButton } from './FilesTarget.js';
import { importModel, models, removeModel, renameModel, weightsOf } from './models.js';
import type { TaughtModel } from './taught-model.js';
import { startTeacher } from './teacher.js';

interface ModelListProps {
  readonly attempt: (work: () => Promise<unknown>) => void;
}

/** The models that are kept: to be named, saved as files, deleted. */
export function ModelList({ attempt }: ModelListProps) {
  const { teach: words } = texts.value;
  return (
    <section class="card models" aria-labelledby="models-title">
      <h2 id="models-title">{words.models}</h2>
      {models.value.length === 0 ? (
        <p class="hint">{words.noModels}</p>
      ) : (
        <p>
          <Use id="shipped" name={words.shipped} /> {words.useHint}
        </p>
      )}
      <ul>
        {models.value.map((model) => (
          <ModelRow key={model.id} {...{ model, attempt }} />
        ))}
      </ul>
      <FilesButton
        text={words.importModel}
        accept=".safetensors,.onnx"
        onFiles={(files) =>
          attempt(async () => {
            for (const { file } of files) await importModel(file);
          })
        }
      />
      <p class="hint">{words.importHint}</p>
    </section>
  );
}

function ModelRow({ model, attempt }: { readonly model: TaughtModel } & ModelListProps) {
  const { teach: words, percent } = texts.value;
  const { id, name, classNames, size, lesson } = model;
  return (
    <li class="model">
      <input
        aria-label={words.modelName(name)}
        value={name}
        maxLength={100}
        onChange={({ currentTarget }) => {
          const wanted = currentTarget.value.trim();
          if (wanted === '') currentTarget.value = name;
          else attempt(() => renameModel(id, wanted));
        }}
      />
      <span class="hint">
        {classNames.map(expressionName).join(', ')} · {words.megabytes(size)}
        {lesson && ` · ${words.heldOutAccuracy(percent(lesson.after.metrics.accuracy))}`}
      </span>
      <div class="tools">
        <Use id={id} name={name} />
        <button
          aria-label={words.saveOf(name, 'safetensors')}
          onClick={() => attempt(async () => saveWeights(name, await weightsOf(id)))}
        >
          safetensors
        </button>
        <button
          aria-label={words.saveOf(name, 'ONNX')}
          onClick={() => attempt(async () => saveOnnx(name, await weightsOf(id)))}
        >
          ONNX
        </button>
        <button
          class="push"
          aria-label={words.deleteOf(name)}
          onClick={() => confirm(words.deleteSure(name)) && attempt(() => removeModel(id))}
        >
          {words.delete}
        </button>
      </div>
    </li>
  );
}

/** Chooses the model that photos and videos are read by. */
function Use({ id, name }: { readonly id: string; readonly name: string }) {
  const { teach: words } = texts.value;
  const isChosen = chosenModel.value === id;
  return (
    <button aria-pressed={isChosen} aria-label={words.useOf(name)} onClick={() => (chosenModel.value = id)}>
      {id === 'shipped' ? name : words.use}
    </button>
  );
}

/** A name that every system takes for a file's. */
const fileName = (name: string): string =>
  name.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[.-]+/, '') || 'model';

export const saveWeights = (name: string, weights: Uint8Array<ArrayBuffer>): void =>
  saveFile(`${fileName(name)}.safetensors`, new Blob([weights]));

/** Saves a model as ONNX: what `sdnet export` writes. */
export async function saveOnnx(name: string, weights: Uint8Array<ArrayBuffer>): Promise<void> {
  const teacher = startTeacher();
  try {
    saveFile(`${fileName(name)}.onnx`, new Blob([await teacher.exportOnnx(weights)]));
  } finally {
    teacher.end();
  }
}
