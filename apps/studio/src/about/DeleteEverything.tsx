import { useSignal } from '@preact/signals';
import { useId, useRef } from 'preact/hooks';
import { deleteEverything } from '../offline/stored-data.js';
import { isRemembering } from '../shell/settings.js';
import { errorText, texts } from '../texts/texts.js';

/** A button that deletes all that was stored, after a question. */
export function DeleteEverything({ onDone }: { readonly onDone: () => void }) {
  const said = useSignal<string>('');
  const dialog = useRef<HTMLDialogElement>(null);
  const close = () => dialog.current!.close();
  const id = useId();
  const { deletion: words } = texts.value.about;
  async function confirm() {
    close();
    isRemembering.value = false;
    said.value = await deleteEverything().then(() => words.done, errorText);
    onDone();
  }
  return (
    <>
      <button aria-haspopup="dialog" onClick={() => dialog.current!.showModal()}>
        {words.button}
      </button>
      <p role="status">{said.value}</p>
      <dialog
        class="card"
        ref={dialog}
        role="alertdialog"
        aria-labelledby={`${id}-question`}
        aria-describedby={`${id}-consequence`}
      >
        <h2 id={`${id}-question`}>{words.question}</h2>
        <p id={`${id}-consequence`}>{words.consequence}</p>
        <div class="tools">
          <button class="primary" onClick={() => void confirm()}>
            {words.confirm}
          </button>
          {/* What Enter does before anything was read harms nothing. */}
          <button autofocus onClick={close}>
            {words.cancel}
          </button>
        </div>
      </dialog>
    </>
  );
}
