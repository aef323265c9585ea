import { signal } from '@preact/signals';

/** Whether the page works without a network: its files are kept by a service worker, are on their way, or cannot be. */
export const offline = signal<'preparing' | 'ready' | 'unavailable'>('preparing');

/** Whether the page came from the service worker, which isolates it. */
export const isServedByWorker: boolean = !!navigator.serviceWorker?.controller;

/** Registers the service worker. Where it is what lets the page use threads, the page is loaded again through it, once. */
export async function prepareOffline(): Promise<void> {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) {
    offline.value = 'unavailable';
    return;
  }
  try {
    await navigator.serviceWorker.register('./service-worker.js');
    await navigator.serviceWorker.ready;
    if (!navigator.serviceWorker.controller)
      await new Promise((resolve) =>
        navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true }),
      );
  } catch {
    // Private windows of some browsers offer none. The page works as long as there is a network.
    offline.value = 'unavailable';
    return;
  }
  // Who has begun to work goes on with one thread until the next visit.
  const isBusy = navigator.userActivation?.hasBeenActive ?? true;
  if (!crossOriginIsolated && !isServedByWorker && !isBusy) location.reload();
  else offline.value = 'ready';
}
