/**
 * What an author typed and has not sent, kept in this browser only. Signing out empties it, so that the next person at the
 * same machine finds nothing.
 *
 * @module
 */

const PREFIX = 'nf-draft:';

/**
 * @typedef {object} Draft
 * @property {string} savedAt RFC 3339
 * @property {Record<string, string>} fields
 */

/**
 * @param {string} key
 * @returns {Draft | null}
 */
export function readDraft(key) {
  try {
    const draft = JSON.parse(localStorage.getItem(PREFIX + key) ?? 'null');
    return draft && typeof draft.savedAt === 'string' && typeof draft.fields === 'object' && draft.fields ? draft : null;
  } catch {
    return null;
  }
}

/**
 * @param {string} key
 * @param {Record<string, string>} fields
 * @returns {boolean} false when the browser keeps nothing (private window, storage full or refused)
 */
export function keepDraft(key, fields) {
  try {
    localStorage.setItem(PREFIX + key, JSON.stringify({savedAt: new Date().toISOString(), fields}));
    return true;
  } catch {
    return false;
  }
}

/** @param {string} key */
export function dropDraft(key) {
  try {
    localStorage.removeItem(PREFIX + key);
  } catch {
    // A browser that refuses storage has kept nothing either.
  }
}

export function dropAllDrafts() {
  try {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(PREFIX)) localStorage.removeItem(key);
    }
  } catch {
    // As above.
  }
}
