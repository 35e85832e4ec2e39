/**
 * `<nf-content-draft-state>`: says beside the buttons of a form where the text is kept that its editor shows.
 *
 * It stands in the form of a `<nf-content-editor>`, which says aloud what happens; this is to be looked at.
 *
 * @module
 */
import {ContextConsumer} from '@lit/context';
import {LitElement, css, html, nothing} from '../shared/lit.js';
import {draftState} from './store.js';

/** @type {Record<import('./store.js').DraftState, string>} */
const words = {
  new: '',
  changed: 'Not kept yet',
  here: 'Kept in this browser, not saved',
  untitled: 'Kept in this browser. Give it a title to save it on the server.',
  saving: 'On its way',
  waiting: 'Not saved on the server: kept in this browser until there is a connection',
  failing: 'Not saved on the server: kept in this browser, and tried again',
  conflict: 'Not saved: there is another version',
  saved: 'Saved on the server',
};

/**
 * Says beside the buttons of a form where the text is kept that its editor shows.
 *
 * @element nf-content-draft-state
 * @cssprop [--color-muted] - the colour of its words
 */
export class ContentDraftState extends LitElement {
  static properties = {
    _hydrated: {state: true},
    _savedAt: {state: true},
  };

  static styles = css`
    :host { font-size: 0.875rem; color: var(--color-muted, inherit); }
  `;

  constructor() {
    super();
    this._hydrated = false;
    /** @type {import('./store.js').DraftState} */
    this._before = 'new';
    /** @type {Date | null} when the server said so; null: before the page came */
    this._savedAt = null;
    this._state = new ContextConsumer(this, {context: draftState, subscribe: true});
  }

  firstUpdated() {
    // The first picture has to be the server's, which knows no state.
    this._hydrated = true;
  }

  willUpdate() {
    const state = this._state.value?.state ?? 'new';
    if (state === 'saved' && this._before === 'saving') this._savedAt = new Date();
    this._before = state;
  }

  render() {
    const {state, retryAt = 0} = (this._hydrated && this._state.value) || {state: /** @type {const} */ ('new')};
    const at = (/** @type {Date | null} */ time, /** @type {'short' | 'medium'} */ timeStyle) =>
      time ? ` at ${time.toLocaleTimeString(document.documentElement.lang || undefined, {timeStyle})}` : '';
    const time = state === 'saved' ? at(this._savedAt, 'short') : state === 'failing' && retryAt ? at(new Date(retryAt), 'medium') : '';
    return html`<span data-state=${state}>${words[state] + time || nothing}</span>`;
  }
}

customElements.define('nf-content-draft-state', ContentDraftState);
