/**
 * What somebody sent while the server could not be reached, kept in this browser until it has arrived.
 *
 * An entry is one call of the API by one person, and is sent in that person's name alone. It may be sent twice, because an
 * answer may be lost: so a POST needs an idempotency key, and a change the version that it was made from. While the tab that
 * kept it is open, and where the entry's own page is, the island that wrote it looks after it; otherwise any page made for
 * that person does (`nf-platform-outbox`), once they are signed in again where they were signed out. What the
 * server refuses stays, marked, until its person decides, unless the page where it was written still offers it as a draft. Who
 * signs out leaves none behind: the loader drops theirs.
 *
 * @module
 */
import {ApiError, request} from './api.js';
import {claimTab, dropDraft, openTabs} from './drafts.js';

const PREFIX = 'nf-outbox:';
/** What the API says to somebody who is signed in and has yet to prove who they are. */
const UNPROVEN = ['http.signed_in_as_another', 'identity.second_factor_needed', 'identity.recent_authentication_required'];
/** What is answered where the page on which something was written is not there for its person any more. */
const AWAY = [403, 404, 410];
const METHODS = ['POST', 'PUT', 'PATCH', 'DELETE'];

/**
 * @typedef {object} Entry
 * @property {string} label what it is, in its person's words: a title, or how the text begins
 * @property {string} page the path of the page where it is looked after
 * @property {'POST' | 'PUT' | 'PATCH' | 'DELETE'} method
 * @property {string} path of the API
 * @property {unknown} [body]
 * @property {string} [idempotencyKey]
 * @property {number} [version] that the change was made from
 * @property {Check} [check] how to see that a change has arrived whose answer was lost
 * @property {string} [draft] the key of the draft (see drafts.js) that goes when this has arrived, and stays when it is refused
 */

/**
 * Where the API tells what the change has made of the thing, and which fields of it the server may have written otherwise than
 * they were sent. Named by the module whose thing it is.
 *
 * @typedef {{path: string, except: string[]}} Check
 */

/** @typedef {Entry & {keptAt: string, tab: string, refused?: {status: number, text: string}}} Kept */

/**
 * `signed-out` is whatever its person mends by proving who they are: signing in, as themselves, with a second factor, anew.
 *
 * @typedef {'sent' | 'refused' | 'signed-out' | 'unreachable'} Outcome
 */

/**
 * Keeps a call until it has arrived. One that is kept under the same key takes its place.
 *
 * @param {string} user
 * @param {Entry} entry
 * @param {string} [key]
 * @param {string} [keptAt] when its words were as they are sent (RFC 3339): a draft that was kept later stays when they arrive
 * @returns {Promise<string>} its key; empty when the browser keeps nothing (private window, storage full or refused)
 */
export async function keepToSend(user, entry, key = `${PREFIX}${user}:${crypto.randomUUID()}`, keptAt = new Date().toISOString()) {
  if (entry.method === 'POST' ? !entry.idempotencyKey : entry.method === 'PATCH' && entry.version === undefined) {
    throw new TypeError('An outbox may send twice: give a POST an idempotencyKey, and a PATCH the version that it was made from.');
  }
  try {
    localStorage.setItem(key, JSON.stringify({...entry, keptAt, tab: await claimTab()}));
    return key;
  } catch {
    return '';
  }
}

/** @param {string} key */
export function dropFromOutbox(key) {
  try {
    localStorage.removeItem(key);
  } catch {
    // A browser that refuses storage has kept nothing.
  }
}

/**
 * @param {string} user
 * @returns {{key: string, entry: Kept}[]} the oldest first; what cannot be read is left where it is, and hides nothing else
 */
export function outboxOf(user) {
  /** @type {string[]} */
  let keys = [];
  try {
    keys = Object.keys(localStorage).filter((key) => key.startsWith(`${PREFIX}${user}:`));
  } catch {
    // As above.
  }
  const found = [];
  for (const key of keys) {
    const entry = readEntry(key);
    if (entry) found.push({key, entry});
  }
  return found.sort((a, b) => a.entry.keptAt.localeCompare(b.entry.keptAt));
}

/**
 * @param {string} key
 * @returns {Kept | null} null for what is no entry: another version of the site may have written it
 */
function readEntry(key) {
  /** @type {Kept | null} */
  let entry;
  try {
    entry = JSON.parse(localStorage.getItem(key) ?? 'null');
  } catch {
    return null;
  }
  if (!entry || [entry.label, entry.page, entry.method, entry.path, entry.keptAt].some((field) => typeof field !== 'string')) return null;
  const {page, method, path, keptAt, check, refused} = entry;
  if (!/^\/(?!\/)/.test(page) || !METHODS.includes(method) || !path.startsWith('/api/') || Number.isNaN(Date.parse(keptAt))) return null;
  if (check && !(typeof check.path === 'string' && check.path.startsWith('/api/') && Array.isArray(check.except))) return null;
  if (refused && typeof refused.text !== 'string') return null;
  if (method === 'POST' ? !entry.idempotencyKey : method === 'PATCH' && typeof entry.version !== 'number') return null;
  return entry;
}

/**
 * What an answer means for what was sent.
 *
 * @param {unknown} error
 * @returns {Outcome}
 */
export function outcomeOf(error) {
  if (!(error instanceof ApiError)) return 'unreachable';
  if (error.status === 401 || UNPROVEN.includes(error.code)) return 'signed-out';
  if (error.status === 0 || error.status >= 500 || error.status === 408 || error.status === 429) return 'unreachable';
  return 'refused';
}

/**
 * A conflict with oneself is none: a change whose answer was lost has arrived all the same.
 *
 * @param {unknown} error
 * @param {unknown} body what was sent
 * @param {Check} [check]
 * @returns {Promise<any>} the thing as the server has it now, when it holds what was sent; otherwise it fails with the error
 */
export async function arrived(error, body, check) {
  if (!check || !(error instanceof ApiError) || error.status !== 412) throw error;
  const now = await request(check.path);
  if (!holds(now, body ?? {}, check.except)) throw error;
  return now;
}

/**
 * Whether a thing holds what was sent of it: how the server writes the same text (composed, without space around it, words of a
 * list in lower case and once) is no difference. In Markdown (`…_markdown`) space has a meaning, and is one.
 *
 * @param {any} now the thing
 * @param {object} sent
 * @param {string[]} [except] fields that the server may have written otherwise
 */
export function holds(now, sent, except = []) {
  return Object.entries(sent).every(([name, value]) => {
    if (except.includes(name)) return true;
    const write = name.endsWith('_markdown') ? (/** @type {unknown} */ text) => String(text ?? '').replaceAll('\r\n', '\n') : asWritten;
    return write(now?.[name]) === write(value);
  });
}

/**
 * @param {unknown} value
 * @returns {string}
 */
function asWritten(value) {
  if (Array.isArray(value)) return JSON.stringify([...new Set(value.map((word) => asWritten(word).toLowerCase()))]);
  return String(value ?? '').normalize('NFC').trim();
}

/**
 * Sends what closed tabs have left, one after the other, and stops at the first that cannot be sent now. One page at a time
 * does it.
 *
 * @param {string} user who is signed in
 * @param {(entry: Kept, outcome: Outcome, said: string) => void} tell with what the server said, or why it was not reached; what
 *   was refused and stays here has `refused`
 * @returns {Promise<boolean>} whether nothing waits any more
 */
export async function sendOutbox(user, tell) {
  if (!navigator.locks) return sendAll(user, tell);
  return await navigator.locks.request(PREFIX + user, {ifAvailable: true}, (lock) => lock ? sendAll(user, tell) : Promise.resolve(false));
}

/**
 * @param {string} user
 * @param {(entry: Kept, outcome: Outcome, said: string) => void} tell
 */
async function sendAll(user, tell) {
  const open = await openTabs();
  let waits = false;
  for (const {key, entry} of outboxOf(user)) {
    if (entry.refused) continue;
    if (open.has(entry.tab) || entry.page === location.pathname) {
      waits = true;
      continue;
    }
    const {method, path, body, version, idempotencyKey, check} = entry;
    /** @type {Outcome} */
    let outcome = 'sent';
    let text = '';
    let told = entry;
    try {
      await request(path, {method, body, version, idempotencyKey}).catch((error) => arrived(error, body, check));
    } catch (error) {
      outcome = outcomeOf(error);
      if (error instanceof ApiError) text = error.errors.map(({message}) => message).filter(Boolean).join(' ') || error.message;
      if (outcome === 'refused' && error instanceof ApiError) {
        // What a draft holds is offered where it was written, where that is still there; the rest is here and nowhere else.
        if (entry.draft && !AWAY.includes(error.status)) dropFromOutbox(key);
        else {
          told = {...entry, refused: {status: error.status, text}};
          localStorage.setItem(key, JSON.stringify(told));
        }
      }
    }
    tell(told, outcome, text);
    if (outcome === 'signed-out' || outcome === 'unreachable') return false;
    if (outcome === 'sent') {
      dropFromOutbox(key);
      if (entry.draft) dropDraft(entry.draft, entry.keptAt);
    }
  }
  return !waits;
}

/**
 * The words of what was kept, for whoever takes them elsewhere.
 *
 * @param {Kept} entry
 * @returns {string}
 */
export function wordsOf({body}) {
  return Object.values(body ?? {}).flat().filter((value) => typeof value === 'string' && value.trim() !== '').join('\n\n');
}

/**
 * Throws away what its person does not want to be sent any more, with the draft of it.
 *
 * @param {string} key
 * @param {Kept} entry
 */
export function discardKept(key, entry) {
  dropFromOutbox(key);
  if (entry.draft) dropDraft(entry.draft, entry.keptAt);
}
