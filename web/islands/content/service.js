/**
 * What the islands of content ask of the API.
 *
 * @module
 */
import {ApiError, get, patch, post, request, transfer} from '../shared/api.js';
import {arrived} from '../shared/outbox.js';

export {ApiError, untilRoom} from '../shared/api.js';

/** @typedef {import('../shared/openapi.d.ts').components['schemas']['Post']} Post */
/** @typedef {import('../shared/openapi.d.ts').components['schemas']['WorkingCopy']} WorkingCopy */
/** @typedef {import('../shared/openapi.d.ts').components['schemas']['PreviewBody']['visibility']} Visibility */

/** @typedef {Record<string, string | string[] | number>} Body */
/** @typedef {{id?: string, slug: string, version: number}} Saved a post, or its working copy */

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
 * The save that the changes of a published post are at.
 *
 * @param {string} id
 * @returns {Promise<number>} 0 when it has none
 */
export async function readCopySave(id) {
  return (await readCopy(id))?.version ?? 0;
}

/**
 * @param {string} id
 * @returns {Promise<WorkingCopy | null>} null when the post has none
 */
export async function readCopy(id) {
  try {
    return await get('/api/v1/posts/{id}/working-copy', {params: {id}});
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

/**
 * Saves a new post, or a change of one or of its working copy: the path says which.
 *
 * @param {string} path
 * @param {{method: 'POST' | 'PATCH', body: Body, idempotencyKey?: string, version?: number, keepalive?: boolean}} call
 * @returns {Promise<Saved>} as the server has it now
 */
export function savePost(path, call) {
  return request(path, call);
}

/**
 * How to see that a post has arrived. The server makes a slug of its own where the one that was sent is empty or taken.
 *
 * @param {string} id
 * @returns {import('../shared/outbox.js').Check}
 */
export function checkPost(id) {
  return {path: `/api/v1/posts/${id}`, except: ['slug', 'post_version']};
}

/**
 * The same of its working copy.
 *
 * @param {string} id
 * @returns {import('../shared/outbox.js').Check}
 */
export function checkCopy(id) {
  return {path: `/api/v1/posts/${id}/working-copy`, except: ['slug', 'post_version', 'kind']};
}

/**
 * @param {unknown} error that saving failed with
 * @param {Body} body what was sent
 * @param {string} id
 * @param {boolean} [apart] whether it was the working copy that was saved
 * @returns {Promise<Saved>} as the server has it, when it holds that very text; otherwise it fails with the error
 */
export function arrivedPost(error, body, id, apart = false) {
  return arrived(error, body, apart ? checkCopy(id) : checkPost(id));
}

/**
 * Says that a post is open here, and hears who else has it open.
 *
 * @param {string} id
 * @returns {Promise<import('../shared/openapi.d.ts').components['schemas']['OpenEditors']>}
 */
export function havePostOpen(id) {
  return request(`/api/v1/posts/${encodeURIComponent(id)}/open`, {method: 'PUT'});
}

/**
 * Says that a post is open here no longer. It is sent also by a page that is being left.
 *
 * @param {string} id
 */
export function closePost(id) {
  return request(`/api/v1/posts/${encodeURIComponent(id)}/open`, {method: 'DELETE', keepalive: true});
}

const TUS = {'Tus-Resumable': '1.0.0'};

/**
 * Begins to upload a picture in parts (the core of tus 1.0).
 *
 * @param {File} file
 * @param {AbortSignal} signal
 * @returns {Promise<string>} the path of the upload
 */
export async function beginUpload(file, signal) {
  const name = btoa(String.fromCharCode(...new TextEncoder().encode(file.name.slice(-100))));
  const headers = await transfer('/api/v1/media/uploads', {
    method: 'POST', signal, headers: {...TUS, 'Upload-Length': String(file.size), 'Upload-Metadata': `filename ${name}`},
  });
  return headers.get('Location') ?? '';
}

/**
 * @param {string} path of an upload
 * @param {AbortSignal} signal
 * @returns {Promise<number>} how many bytes have arrived
 */
export async function uploadOffset(path, signal) {
  return Number((await transfer(path, {method: 'HEAD', signal, headers: TUS})).get('Upload-Offset'));
}

/**
 * @param {string} path of an upload
 * @param {number} offset how many bytes have arrived before
 * @param {Blob} part
 * @param {AbortSignal} signal
 * @returns {Promise<string>} the id of the picture, with its last part; empty before
 */
export async function sendPart(path, offset, part, signal) {
  const headers = await transfer(path, {
    method: 'PATCH', signal, body: part, headers: {...TUS, 'Upload-Offset': String(offset), 'Content-Type': 'application/offset+octet-stream'},
  });
  return headers.get('Location')?.split('/').pop() ?? '';
}

/**
 * Says what a picture shows that was just uploaded. What somebody said of it since stays.
 *
 * @param {string} id of a picture
 * @param {string} alt what it shows
 */
export function describeMedia(id, alt) {
  return patch('/api/v1/media/{id}', {alt}, {params: {id}, version: 1});
}
