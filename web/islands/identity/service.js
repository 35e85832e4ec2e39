/**
 * What the islands of identity ask of the API.
 *
 * @module
 */
import {get, request} from '../shared/api.js';

export {ApiError} from '../shared/api.js';

/** @typedef {import('../shared/openapi.d.ts').components['schemas']['Me']} Me */
/** @typedef {import('../shared/openapi.d.ts').components['schemas']['Ceremony']} Ceremony */

/**
 * Who is signed in. It rejects with a 401 when nobody is.
 *
 * @param {AbortSignal} [signal]
 * @returns {Promise<Me>}
 */
export function readMe(signal) {
  return get('/api/v1/me', {signal});
}

/**
 * Begins the use or the creation of a passkey.
 *
 * @param {string} path that the page was given: it tells for what the passkey is
 * @param {AbortSignal} signal
 * @returns {Promise<Ceremony>}
 */
export function beginCeremony(path, signal) {
  return request(path, {method: 'POST', body: {}, signal});
}
