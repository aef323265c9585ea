import { normalizeProps, useMachine } from '@zag-js/preact';
import * as slider from '@zag-js/slider';
import { useId } from 'preact/hooks';

interface SliderProps {
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly value: number;
  readonly disabled?: boolean;
  /** The value as text, with its unit. */
  readonly text: (value: number) => string;
  readonly onChange: (value: number) => void;
}

/** A number to be moved, by mouse, finger or keys. */
export function Slider({ label, min, max, step, value, disabled = false, text, onChange }: SliderProps) {
  const service = useMachine(slider.machine, {
    id: useId(),
    ...{ min, max, step, disabled },
    value: [value],
    getAriaValueText: ({ value: shown }) => text(shown),
    onValueChange: ({ value: [chosen] }) => onChange(chosen!),
  });
  const api = slider.connect(service, normalizeProps);
  return (
    <div class="slider" {...api.getRootProps()}>
      <div class="slider-head">
        <label {...api.getLabelProps()}>{label}</label>
        <output {...api.getValueTextProps()}>{text(value)}</output>
      </div>
      <div class="slider-control" {...api.getControlProps()}>
        <div class="slider-track" {...api.getTrackProps()}>
          <div class="slider-range" {...api.getRangeProps()} />
        </div>
        <div class="slider-thumb" {...api.getThumbProps({ index: 0 })}>
          <input {...(api.getHiddenInputProps({ index: 0 }) as object)} />
        </div>
      </div>
    </div>
  );
}
