/**
 * What the offline worker may keep. Pure functions: the rules can be read and tested without a worker. Which pages of which
 * program these are comes from its modules (`NEOFORGE_SITE`).
 *
 * @module
 */

/**
 * @typedef {object} Site
 * @property {string} edition of the pages that the program makes
 * @property {string[]} pages patterns of the public pages that are kept once read: `/notes/{name}`
 * @property {string[]} private paths under which nothing is kept
 * @property {string} share path that takes what other programs of the device share; empty: none
 */

/**
 * A path whose answers come from the network alone, whatever their headers say.
 *
 * @param {string} path
 * @param {Site} site
 */
export function isPrivate(path, site) {
  const lower = path.toLowerCase();
  return site.private.some((at) => {
    const root = at.replace(/\/$/, '');
    return lower === root || lower.startsWith(`${root}/`);
  });
}

/**
 * A page that is kept after it was read, so that it opens offline.
 *
 * @param {string} path
 * @param {Site} site
 */
export function isKept(path, site) {
  const parts = path.split('/');
  return !isPrivate(path, site) && site.pages.some((pattern) => {
    const wanted = pattern.split('/');
    return wanted.length === parts.length && wanted.every((part, i) => part === parts[i] || (part.startsWith('{') && parts[i] !== ''));
  });
}

/**
 * An answer that everybody gets may be kept: it says that it is public, and a visitor's cookies did not make it another one
 * (`Vary: Cookie` is for caches between here and the server; one made for a person says `private, no-store`).
 *
 * @param {Response} response
 */
export function mayKeep(response) {
  if (response.status !== 200 || response.redirected || response.type !== 'basic') return false;
  const control = (response.headers.get('Cache-Control') ?? '').toLowerCase();
  if (!/\bpublic\b/.test(control) || /\b(?:no-store|private)\b/.test(control)) return false;
  return !/\bauthorization\b|\*/i.test(response.headers.get('Vary') ?? '');
}

/**
 * Whether an answer to a visitor says that there is no such page for them any more. A server in trouble says nothing of it.
 *
 * @param {Response} response
 */
export function isGone(response) {
  return response.type === 'opaqueredirect' || (response.status < 500 && response.status !== 408 && response.status !== 429);
}

/** @type {Record<string, string>} */
const named = {amp: '&', lt: '<', gt: '>', quot: '"', apos: "'"};

/**
 * The title of a page, as text.
 *
 * @param {string} page HTML
 */
export function titleOf(page) {
  const [, title = ''] = /<title[^>]*>([^<]*)<\/title>/i.exec(page) ?? [];
  return title.trim().replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal, hex, name) => {
    if (name) return named[name] ?? whole;
    const code = decimal ? Number(decimal) : Number.parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
