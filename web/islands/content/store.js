/**
 * What the islands of one form share: where the text that its author sees is kept.
 *
 * A page may hold several forms, so this is a context and no global: the editor provides it for its form, and what stands
 * in the form asks for it, in whatever order they were loaded.
 *
 * @module
 */
import {ContextRoot, createContext} from '@lit/context';

/**
 * `changed`: nowhere yet. `here`: in this browser. `untitled`: likewise, until it has a title. `saving`: on its way. `waiting`: for the connection. `failing`: here, because the
 * server fails; `retryAt` is when it is tried again. `conflict`: here, and the server has another version. `saved`: on the server. `new`: nothing was written.
 *
 * @typedef {'new' | 'changed' | 'here' | 'untitled' | 'saving' | 'waiting' | 'failing' | 'conflict' | 'saved'} DraftState
 */

/** @typedef {{state: DraftState, retryAt?: number}} Kept `retryAt` in milliseconds since 1970 */

/** @type {import('@lit/context').Context<symbol, Kept>} */
export const draftState = createContext(Symbol('draft-state'));

// Who asks before the editor has arrived is answered when it has.
if (globalThis.document) new ContextRoot().attach(document.documentElement);
