/**
 * The pages that this browser keeps for reading offline: where they are, and what they are called. The offline worker fills
 * the cache (see pwa/worker.js); what it holds are pages as visitors get them.
 *
 * @module
 */

export const PAGES = 'neoforge-pages';
/** The header in which a kept page carries its title, as encodeURIComponent writes it. */
export const TITLE = 'X-Kept-Title';

/** @typedef {{path: string, title: string}} KeptPage */

/**
 * The pages that are kept, the last read first.
 *
 * @returns {Promise<KeptPage[]>} none where the browser keeps nothing
 */
export async function keptPages() {
  if (!('caches' in globalThis) || !(await caches.has(PAGES))) return [];
  const cache = await caches.open(PAGES);
  const pages = await Promise.all((await cache.keys()).map(async ({url}) => {
    const path = new URL(url).pathname;
    const title = (await cache.match(url))?.headers.get(TITLE);
    return {path, title: (title && decodeURIComponent(title)) || path};
  }));
  return pages.reverse();
}
