import { faceColour } from '../drawing/colours.js';
import type { NumberedFace } from '../drawing/draw-faces.js';
import { expressionName, texts } from '../texts/texts.js';
import { ScoreBars } from './ScoreBars.js';

/** What each face shows, with all scores. */
export function FaceList({ faces }: { readonly faces: readonly NumberedFace[] }) {
  const { face: faceText, percent } = texts.value;
  return (
    <ul class="faces">
      {faces.map(({ number, expression, confidence, scores }) => (
        <li key={number} class="card">
          <h2>
            <Dot number={number} />
            {faceText(number)}
            <strong>
              {expressionName(expression)} {percent(confidence)}
            </strong>
          </h2>
          <ScoreBars scores={scores} colour={faceColour(number)} />
        </li>
      ))}
    </ul>
  );
}

/** A face's colour. */
export function Dot({ number }: { readonly number: number }) {
  return <span class="dot" style={{ background: faceColour(number) }} />;
}
