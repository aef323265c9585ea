import * as fileUpload from '@zag-js/file-upload';
import { normalizeProps, useMachine } from '@zag-js/preact';
import type { ComponentChildren } from 'preact';
import { useEffect, useId } from 'preact/hooks';

interface FileDropProps {
  readonly label: string;
  readonly hint: string;
  /** MIME types, as of `<input accept>`. It is a help for choosing: what is not of these is said by who reads it. */
  readonly accept: string;
  readonly onFiles: (files: readonly File[]) => void;
  readonly children?: ComponentChildren;
}

/** A button to choose files, and a place to drop them. What is pasted anywhere in the page comes here, too. */
export function FileDrop({ label, hint, accept, onFiles, children }: FileDropProps) {
  const service = useMachine(fileUpload.machine, {
    id: useId(),
    maxFiles: Infinity,
    onFileChange({ acceptedFiles }) {
      if (acceptedFiles.length === 0) return;
      api.clearFiles();
      onFiles(acceptedFiles);
    },
  });
  const api = fileUpload.connect(service, normalizeProps);
  useEffect(() => {
    const paste = ({ clipboardData }: ClipboardEvent) => {
      const files = [...(clipboardData?.files ?? [])];
      if (files.length > 0) onFiles(files);
    };
    addEventListener('paste', paste);
    return () => removeEventListener('paste', paste);
  }, [onFiles]);
  return (
    <div class="file-drop" {...api.getRootProps()}>
      <div
        class="drop-zone"
        {...api.getDropzoneProps({ disableClick: true })}
        tabIndex={undefined}
        role="group"
      >
        {/* Its types know no role of undefined, which Zag sets. */}
        <input {...(api.getHiddenInputProps() as object)} accept={accept} aria-label={label} />
        <button class="primary" {...api.getTriggerProps()}>
          {label}
        </button>
        <span class="hint">{hint}</span>
        {children}
      </div>
    </div>
  );
}
