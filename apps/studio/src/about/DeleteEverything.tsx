import { useSignal } from '@preact/signals';
import * as dialog from '@zag-js/dialog';
import { normalizeProps, useMachine } from '@zag-js/preact';
import { createPortal } from 'preact/compat';
import { useId } from 'preact/hooks';
import { deleteEverything } from '../offline/stored-data.js';
import { isRemembering } from '../shell/settings.js';
import { errorText, texts } from '../texts/texts.js';

/** A button that deletes all that was stored, after a question. */
export function DeleteEverything({ onDone }: { readonly onDone: () => void }) {
  const said = useSignal<string>('');
  const service = useMachine(dialog.machine, { id: useId(), role: 'alertdialog' });
  const api = dialog.connect(service, normalizeProps);
  const { deletion: words } = texts.value.about;
  async function confirm() {
    api.setOpen(false);
    isRemembering.value = false;
    said.value = await deleteEverything().then(() => words.done, errorText);
    onDone();
  }
  return (
    <>
      <button {...api.getTriggerProps()}>{words.button}</button>
      <p role="status">{said.value}</p>
      {api.open &&
        createPortal(
          <>
            <div class="backdrop" {...api.getBackdropProps()} />
            <div class="positioner" {...api.getPositionerProps()}>
              <div class="card dialog" {...api.getContentProps()}>
                <h2 {...api.getTitleProps()}>{words.question}</h2>
                <p {...api.getDescriptionProps()}>{words.consequence}</p>
                <div class="tools">
                  <button class="primary" onClick={() => void confirm()}>
                    {words.confirm}
                  </button>
                  <button {...api.getCloseTriggerProps()}>{words.cancel}</button>
                </div>
              </div>
            </div>
          </>,
          document.body,
        )}
    </>
  );
}
