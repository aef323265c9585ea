import { isLoaded, requests } from '../offline/requests.js';
import { chosenName } from '../recognition/chosen-recognizer.js';
import { threads } from '../recognition/engine.js';
import { texts } from '../texts/texts.js';

/** What the page keeps to itself, and what it computes with. */
export function StatusBar() {
  const { privacy, engine: words } = texts.value;
  const { own, elsewhere } = requests.value;
  return (
    <footer class="status">
      <span>{privacy}</span>
      <span>
        {isLoaded.value ? words.requests(own + elsewhere) : words.loading} · WebAssembly,{' '}
        {words.threads(threads)}
        {chosenName() !== undefined && ` · ${chosenName()}`}
      </span>
    </footer>
  );
}
