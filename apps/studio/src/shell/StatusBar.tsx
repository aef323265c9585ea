import { engine, threads } from '../recognition/engine.js';
import { texts } from '../texts/texts.js';

/** What the page keeps to itself, and what it computes with. */
export function StatusBar() {
  const { privacy, engine: words } = texts.value;
  return (
    <footer class="status">
      <span>{privacy}</span>
      <span>
        {engine.value.state === 'loading' ? words.loading : `WebAssembly, ${words.threads(threads)}`}
      </span>
    </footer>
  );
}
