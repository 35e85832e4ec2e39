/**
 * The one place that talks to the JSON API. A context asks it by its `service.js`, and nothing else of it does.
 *
 * Paths, bodies and answers have the types of the API's own description, made into `openapi.d.ts` by `task generate`: what
 * is renamed there is an error of whoever reads it here. It sends the session's cookie, turns `application/problem+json` (RFC 9457) into {@link ApiError}, repeats what is safe
 * to repeat after a network failure or a 503, and gives up at once when the caller's signal is aborted.
 *
 * @module
 */

/**
 * @typedef {object} Problem
 * @property {string} [type]
 * @property {string} [title]
 * @property {number} [status]
 * @property {string} [detail]
 * @property {string} [code]
 * @property {FieldError[]} [errors]
 * @property {string} [request_id]
 */

/**
 * @typedef {object} FieldError
 * @property {string} [field]
 * @property {string} [message]
 */

/**
 * @typedef {object} CallOptions
 * @property {AbortSignal} [signal]
 * @property {number} [version] that the change was made from; sent as If-Match
 * @property {string} [idempotencyKey] makes a charge-like call safe to repeat; see {@link newIdempotencyKey}
 */

/**
 * @typedef {object} Sent
 * @property {string} [method] GET unless told otherwise
 * @property {unknown} [body] sent as JSON
 * @property {boolean} [keepalive] whether it is sent even when the page is left meanwhile
 */

/** @typedef {CallOptions & Sent} RequestOptions */

/** @typedef {import('./openapi.d.ts').paths} Paths */

/** @typedef {'get' | 'post' | 'patch'} Method */

/**
 * The paths that take a method.
 *
 * @template {Method} M
 * @typedef {{[P in keyof Paths]: Paths[P] extends {[_ in M]: object} ? P : never}[keyof Paths]} PathOf
 */

/**
 * What is in the body of a request.
 *
 * @template {keyof Paths} P
 * @template {Method} M
 * @typedef {Paths[P] extends {[_ in M]: {requestBody?: {content: {'application/json': infer B}}}} ? B : undefined} BodyOf
 */

/**
 * What is answered; null where the body is empty.
 *
 * @template {keyof Paths} P
 * @template {Method} M
 * @typedef {Paths[P] extends {[_ in M]: {responses: infer R}} ? {[S in keyof R]:
 *   S extends 'default' ? never : R[S] extends {content: {'application/json': infer B}} ? B : null}[keyof R] : never} AnswerOf
 */

/**
 * The options of a call, with `params` where the path has places in braces.
 *
 * @template {keyof Paths} P
 * @template {Method} M
 * @typedef {CallOptions & (Paths[P] extends {[_ in M]: {parameters: {path: infer V extends Record<string, unknown>}}} ? {params: V} : {})} OptionsOf
 */

/**
 * Options may be left out where none is needed.
 *
 * @template O
 * @typedef {{} extends O ? [options?: O] : [options: O]} Optional
 */

const ATTEMPTS = 3;
const FIRST_PAUSE_MS = 300;
const LONGEST_PAUSE_MS = 10_000;
/** However long the server asks to be left alone, it is asked again by then. */
const LONGEST_AWAY_MS = 3_600_000;

/** What the server refused, or that it could not be reached (`status` 0, `code` "network"). */
export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {Problem} problem
   */
  constructor(status, problem) {
    super(problem.detail || problem.title || `The server answered ${status}.`);
    this.name = 'ApiError';
    this.status = status;
    this.code = problem.code ?? '';
    this.title = problem.title ?? '';
    this.detail = problem.detail ?? '';
    this.errors = problem.errors ?? [];
    this.requestId = problem.request_id ?? '';
  }
}

/** When what nobody asked for may be sent again, by performance.now(). */
let roomAt = 0;
/** Likewise what failed, because the server said when to come back. */
let backAt = 0;

/**
 * How long to wait with what is tried again by itself: what the server asked for last with a Retry-After, an hour at most. An
 * answer of another path in between shortens nothing.
 *
 * @returns {number} milliseconds; 0: none
 */
export function untilBack() {
  return Math.max(0, backAt - performance.now());
}

/**
 * How long to wait with what the page sends by itself, so that it never has refused what its person does by hand: a quarter of
 * each limit of requests is left to them. It is known from the answers to every call of this page.
 *
 * @returns {number} milliseconds; 0: none
 */
export function untilRoom() {
  return Math.max(0, roomAt - performance.now());
}

/**
 * Looks at what is left of the limits that an answer tells of (draft-ietf-httpapi-ratelimit-headers: requests return evenly).
 *
 * @param {Response} response
 */
function noteLimits(response) {
  const policies = fieldOf(response, 'RateLimit-Policy');
  let seconds = 0;
  for (const [name, {r = 0}] of fieldOf(response, 'RateLimit')) {
    const {q = 0, w = 0} = policies.get(name) ?? {};
    if (q > 0) seconds = Math.max(seconds, (q / 4 - r) * w / q);
  }
  const wait = Math.max(seconds * 1000, response.status === 429 ? retryAfter(response) ?? 0 : 0);
  if (policies.size > 0 || wait > 0) roomAt = performance.now() + wait; // an answer that is kept for everybody tells nothing
  if (response.status !== 429 && response.status < 500) return;
  const asked = retryAfter(response);
  if (asked !== undefined) backAt = performance.now() + Math.min(asked, LONGEST_AWAY_MS);
}

/**
 * @param {Response} response
 * @param {string} name of a field that lists policies with their numbers
 * @returns {Map<string, Record<string, number>>}
 */
function fieldOf(response, name) {
  const found = (response.headers.get(name) ?? '').matchAll(/"([^"]*)"((?:;\w+=\d+)*)/g);
  return new Map([...found].map(([, policy = '', numbers = '']) => [
    policy, Object.fromEntries([...numbers.matchAll(/(\w+)=(\d+)/g)].map(([, key, value]) => [key, Number(value)])),
  ]));
}

/** A key for `idempotencyKey`: make one per intention of the user, keep it while that intention is retried. */
export function newIdempotencyKey() {
  return crypto.randomUUID();
}

/**
 * @template {PathOf<'get'>} P
 * @param {P} path as the API's description has it, such as `/api/v1/posts/{slug}`
 * @param {Optional<OptionsOf<P, 'get'>>} rest
 * @returns {Promise<AnswerOf<P, 'get'>>} the decoded body
 */
export function get(path, ...rest) {
  return call('GET', path, undefined, rest[0]);
}

/**
 * @template {PathOf<'post'>} P
 * @param {P} path
 * @param {BodyOf<P, 'post'>} body
 * @param {Optional<OptionsOf<P, 'post'>>} rest
 * @returns {Promise<AnswerOf<P, 'post'>>}
 */
export function post(path, body, ...rest) {
  return call('POST', path, body, rest[0]);
}

/**
 * @template {PathOf<'patch'>} P
 * @param {P} path
 * @param {BodyOf<P, 'patch'>} body
 * @param {Optional<OptionsOf<P, 'patch'>>} rest
 * @returns {Promise<AnswerOf<P, 'patch'>>}
 */
export function patch(path, body, ...rest) {
  return call('PATCH', path, body, rest[0]);
}

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} body
 * @param {CallOptions & {params?: Record<string, unknown>}} [options]
 */
function call(method, path, body, {params = {}, ...options} = {}) {
  return request(path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(String(params[name]))), {...options, method, body});
}

/**
 * A call whose path is known only when it is made. Where it is known before, {@link get}, {@link post} and {@link patch}
 * check it.
 *
 * @param {string} path same-origin path of the API
 * @param {RequestOptions} [options]
 * @returns {Promise<any>} the decoded body; null when there is none
 */
export async function request(path, {method = 'GET', body, signal, version, idempotencyKey, keepalive} = {}) {
  /** @type {Record<string, string>} */
  const headers = {Accept: 'application/json, application/problem+json'};
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (version !== undefined) headers['If-Match'] = `"${version}"`;
  if (idempotencyKey) headers['Idempotency-Key'] = idempotencyKey;
  const user = globalThis.document?.querySelector('script[data-user]')?.getAttribute('data-user'); // no page in a worker
  if (user) headers['X-Signed-In-As'] = user;
  const repeatable = method === 'GET' || Boolean(idempotencyKey);

  for (let attempt = 1; ; attempt++) {
    const last = !repeatable || attempt === ATTEMPTS;
    let response;
    try {
      response = await fetch(path, {
        method,
        headers,
        body: body === undefined ? undefined : JSON.stringify(body),
        credentials: 'same-origin',
        signal,
        keepalive,
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      if (last) throw new ApiError(0, {code: 'network', detail: 'The server cannot be reached. Check the connection and try again.'});
      await pause(backoff(attempt), signal);
      continue;
    }
    noteLimits(response);
    if (response.status === 503 && !last) {
      const wait = retryAfter(response) ?? backoff(attempt);
      if (wait <= LONGEST_PAUSE_MS) {
        await pause(wait, signal);
        continue;
      }
    }
    return decode(response, true);
  }
}

/**
 * Sends bytes, or asks for headers alone: what is answered is in the headers.
 *
 * @param {string} path same-origin path of the API
 * @param {{method: 'POST' | 'PATCH' | 'HEAD', headers: Record<string, string>, body?: Blob, signal?: AbortSignal}} options
 * @returns {Promise<Headers>} of an answer that is no error
 */
export async function transfer(path, {method, headers, body, signal}) {
  const user = document.querySelector('script[data-user]')?.getAttribute('data-user');
  let response;
  try {
    response = await fetch(path, {
      method, body, signal, credentials: 'same-origin',
      headers: {Accept: 'application/json, application/problem+json', ...(user ? {'X-Signed-In-As': user} : {}), ...headers},
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, {code: 'network', detail: 'The server cannot be reached. Check the connection and try again.'});
  }
  noteLimits(response);
  await decode(response);
  return response.headers;
}

/**
 * @param {Response} response
 * @param {boolean} [told] whether an answer of 200 says something
 */
async function decode(response, told = false) {
  const json = /\bjson\b/.test(response.headers.get('Content-Type') ?? '');
  const text = await response.text();
  /** @type {any} */
  let value = null;
  try {
    if (text ? json || response.ok : told && response.status === 200) value = JSON.parse(text);
  } catch {
    // What stands between, such as the page of a network that wants a sign-in, may say that all is well; then nothing has arrived.
    const status = response.ok ? 0 : response.status;
    throw new ApiError(status, {code: 'bad_answer', detail: 'The server sent an answer that cannot be read.'});
  }
  if (!response.ok) {
    throw new ApiError(response.status, value ?? {title: response.statusText, request_id: response.headers.get('X-Request-Id') ?? ''});
  }
  return value;
}

/** @param {Response} response */
function retryAfter(response) {
  const value = response.headers.get('Retry-After');
  if (!value) return undefined;
  const wait = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}

// The jitter keeps many pages from returning at the same moment.
/** @param {number} attempt */
function backoff(attempt) {
  return FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + Math.random());
}

/**
 * @param {number} ms
 * @param {AbortSignal} [signal]
 * @returns {Promise<void>}
 */
function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, {once: true});
  });
}
