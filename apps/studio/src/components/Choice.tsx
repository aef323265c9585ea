import { normalizeProps, useMachine } from '@zag-js/preact';
import * as toggleGroup from '@zag-js/toggle-group';
import { useId } from 'preact/hooks';

interface ChoiceProps<Value extends string> {
  readonly label: string;
  readonly options: readonly { readonly value: Value; readonly text: string; readonly disabled?: boolean }[];
  readonly value: Value;
  readonly onChange: (value: Value) => void;
}

/** One of a few, all of which are in sight. */
export function Choice<Value extends string>({ label, options, value, onChange }: ChoiceProps<Value>) {
  const service = useMachine(toggleGroup.machine, {
    id: useId(),
    value: [value],
    deselectable: false,
    onValueChange: ({ value: [chosen] }) => chosen !== undefined && onChange(chosen as Value),
  });
  const api = toggleGroup.connect(service, normalizeProps);
  return (
    <div class="choice" {...api.getRootProps()} aria-label={label}>
      {options.map(({ value: option, text, disabled = false }) => (
        <button key={option} {...api.getItemProps({ value: option, disabled })}>
          {text}
        </button>
      ))}
    </div>
  );
}
