/**
 * `<nf-identity-menu>`: the menu of who is signed in, in the header of every page.
 *
 * A page that was made for one person holds the menu already; the island closes it by Escape and by a press elsewhere. A
 * page that is the same for everybody holds a link to sign in, which the island puts the menu in the place of. It then
 * sends `nf-identity-known`, whose `detail` is who it is. The entries stand in `data-menu`: a list of `{label, path,
 * permission?}`, of which those are shown that the person may use. The menu is light DOM, in the styles of the page.
 *
 * @module
 */
import {SignalWatcher} from '@lit-labs/signals';
import {LitElement, html, nothing, render} from '../shared/lit.js';
import {askWhoIsSignedIn, displayName, me} from './store.js';

/** @typedef {{label: string, path: string, permission?: string}} Entry */
/** @typedef {import('./store.js').Me} Me */

/**
 * Is the menu of who is signed in. Where the page was made for nobody it takes the place of the link to sign in.
 *
 * @element nf-identity-menu
 * @attr {Entry[]} data-menu - `{label, path, permission?}` of each entry, as JSON
 * @fires {CustomEvent<Me>} nf-identity-known - bubbles when it has learnt who is signed in
 * @slot - the link to sign in, or the menu that the server made
 */
export class IdentityMenu extends SignalWatcher(LitElement) {
  static properties = {
    entries: {type: Array, attribute: 'data-menu'},
  };

  constructor() {
    super();
    /** @type {Entry[] | null} */
    this.entries = null;
    /** @type {boolean | undefined} */
    this._given = undefined;
    /** @type {Me | null} */
    this._shown = null;
    /** @type {AbortController | undefined} */
    this._attached = undefined;
  }

  connectedCallback() {
    super.connectedCallback();
    this._attached = new AbortController();
    const {signal} = this._attached;
    this.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this._close(true);
    }, {signal});
    document.addEventListener('click', (event) => {
      if (!event.composedPath().includes(this)) this._close(false);
    }, {signal});
    this._given ??= this.querySelector('details') !== null;
    if (!this._given) void askWhoIsSignedIn();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this._attached?.abort();
  }

  /** @param {boolean} returnFocus */
  _close(returnFocus) {
    const menu = this.querySelector('details');
    if (!menu?.open) return;
    menu.open = false;
    if (returnFocus) menu.querySelector('summary')?.focus();
  }

  updated() {
    const person = me.get();
    if (this._given || !person) return;
    const focused = this.contains(document.activeElement);
    if (!this._shown) this.replaceChildren(); // the link to sign in
    render(menuOf(person, displayName.get(), this.entries ?? []), this);
    if (this._shown === person) return;
    this._shown = person;
    if (focused) this.querySelector('summary')?.focus();
    this.dispatchEvent(new CustomEvent('nf-identity-known', {bubbles: true, detail: person}));
  }

  render() {
    return html`<slot></slot>`;
  }
}

/**
 * The same picture as of accountMenu in web/pages/layout/shell.templ.
 *
 * @param {Me} person
 * @param {string} name
 * @param {Entry[]} entries
 */
function menuOf(person, name, entries) {
  const allowed = entries.filter(({permission}) => !permission || person.permissions.includes(permission));
  return html`<details class="menu">
    <summary class="menu__summary">
      ${person.avatar_url
        ? html`<img class="menu__initials" src=${person.avatar_url} width="32" height="32" alt="">`
        : html`<span class="menu__initials" aria-hidden="true">${initials(name) || nothing}</span>`}
      <span class="menu__name">${name}</span>
    </summary>
    <ul class="menu__items">
      ${allowed.map(({label, path}) => html`<li><a href=${path}>${label}</a></li>`)}
      <li><form method="post" action="/logout"><button type="submit">Sign out</button></form></li>
    </ul>
  </details>`;
}

/** @param {string} name */
function initials(name) {
  const words = name.trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0], words[words.length - 1]] : [words[0]];
  return letters.map((word) => [...word][0] ?? '').join('').toLocaleUpperCase();
}

customElements.define('nf-identity-menu', IdentityMenu);
