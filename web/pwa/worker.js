/**
 * The offline worker. It keeps the shell and the offline page from its installation, and public posts that were read; it
 * never answers a private path from a cache, and it forgets the posts on sign-out. `NEOFORGE_PRECACHE` is put in place
 * when it is bundled.
 *
 * @module
 */
/// <reference lib="webworker" />
import {ExpirationPlugin} from 'workbox-expiration';
import {addPlugins, cleanupOutdatedCaches, matchPrecache, precacheAndRoute} from 'workbox-precaching';
import {registerRoute, setCatchHandler} from 'workbox-routing';
import {CacheFirst, NetworkFirst, NetworkOnly} from 'workbox-strategies';
import {isPost, mayKeep} from './policy.js';

const POSTS = 'neoforge-posts';
const ISLANDS = 'neoforge-islands';
const OFFLINE = '/offline';

const scope = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

// The offline page is everybody's: fetched as nobody, it holds no menu and no name of who is signed in.
addPlugins([{requestWillFetch: ({request}) => Promise.resolve(new Request(request, {credentials: 'omit'}))}]);
precacheAndRoute(NEOFORGE_PRECACHE, {cleanURLs: false, directoryIndex: ''});
cleanupOutdatedCaches();

registerRoute(
  ({request, url, sameOrigin}) => sameOrigin && request.mode === 'navigate' && isPost(url.pathname),
  new NetworkFirst({
    cacheName: POSTS,
    plugins: [
      {cacheWillUpdate: ({response}) => Promise.resolve(mayKeep(response) ? response : null)},
      new ExpirationPlugin({maxEntries: 50, maxAgeSeconds: 30 * 24 * 60 * 60}),
    ],
  }),
);

// Names under /assets/ that carry a hash never change what they hold; the rest are left to the network.
registerRoute(
  ({request, url, sameOrigin}) => sameOrigin && request.destination === 'script' && url.pathname.startsWith('/assets/'),
  new CacheFirst({
    cacheName: ISLANDS,
    plugins: [
      {cacheWillUpdate: ({response}) => Promise.resolve(mayKeep(response) && /\bimmutable\b/.test(response.headers.get('Cache-Control') ?? '') ? response : null)},
      new ExpirationPlugin({maxEntries: 60}),
    ],
  }),
);

registerRoute(({request, sameOrigin}) => sameOrigin && request.mode === 'navigate', new NetworkOnly());

setCatchHandler(async ({request}) => {
  const page = request.mode === 'navigate' ? await matchPrecache(OFFLINE) : undefined;
  return page ?? Response.error();
});

scope.addEventListener('message', (event) => {
  if (event.data?.type === 'signed-out') event.waitUntil(caches.delete(POSTS));
});
