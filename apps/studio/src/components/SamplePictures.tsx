import { type SampleName, samples } from '../photo/samples.js';
import { texts } from '../texts/texts.js';

/** Pictures to begin with. */
export function SamplePictures({ onChoose }: { readonly onChoose: (name: SampleName) => void }) {
  const { photo: words } = texts.value;
  return (
    <div class="samples" role="group" aria-label={words.samples}>
      {(Object.keys(samples) as SampleName[]).map((name) => (
        <button key={name} onClick={() => onChoose(name)}>
          <img src={samples[name]} alt={words.sampleNames[name]} width="64" height="64" />
        </button>
      ))}
    </div>
  );
}
