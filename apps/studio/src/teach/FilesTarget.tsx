import { useSignal } from '@preact/signals';
import { fromEvent } from 'file-selector';
import type { ComponentChildren } from 'preact';

/** A file and where it lies below the folder that was chosen or dropped. */
export interface PlacedFile {
  readonly file: File;
  /** With `/`, and its own name at the end. */
  readonly path: string;
}

/** The files of a drop or a choice, those in folders too. */
async function filesOf(event: Event): Promise<PlacedFile[]> {
  const found = (await fromEvent(event)) as (File & { readonly path?: string })[];
  return found.map((file) => ({
    file,
    path: (file.webkitRelativePath || file.path || file.name).replace(/^\.?\//, ''),
  }));
}

interface FilesTargetProps {
  readonly class?: string;
  readonly onFiles: (files: readonly PlacedFile[]) => void;
  readonly children: ComponentChildren;
}

/** A place where files and folders can be dropped. */
export function FilesTarget({ class: own = '', onFiles, children }: FilesTargetProps) {
  const isOver = useSignal(false);
  return (
    <div
      class={`${own} ${isOver.value ? 'over' : ''}`}
      onDragOver={(event) => {
        event.preventDefault();
        isOver.value = true;
      }}
      onDragLeave={() => (isOver.value = false)}
      onDrop={async (event) => {
        event.preventDefault();
        isOver.value = false;
        onFiles(await filesOf(event));
      }}
    >
      {children}
    </div>
  );
}

interface FilesButtonProps {
  readonly text: string;
  /** What is spoken, where the text alone does not say enough. */
  readonly label?: string;
  readonly accept?: string;
  /** A whole folder is chosen. */
  readonly folder?: boolean;
  readonly disabled?: boolean;
  readonly onFiles: (files: readonly PlacedFile[]) => void;
}

/** A button to choose files by. */
export function FilesButton({
  text,
  label = text,
  accept,
  folder = false,
  disabled,
  onFiles,
}: FilesButtonProps) {
  return (
    <label class={disabled ? 'file-button disabled' : 'file-button'}>
      <input
        class="visually-hidden"
        type="file"
        multiple
        {...(folder && { webkitdirectory: true })}
        {...{ accept, disabled }}
        aria-label={label}
        onChange={async (event) => {
          const input = event.currentTarget;
          const files = await filesOf(event);
          // The same files can be chosen again.
          input.value = '';
          onFiles(files);
        }}
      />
      {text}
    </label>
  );
}
