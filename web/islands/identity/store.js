/**
 * Who is signed in, for all islands of identity on one page.
 *
 * Pages that many get alike are the same bytes for everybody, so whose page it is has to be asked. Whoever reads {@link me}
 * in a `SignalWatcher` is updated when the answer comes.
 *
 * @module
 */
import {computed, signal} from '@lit-labs/signals';
import {readMe} from './service.js';

/** @typedef {import('./service.js').Me} Me */

/** Undefined until it is known, null when nobody is signed in or the server is out of reach. */
export const me = signal(/** @type {Me | null | undefined} */ (undefined));

/** What the person is called in the frame of pages; empty for nobody. */
export const displayName = computed(() => {
  const person = me.get();
  return person ? person.name || person.email : '';
});

/** @type {Promise<void> | undefined} */
let asked;

/**
 * Asks who is signed in: once a page, however many islands want to know.
 *
 * @returns {Promise<void>} when {@link me} is known
 */
export function askWhoIsSignedIn() {
  asked ??= readMe().then((person) => me.set(person), () => me.set(null));
  return asked;
}
