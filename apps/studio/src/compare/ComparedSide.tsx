import type { Ref } from 'preact';
import { FaceList } from '../components/FaceList.js';
import { FaceOverlay } from '../components/FaceOverlay.js';
import { offeredModels } from '../models/offered-models.js';
import { errorText, texts } from '../texts/texts.js';
import type { Device, Found } from './side.js';

/** What is chosen for a side. */
export interface SideChoice {
  readonly model: string;
  readonly device: Device;
}

/** What a side has found last, or what is wrong with it. */
export interface SideState {
  readonly isLoading: boolean;
  readonly found?: Found | undefined;
  readonly error?: unknown;
}

interface ComparedSideProps {
  readonly name: string;
  readonly choice: SideChoice;
  readonly state: SideState;
  readonly picture: { readonly address: string; readonly width: number; readonly height: number } | undefined;
  /** Shows the camera, where that is on. */
  readonly video: Ref<HTMLVideoElement>;
  readonly isLive: boolean;
  /** Of what is shown, the picture or the camera. */
  readonly size: { readonly width: number; readonly height: number } | undefined;
  readonly onChoose: (choice: SideChoice) => void;
}

/** One of two models: its choice, the picture with what it found, and how long that took. */
export function ComparedSide({
  name,
  choice,
  state: { isLoading, found, error },
  picture,
  video,
  isLive,
  size,
  onChoose,
}: ComparedSideProps) {
  const { compare: words, milliseconds, engine } = texts.value;
  return (
    <section class="stage-column" aria-label={name}>
      <div class="tools">
        <select
          aria-label={`${name}: ${words.model}`}
          value={choice.model}
          onChange={({ currentTarget: { value } }) => onChoose({ ...choice, model: value })}
        >
          {offeredModels.value.map(({ id, name: called }) => (
            <option key={id} value={id}>
              {words.models[id] ?? called}
            </option>
          ))}
        </select>
        <select
          aria-label={`${name}: ${words.device}`}
          value={choice.device}
          onChange={({ currentTarget: { value } }) => onChoose({ ...choice, device: value as Device })}
        >
          <option value="cpu">WebAssembly</option>
          <option value="webgpu">WebGPU</option>
        </select>
      </div>
      <div class="stage" aria-busy={isLoading}>
        <div class="picture">
          <video
            ref={video}
            class={isLive ? '' : 'hidden'}
            muted
            playsInline
            aria-label={texts.value.live.video}
          />
          {picture && !isLive && (
            <img src={picture.address} alt={words.picture} width={picture.width} height={picture.height} />
          )}
          {size && <FaceOverlay faces={found?.faces ?? []} picture={size} />}
        </div>
      </div>
      <p class="below rate">
        {isLoading
          ? engine.loading
          : found && `${milliseconds(found.ms)} · ${texts.value.faces(found.faces.length)}`}
      </p>
      <div role="alert">{error !== undefined && <p class="error">{errorText(error)}</p>}</div>
      {found && <FaceList faces={found.faces} />}
    </section>
  );
}
