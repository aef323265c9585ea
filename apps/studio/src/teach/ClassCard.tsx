import { expressionName, texts } from '../texts/texts.js';
import { CropPicture } from '../components/CropPicture.js';
import type { PlacedFile } from '../files/placed-files.js';
import { FilesButton, FilesTarget } from './FilesTarget.js';
import { longestClassName, removeClass, removeImages, renameClass } from './images.js';
import { faceSize, type TaughtImage } from './taught-image.js';
import { typedClass } from './typed-class.js';

interface ClassCardProps {
  readonly name: string;
  readonly images: readonly TaughtImage[];
  /** How far its take is, 0 … 1; absent where none is being recorded. */
  readonly recording: number | undefined;
  /** Nothing can be added now. */
  readonly disabled: boolean;
  readonly onRecord: () => void;
  readonly onStop: () => void;
  readonly onFiles: (files: readonly PlacedFile[] | Promise<readonly PlacedFile[]>) => void;
  readonly attempt: (work: () => Promise<unknown>) => void;
}

/** Faces that are shown of a class, the last ones. */
const shown = 10;

/** A class to be taught: its name, its faces, and ways to add more. */
export function ClassCard({
  name,
  images,
  recording,
  disabled,
  onRecord,
  onStop,
  onFiles,
  attempt,
}: ClassCardProps) {
  const { teach: words } = texts.value;
  const called = expressionName(name);
  const takes = new Set(images.map(({ id, take }) => take ?? id)).size;
  const lastTake = images.at(-1)?.take;
  const last = images.filter(({ id, take }) =>
    lastTake === undefined ? id === images.at(-1)?.id : take === lastTake,
  );
  return (
    <FilesTarget class="card class-card" disabled={disabled} onDropped={onFiles}>
      <div class="class-head">
        <input
          class="class-name"
          aria-label={words.className(called)}
          value={called}
          maxLength={longestClassName}
          disabled={disabled}
          onChange={({ currentTarget: input }) => {
            const wanted = input.value.trim();
            // What it is called once that is done is shown then.
            input.value = called;
            if (wanted !== '' && wanted !== called) attempt(() => renameClass(name, typedClass(wanted)));
          }}
        />
        <span class="hint">{words.faces(images.length, takes)}</span>
      </div>
      <ul class="strip" aria-hidden="true">
        {images.slice(-shown).map(({ id, pixels }) => (
          <li key={id}>
            <CropPicture crop={{ width: faceSize, height: faceSize, channels: 1, pixels }} label={called} />
          </li>
        ))}
      </ul>
      <div class="tools">
        {recording === undefined ? (
          <button disabled={disabled} aria-label={words.recordOf(called)} onClick={onRecord}>
            {words.record}
          </button>
        ) : (
          <button class="recording" onClick={onStop}>
            {words.recording(recording)}
          </button>
        )}
        <FilesButton
          text={words.add}
          label={words.addTo(called)}
          accept="image/*"
          {...{ disabled, onFiles }}
        />
        <button
          disabled={disabled || images.length === 0}
          aria-label={words.undoOf(called)}
          onClick={() => attempt(() => removeImages(last.map(({ id }) => id)))}
        >
          {words.undo}
        </button>
        <button
          class="push"
          disabled={disabled}
          aria-label={words.removeOf(called)}
          onClick={() => {
            if (images.length === 0 || confirm(words.removeSure(called, images.length)))
              attempt(() => removeClass(name));
          }}
        >
          {words.remove}
        </button>
      </div>
    </FilesTarget>
  );
}
