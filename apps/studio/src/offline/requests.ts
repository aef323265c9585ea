import { computed, signal } from '@preact/signals';
import { engine } from '../recognition/engine.js';
import { offline } from './offline.js';

/** Whether all that the page needs has been loaded. */
export const isLoaded = computed(() => engine.value.state !== 'loading' && offline.value !== 'preparing');

/** Requests that have left the page since all was loaded: those to its own server, and to others, which its policy forbids. */
export const requests = signal({ own: 0, elsewhere: 0 });

function count(elsewhere: boolean): void {
  if (!isLoaded.peek()) return;
  const { own, elsewhere: others } = requests.peek();
  requests.value = elsewhere ? { own, elsewhere: others + 1 } : { own: own + 1, elsewhere: others };
}

/** Counts from now on: what passes the service worker to the network, or, where there is none, what the page loads. */
export function countRequests(): void {
  navigator.serviceWorker?.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    const message = data as { readonly kind?: unknown; readonly elsewhere?: unknown };
    if (message?.kind === 'request') count(message.elsewhere === true);
  });
  new PerformanceObserver((list) => {
    if (navigator.serviceWorker?.controller) return;
    for (const { name } of list.getEntries())
      if (name.startsWith('http')) count(new URL(name).origin !== location.origin);
  }).observe({ type: 'resource' });
}
