import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { chosenFiles, droppedFiles, type PlacedFile } from '../files/placed-files.js';

interface FilesTargetProps {
  readonly class?: string;
  /** Nothing can be dropped now. */
  readonly disabled: boolean;
  readonly onDropped: (files: Promise<readonly PlacedFile[]>) => void;
  readonly children: ComponentChildren;
}

/** A place where files and folders can be dropped. */
export function FilesTarget({ class: own = '', disabled, onDropped, children }: FilesTargetProps) {
  const isOver = useSignal(false);
  return (
    <div
      class={`${own} ${isOver.value ? 'over' : ''}`}
      onDragOver={(event) => {
        // Else the page would open them.
        event.preventDefault();
        isOver.value = !disabled;
      }}
      onDragLeave={() => (isOver.value = false)}
      onDrop={(event) => {
        event.preventDefault();
        isOver.value = false;
        if (!disabled) onDropped(droppedFiles(event.dataTransfer!));
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
        onChange={({ currentTarget: input }) => {
          const files = chosenFiles(input.files!);
          // The same files can be chosen again.
          input.value = '';
          onFiles(files);
        }}
      />
      {text}
    </label>
  );
}
