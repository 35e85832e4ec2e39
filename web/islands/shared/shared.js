/**
 * What other programs of the device shared with this site, kept in this browser until a page has taken it: the offline worker
 * puts it here (see pwa/worker.js), so that no address and no log on the way holds it.
 *
 * It is nobody's yet: the page that takes it keeps it as a draft of its person. Sign-out drops it.
 *
 * @module
 */

export const SHARED = 'neoforge-shared';
const MOST = 20;
const KEEP_MS = 30 * 24 * 60 * 60 * 1000;
/** No page has this address; the cache wants one. */
const AT = '/.shared/';

/** @typedef {{title: string, text: string, url: string}} Shared each as the other program sent it, or empty */

/**
 * @param {Shared} shared
 * @returns {Promise<string>} under which it is taken; empty when nothing is kept, as when twenty wait already: those are
 * not dropped for whatever comes
 */
export async function keepShared(shared) {
  const cache = await caches.open(SHARED);
  let waiting = 0;
  for (const key of await cache.keys()) {
    const at = (await cache.match(key))?.headers.get('Date');
    if (Date.now() - Date.parse(at ?? '') < KEEP_MS) waiting++;
    else await cache.delete(key);
  }
  if (waiting >= MOST) return '';
  const id = crypto.randomUUID();
  await cache.put(AT + id, new Response(JSON.stringify(shared), {headers: {Date: new Date().toUTCString()}}));
  return id;
}

/**
 * @param {string} id
 * @returns {Promise<Shared | null>} null when there is nothing of it, or no more
 */
export async function readShared(id) {
  try {
    return await (await caches.match(AT + id, {cacheName: SHARED}))?.json() ?? null;
  } catch {
    return null; // a browser that refuses storage keeps nothing
  }
}

/** @param {string} id */
export async function dropShared(id) {
  await (await caches.open(SHARED)).delete(AT + id);
}
