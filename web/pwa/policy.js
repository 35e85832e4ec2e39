/**
 * What the offline worker may keep. Pure functions: the rules can be read and tested without a worker.
 *
 * @module
 */

const NEVER = /^\/(?:api|account|admin|auth|billing|dev|login|logout|register|studio|webhooks)(?:\/|$)/;
const FEED = /\.(?:xml|json|txt)$/;
const POST = /^\/posts\/[^/]+$/;

/**
 * A path whose answers must come from the network, whatever their headers say.
 *
 * @param {string} path
 */
export function isPrivate(path) {
  return NEVER.test(path.toLowerCase()) || FEED.test(path);
}

/**
 * A page that is kept after it was read, so that it opens offline.
 *
 * @param {string} path
 */
export function isPost(path) {
  return POST.test(path) && !isPrivate(path);
}

/**
 * A public answer may be kept. One made for a person says so: it is not stored, or it is private, or it varies by cookie.
 *
 * @param {Response} response
 */
export function mayKeep(response) {
  if (response.status !== 200 || response.redirected || response.type !== 'basic') return false;
  const control = (response.headers.get('Cache-Control') ?? '').toLowerCase();
  if (!control || /\b(?:no-store|private)\b/.test(control)) return false;
  return !/\b(?:cookie|authorization)\b|\*/i.test(response.headers.get('Vary') ?? '');
}
