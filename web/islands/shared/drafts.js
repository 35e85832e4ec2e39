/**
 * What a person typed and the server has not confirmed, kept in this browser only.
 *
 * A draft belongs to one person, one text and one tab: nobody else who uses the browser is offered it, and two tabs never
 * write over each other. What comes into a tab from elsewhere has a name of its own instead (`claimName`). It knows the version of the text that it began from. Who signs out leaves none behind: the loader
 * drops theirs on the next page, and leaves those of others alone.
 *
 * @module
 */

const PREFIX = 'nf-draft:';
const TAB = 'nf-tab';

/**
 * @typedef {object} Draft
 * @property {string} savedAt RFC 3339
 * @property {number} version of the text that was on the page; 0 for a new one
 * @property {Record<string, string>} fields
 * @property {Begun} [begun] under which a new text is sent
 * @property {boolean} [apart] whether the version is that of changes which are kept apart from the text that is published
 */

/** @typedef {{key: string, id: string, sent?: boolean}} Begun the key of a new text, the id that it gets under it, and whether it was sent */

/** @typedef {{key: string, draft: Draft}} Kept */

let tab = '';

/**
 * The name of this tab, for as long as it is open and over reloads. A duplicated tab inherits its storage, and gets a name
 * of its own because the other one still holds the lock.
 *
 * @returns {Promise<string>}
 */
export async function claimTab() {
  if (tab) return tab;
  let name = '';
  try {
    name = sessionStorage.getItem(TAB) ?? '';
  } catch {
    // A browser that refuses storage keeps no draft either.
  }
  name = await claimName(name);
  try {
    sessionStorage.setItem(TAB, name);
  } catch {
    // As above.
  }
  tab = name;
  return tab;
}

/**
 * A name for drafts that is held while the page is open, as that of its tab is: for a text that must not take the place of
 * what was begun in this tab.
 *
 * @param {string} wanted
 * @returns {Promise<string>} that name, or a new one where another page holds it
 */
export async function claimName(wanted) {
  if (wanted && await hold(wanted)) return wanted;
  const name = crypto.randomUUID();
  await hold(name);
  return name;
}

/**
 * @param {string} name
 * @returns {Promise<boolean>} false when another tab holds it
 */
function hold(name) {
  if (!navigator.locks) return Promise.resolve(true);
  return new Promise((resolve) => {
    void navigator.locks.request(`${TAB}:${name}`, {ifAvailable: true}, (lock) => {
      resolve(lock !== null);
      return lock ? new Promise(() => {}) : undefined;
    });
  });
}

/** @returns {Promise<Set<string>>} the names of the tabs that are open */
export async function openTabs() {
  const {held = []} = (await navigator.locks?.query()) ?? {};
  return new Set(held.map(({name}) => (name ?? '').slice(TAB.length + 1)));
}

/**
 * @param {string} user
 * @param {string} text its id, or "new"
 * @param {string} tabName
 */
export function draftKey(user, text, tabName) {
  return `${PREFIX}${user}:${text}:${tabName}`;
}

/**
 * The person's draft of a text: the one kept under a name of its own, where one is given; otherwise this tab's, or else the
 * newest of a page that was closed.
 *
 * @param {string} user
 * @param {string} text
 * @param {string} [name] see {@link claimName}
 * @returns {Promise<Kept | null>}
 */
export async function findDraft(user, text, name = '') {
  const own = draftKey(user, text, name || await claimTab());
  const mine = readDraft(own);
  if (mine) return {key: own, draft: mine};
  if (name) return null;
  const open = await openTabs();
  const begin = draftKey(user, text, '');
  /** @type {Kept | null} */
  let newest = null;
  for (const key of keys()) {
    if (!key.startsWith(begin) || open.has(key.slice(begin.length))) continue;
    const draft = readDraft(key);
    if (draft && (!newest || draft.savedAt > newest.draft.savedAt)) newest = {key, draft};
  }
  return newest;
}

/**
 * @param {string} key
 * @returns {Draft | null}
 */
function readDraft(key) {
  try {
    const draft = JSON.parse(localStorage.getItem(key) ?? 'null');
    return draft && typeof draft.savedAt === 'string' && typeof draft.fields === 'object' && draft.fields
      ? {...draft, version: Number(draft.version) || 0} : null;
  } catch {
    return null;
  }
}

/**
 * @param {string} key
 * @param {number} version
 * @param {Record<string, string>} fields
 * @param {{begun?: Begun, apart?: boolean}} [more] see {@link Draft}
 * @returns {boolean} false when the browser keeps nothing (private window, storage full or refused)
 */
export function keepDraft(key, version, fields, {begun, apart} = {}) {
  try {
    const kept = readDraft(key);
    const is = (/** @type {unknown} */ draft) => JSON.stringify(draft);
    // A draft is as old as its text: leaving the page keeps it again.
    if (kept && kept.version === version && is(kept.fields) === is(fields) && is(kept.begun) === is(begun) && kept.apart === apart) return true;
    localStorage.setItem(key, is({savedAt: new Date().toISOString(), version, fields, begun, apart}));
    return true;
  } catch {
    return false;
  }
}

/**
 * @param {string} key
 * @param {string} [until] spares a draft that was kept after this time (RFC 3339)
 */
export function dropDraft(key, until) {
  try {
    const kept = until && readDraft(key);
    if (kept && kept.savedAt > until) return;
    localStorage.removeItem(key);
  } catch {
    // A browser that refuses storage has kept nothing either.
  }
}

function keys() {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
  } catch {
    return [];
  }
}
