/**
 * What the islands of content ask of the API.
 *
 * @module
 */
import {get, post, request} from '../shared/api.js';

export {ApiError} from '../shared/api.js';

/** @typedef {import('../shared/openapi.d.ts').components['schemas']['Post']} Post */
/** @typedef {import('../shared/openapi.d.ts').components['schemas']['PreviewBody']['visibility']} Visibility */

/**
 * @param {string} text Markdown
 * @param {string | undefined} visibility who may read the post; empty or absent: everybody
 * @param {AbortSignal} [signal]
 */
export function previewPost(text, visibility, signal) {
  return post('/api/v1/posts/preview', {body_markdown: text, visibility: /** @type {Visibility} */ (visibility || 'public')}, {signal});
}

/**
 * @param {string} id or slug
 * @param {AbortSignal} [signal]
 */
export function readPost(id, signal) {
  return get('/api/v1/posts/{slug}', {params: {slug: id}, signal});
}

/**
 * Saves a new post, or a change of one: the path says which.
 *
 * @param {string} path
 * @param {{method: 'POST' | 'PATCH', body: Record<string, string | string[]>, idempotencyKey?: string, version?: number}} call
 * @returns {Promise<Post>} as the server has it now
 */
export function savePost(path, call) {
  return request(path, call);
}
