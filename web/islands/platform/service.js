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
