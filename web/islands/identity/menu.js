/**
 * `<nf-identity-menu>`: turns the header's "Sign in" link into the signed-in person's menu.
 *
 * Public pages are the same bytes for everybody, so who is reading is asked from the API, once, and only when the cookie
 * `signed_in=1` (under https `__Host-signed_in=1`) hints that there is a session. The menu's entries stand in `data-menu`,
 * each with the permission that it takes. Plain DOM in the page's own styles: it
 * is on every page, so it is small.
 *
 * @module
 */
import {readMe} from './service.js';

/** @typedef {{label: string, path: string, permission?: string}} Entry */
/** @typedef {import('./service.js').Me} Me */

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} name
 * @param {Record<string, string>} [attributes]
 * @param {...(Node | string)} children
 */
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** @param {string} name */
function initials(name) {
  const words = name.trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0], words[words.length - 1]] : [words[0]];
  return letters.map((word) => [...word][0] ?? '').join('').toLocaleUpperCase();
}

class IdentityMenu extends HTMLElement {
  /** @type {AbortController | undefined} */
  #attached;

  connectedCallback() {
    this.#attached = new AbortController();
    const {signal} = this.#attached;
    this.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.#close(true);
    }, {signal});
    document.addEventListener('click', (event) => {
      if (!event.composedPath().includes(this)) this.#close(false);
    }, {signal});
    // A page rendered for one person already holds the menu.
    if (!this.querySelector('details') && /(?:^|;\s*)(?:__Host-)?signed_in=1(?:;|$)/.test(document.cookie)) this.#ask(signal);
  }

  disconnectedCallback() {
    this.#attached?.abort();
  }

  /** @param {boolean} returnFocus */
  #close(returnFocus) {
    const menu = this.querySelector('details');
    if (!menu?.open) return;
    menu.open = false;
    if (returnFocus) menu.querySelector('summary')?.focus();
  }

  /** @param {AbortSignal} signal */
  async #ask(signal) {
    try {
      const me = await readMe(signal);
      if (me && !signal.aborted) this.#show(me);
    } catch {
      // Not signed in, or out of reach: the link stays and is true enough.
    }
  }

  /** @param {Me} me */
  #show(me) {
    const name = me.name || me.email || 'Account';
    const items = make('ul', {class: 'menu__items'});
    /** @type {Entry[]} */
    const entries = JSON.parse(this.dataset.menu || '[]');
    for (const {label, path, permission} of entries) {
      if (!permission || me.permissions.includes(permission)) items.append(make('li', {}, make('a', {href: path}, label)));
    }
    items.append(make('li', {},
      make('form', {method: 'post', action: '/logout'}, make('button', {type: 'submit'}, 'Sign out'))));
    this.replaceChildren(make('details', {class: 'menu'},
      make('summary', {class: 'menu__summary'},
        me.avatar_url
          ? make('img', {class: 'menu__initials', src: me.avatar_url, width: '32', height: '32', alt: ''})
          : make('span', {class: 'menu__initials', 'aria-hidden': 'true'}, initials(name)),
        make('span', {class: 'menu__name'}, name)),
      items));
    if (me.impersonated) tellOfActing(name);
    this.dispatchEvent(new CustomEvent('nf-identity-known', {bubbles: true, detail: me}));
  }
}

/**
 * The bar that pages made for one person already hold: an administrator acts in somebody's name.
 *
 * @param {string} name
 */
function tellOfActing(name) {
  if (document.querySelector('.acting')) return;
  const bar = make('form', {class: 'acting', method: 'post', action: '/impersonation/stop', 'aria-label': 'Impersonation'},
    make('span', {}, `You act for ${name}. Everything you do is logged in your name.`),
    make('button', {class: 'acting__stop', type: 'submit'}, 'Stop'));
  document.querySelector('.skip-link')?.after(bar);
}

customElements.define('nf-identity-menu', IdentityMenu);
