import { useSignal } from '@preact/signals';
import { useCallback, useEffect, useRef } from 'preact/hooks';
import { FaceList } from '../components/FaceList.js';
import { FaceOverlay } from '../components/FaceOverlay.js';
import { FileDrop } from '../components/FileDrop.js';
import { SamplePictures } from '../components/SamplePictures.js';
import { handedOver, isVideo, openFile } from '../files/handed-over.js';
import { errorText, expressionName, texts } from '../texts/texts.js';
import { chosenPicture, samplePicture } from './chosen-picture.js';
import { type ReadPhoto, readPhoto } from './read-photo.js';
import type { SampleName } from './samples.js';

/** Expressions in a photo. It begins with a sample, so that there is something to see. */
export function PhotoView() {
  const photo = useSignal<ReadPhoto | undefined>(undefined);
  const error = useSignal<unknown>(undefined);
  const isReading = useSignal(false);
  const last = useRef(0);

  const read = useCallback(async (picture: Blob | Promise<Blob>) => {
    const call = ++last.current;
    isReading.value = true;
    const outcome = await Promise.resolve(picture)
      .then((file) => {
        chosenPicture.value = file;
        return readPhoto(file);
      })
      .then(
        (found) => ({ found, failed: undefined }),
        (failed: unknown) => ({ found: undefined, failed }),
      );
    // What was asked for meanwhile counts.
    if (call !== last.current) return outcome.found?.forget();
    photo.peek()?.forget();
    photo.value = outcome.found;
    error.value = outcome.failed;
    isReading.value = false;
  }, []);
  const readSample = useCallback((name: SampleName) => void read(samplePicture(name)), []);
  const openFirst = useCallback((files: readonly File[]) => openFile(files[0]!), []);

  useEffect(() => {
    const file = handedOver.value;
    if (!file || isVideo(file)) return;
    handedOver.value = undefined;
    void read(file);
  }, [handedOver.value]);
  useEffect(() => {
    if (!handedOver.peek() && last.current === 0) readSample('portrait');
    return () => {
      last.current++;
      photo.peek()?.forget();
    };
  }, []);

  const { photo: words } = texts.value;
  const shown = photo.value;
  return (
    <section class="view photo">
      <div class="stage-column">
        <div class="stage" aria-busy={isReading.value}>
          {shown && (
            <div class="picture">
              <img
                src={shown.address}
                alt={words.picture(summaryOf(shown))}
                width={shown.width}
                height={shown.height}
              />
              <FaceOverlay faces={shown.faces} picture={shown} />
            </div>
          )}
        </div>
        <p class="below" role="status">
          {isReading.value
            ? words.reading
            : shown && `${summaryOf(shown)} · ${texts.value.milliseconds(shown.ms)}`}
        </p>
      </div>
      <div class="side">
        <h1>{words.heading}</h1>
        <p>{words.introduction}</p>
        <FileDrop label={words.choose} hint={words.drop} accept="image/*,video/*" onFiles={openFirst} />
        <SamplePictures onChoose={readSample} />
        <div role="alert">{error.value !== undefined && <p class="error">{errorText(error.value)}</p>}</div>
        {shown && (shown.faces.length > 0 ? <FaceList faces={shown.faces} /> : <p>{words.none}</p>)}
      </div>
    </section>
  );
}

function summaryOf({ faces }: ReadPhoto): string {
  const { faces: count, percent } = texts.value;
  const [first] = faces;
  if (faces.length !== 1 || !first) return count(faces.length);
  return `${count(1)}: ${expressionName(first.expression)} ${percent(first.confidence)}`;
}
