/**
 * What the platform's own islands ask the server.
 *
 * @module
 */
import {request} from '../shared/api.js';

/**
 * Fails while the server cannot be reached.
 *
 * @param {AbortSignal} [signal]
 * @returns {Promise<void>}
 */
export async function reachServer(signal) {
  await request('/healthz', {signal});
}

/**
 * What the site's search finds, the best first. A page that searches has an API of its own beside it, which answers its rows as
 * `items`, each with a `title` and the `url` of its page.
 *
 * @param {string} page the path of the page that searches
 * @param {string} text
 * @param {number} limit
 * @param {AbortSignal} [signal]
 * @returns {Promise<{title: string, url: string}[]>}
 */
export async function searchSite(page, text, limit, signal) {
  const {items} = await request(`/api/v1${page}?q=${encodeURIComponent(text)}&limit=${limit}`, {signal});
  return items.map((/** @type {{title: string, url: string}} */ {title, url}) => ({title, url}));
}
