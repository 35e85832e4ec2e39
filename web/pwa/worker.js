/**
 * The offline worker. It keeps the shell and the offline page from its installation, and public pages that were read, as a
 * visitor gets them; it answers nothing private from a cache, and it forgets the pages on sign-out. What other programs share
 * it keeps for the page that takes it, so that it is not sent anywhere before its person saves it.
 *
 * What a person was shown is never kept. Where a page was made for somebody, the worker asks for it again as nobody
 * (`credentials: 'omit'`) and keeps that answer: of a page for members that is its open part.
 *
 * @module
 */
/// <reference lib="webworker" />
import {CacheExpiration, ExpirationPlugin} from 'workbox-expiration';
import {addPlugins, cleanupOutdatedCaches, matchPrecache, precacheAndRoute} from 'workbox-precaching';
import {registerRoute, setCatchHandler} from 'workbox-routing';
import {CacheFirst, NetworkOnly} from 'workbox-strategies';
import {PAGES, TITLE} from '../islands/shared/kept.js';
import {SHARED, keepShared} from '../islands/shared/shared.js';
import {isGone, isKept, mayKeep, titleOf} from './policy.js';

const SCRIPTS = 'neoforge-scripts';
const OFFLINE = '/offline';
/** The header in which a kept page carries the edition that it is of. */
const EDITION = 'X-Kept-Edition';

const scope = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const site = NEOFORGE_SITE;
const expiration = new CacheExpiration(PAGES, {maxEntries: 50, maxAgeSeconds: 30 * 24 * 60 * 60});

// The offline page is everybody's: fetched as nobody, it holds no menu and no name of who is signed in.
addPlugins([{requestWillFetch: ({request}) => Promise.resolve(new Request(request, {credentials: 'omit'}))}]);
precacheAndRoute([...NEOFORGE_PRECACHE, {url: OFFLINE, revision: site.edition}], {cleanURLs: false, directoryIndex: ''});
cleanupOutdatedCaches();

registerRoute(
  ({request, url, sameOrigin}) => sameOrigin && request.mode === 'navigate' && isKept(url.pathname, site),
  async ({request, url, event}) => {
    const address = url.origin + url.pathname;
    let answer;
    try {
      answer = await fetch(request);
    } catch (error) {
      const copy = await kept(address);
      if (copy) return copy;
      throw error; // the offline page
    }
    if (mayKeep(answer)) event.waitUntil(put(address, answer.clone()));
    else if (answer.status === 404 || answer.status === 410) event.waitUntil(drop(address));
    else if (answer.status === 200) event.waitUntil(keep(address));
    event.waitUntil(renew());
    return answer;
  },
);

// Names under /assets/ that carry a hash never change what they hold; the rest are left to the network.
registerRoute(
  ({request, url, sameOrigin}) => sameOrigin && request.destination === 'script' && url.pathname.startsWith('/assets/'),
  new CacheFirst({
    cacheName: SCRIPTS,
    plugins: [
      {cacheWillUpdate: ({response}) => Promise.resolve(mayKeep(response) && /\bimmutable\b/.test(response.headers.get('Cache-Control') ?? '') ? response : null)},
      new ExpirationPlugin({maxEntries: 60}),
    ],
  }),
);

registerRoute(({request, sameOrigin}) => sameOrigin && request.mode === 'navigate', new NetworkOnly());

registerRoute(
  ({request, url, sameOrigin}) => sameOrigin && request.mode === 'navigate' && url.pathname === site.share,
  async ({request, url}) => {
    const forServer = request.clone();
    try {
      const form = await request.formData();
      const [title = '', text = '', link = ''] = ['title', 'text', 'url'].map((name) => String(form.get(name) ?? ''));
      const id = await keepShared({title, text, url: link});
      if (id) return Response.redirect(`${url.origin}${site.share}?kept=${id}`, 303);
    } catch {
      // A browser that keeps nothing: the server fills the page.
    }
    return fetch(forServer);
  },
  'POST',
);

setCatchHandler(async ({request}) => {
  const page = request.mode === 'navigate' ? await matchPrecache(OFFLINE) : undefined;
  return page ?? Response.error();
});

/** Counts sign-outs: what was asked for before one is not kept after it. */
let generation = 0;

/**
 * Keeps a page as a visitor gets it, or drops it where a visitor gets none any more.
 *
 * @param {string} address
 */
async function keep(address) {
  const began = generation;
  let answer;
  try {
    answer = await fetch(address, {credentials: 'omit', redirect: 'manual', cache: 'no-cache'});
  } catch {
    return; // out of reach: what is kept stays
  }
  if (mayKeep(answer)) await put(address, answer, began);
  else if (isGone(answer)) await drop(address);
}

/**
 * @param {string} address
 * @param {Response} answer that everybody gets
 * @param {number} [began]
 */
async function put(address, answer, began = generation) {
  const page = await answer.text();
  const headers = new Headers(answer.headers);
  for (const name of ['Content-Encoding', 'Content-Length', 'Vary']) headers.delete(name); // the text is unpacked, and for all
  headers.set(TITLE, encodeURIComponent(titleOf(page)));
  headers.set(EDITION, site.edition);
  const cache = await caches.open(PAGES);
  if (began !== generation) return;
  await expiration.updateTimestamp(address);
  await cache.delete(address); // so that the last read is the last of the cache
  await cache.put(address, new Response(page, {headers}));
  await expiration.expireEntries();
  if (began !== generation) await forget();
}

/** @param {string} address */
async function drop(address) {
  await (await caches.open(PAGES)).delete(address);
}

/** @param {string} address */
async function kept(address) {
  if (await expiration.isURLExpired(address)) await drop(address);
  return (await caches.open(PAGES)).match(address);
}

/** @type {Promise<void> | undefined} */
let renewing;

/** Fetches pages of another edition again, one after the other: they name styles and scripts that are not kept any more. */
function renew() {
  renewing ??= (async () => {
    const cache = await caches.open(PAGES);
    for (const {url} of await cache.keys()) {
      const copy = await cache.match(url);
      if (copy && copy.headers.get(EDITION) !== site.edition) await keep(url);
    }
  })();
  return renewing;
}

async function forget() {
  generation++;
  await caches.delete(PAGES);
  await caches.delete(SHARED);
  await expiration.delete();
}

scope.addEventListener('activate', (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) {
    if (name.startsWith('neoforge-') && name !== PAGES && name !== SCRIPTS && name !== SHARED) await caches.delete(name);
  }
  // The page that brought the worker here was read without it.
  for (const {url} of await scope.clients.matchAll({type: 'window', includeUncontrolled: true})) {
    const {origin, pathname} = new URL(url);
    if (origin === scope.location.origin && isKept(pathname, site)) await keep(origin + pathname);
  }
})()));

scope.addEventListener('message', (event) => {
  if (event.data?.type === 'signed-out') event.waitUntil(forget());
  if (event.data?.type === 'skip-waiting') event.waitUntil(scope.skipWaiting());
});
