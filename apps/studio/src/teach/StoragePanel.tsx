import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { saveFile } from '../files/save-file.js';
import { texts } from '../texts/texts.js';
import { storageSize } from './database.js';
import { zipOfImages } from './export-images.js';
import { classNames, images, removeImages } from './images.js';
import { models } from './models.js';

interface StoragePanelProps {
  readonly disabled: boolean;
  readonly attempt: (work: () => Promise<unknown>) => void;
}

/** What is stored, how much that is, and ways to take it out or delete it. */
export function StoragePanel({ disabled, attempt }: StoragePanelProps) {
  const { teach: words } = texts.value;
  const size = useSignal<Awaited<ReturnType<typeof storageSize>> | undefined>(undefined);
  useEffect(() => {
    storageSize().then(
      (found) => (size.value = found),
      () => {},
    );
  }, [images.value.length, models.value]);
  const { length } = images.value;
  return (
    <section class="card" aria-labelledby="storage-title">
      <h2 id="storage-title">{words.storage}</h2>
      <p>
        {words.stored(length, models.value.length)}
        {size.value && ` ${words.storageSize(size.value.used, size.value.allowed)}`}
      </p>
      <div class="tools">
        <button
          disabled={length === 0}
          onClick={() =>
            attempt(async () =>
              saveFile('sdnet-faces.zip', await zipOfImages(images.peek(), classNames.peek())),
            )
          }
        >
          {words.exportImages}
        </button>
        <button
          disabled={disabled || length === 0}
          onClick={() =>
            confirm(words.deleteImagesSure(length)) &&
            attempt(() => removeImages(images.peek().map(({ id }) => id)))
          }
        >
          {words.deleteImages}
        </button>
      </div>
      <p class="hint">{words.exportHint}</p>
    </section>
  );
}
