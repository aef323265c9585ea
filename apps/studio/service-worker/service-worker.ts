/**
 * Keeps the page's files, so that it works without a network; isolates it where its server does not, so that it may use
 * threads; and tells the page of every request that leaves the device.
 */
import { cleanupOutdatedCaches, matchPrecache, precache, type PrecacheEntry } from 'workbox-precaching';

declare const self: ServiceWorkerGlobalScope & { readonly __WB_MANIFEST: (PrecacheEntry | string)[] };

/** Of what is not kept from the beginning: the models that were chosen. */
const chosenFiles = 'studio-chosen-files';

precache(self.__WB_MANIFEST);
cleanupOutdatedCaches();

self.addEventListener('install', () => void self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('fetch', (event) => {
  const { url } = event.request;
  if (!url.startsWith('http')) return;
  if (new URL(url).origin === self.location.origin) event.respondWith(answer(event.request));
  // The page's policy forbids it, and the browser has not sent it then.
  else event.waitUntil(tellPages(true));
});

async function answer(request: Request): Promise<Response> {
  if (request.method !== 'GET') return fromNetwork(request);
  const ofThisVersion = await matchPrecache(fileOf(request));
  if (ofThisVersion) return isolated(ofThisVersion);
  const kept = await caches.match(request);
  const { pathname } = new URL(request.url);
  // What has its content's hash in its name never changes; another file may, with the version.
  if (kept && /-[\w-]{8}\.\w+$/.test(pathname)) return isolated(kept);
  const response = await fromNetwork(request).catch((error: unknown) => {
    if (kept) return kept;
    throw error;
  });
  if (response.status === 200 && /\.(safetensors|wasm|js)$/.test(pathname)) {
    const cache = await caches.open(chosenFiles);
    // What does not fit is loaded again the next time.
    await cache.put(request, response.clone()).catch(() => {});
  }
  return isolated(response);
}

/** The address of what is kept: the page itself for its folder. */
function fileOf({ url, mode }: Request): string {
  const { origin, pathname } = new URL(url);
  return mode === 'navigate' && pathname.endsWith('/')
    ? `${origin}${pathname}index.html`
    : `${origin}${pathname}`;
}

async function fromNetwork(request: Request): Promise<Response> {
  await tellPages(false);
  return fetch(request);
}

async function tellPages(elsewhere: boolean): Promise<void> {
  for (const client of await self.clients.matchAll({ type: 'window' }))
    client.postMessage({ kind: 'request', elsewhere });
}

/** A response with the headers by which a page may use threads. */
function isolated(response: Response): Response {
  if (response.type === 'opaque' || response.status === 0) return response;
  const headers = new Headers(response.headers);
  headers.set('Cross-Origin-Opener-Policy', 'same-origin');
  headers.set('Cross-Origin-Embedder-Policy', 'require-corp');
  headers.set('Cross-Origin-Resource-Policy', 'same-origin');
  const { status, statusText } = response;
  const hasBody = ![101, 204, 205, 304].includes(status);
  return new Response(hasBody ? response.body : null, { status, statusText, headers });
}
