/**
 * `<nf-platform-offline>`: the offline page. It lists the pages that are kept on this device, tries again by itself, and has
 * its button lead to the page that was wanted: the worker answers with the offline page at that page's own address.
 *
 * The button is its child. The page is everybody's, and knows nobody.
 *
 * @module
 */
import {whenBack} from '../shared/connection.js';
import {keptPages} from '../shared/kept.js';
import {LitElement, css, html, nothing} from '../shared/lit.js';
import {reachServer} from './service.js';

const OWN = '/offline';

/**
 * Is what the offline page does: lists what is kept on the device, and tries again by itself.
 *
 * @element nf-platform-offline
 * @slot - what there is to say, and the button, a link with `data-again`
 * @cssprop [--color-line] - the lines between the pages
 * @cssprop [--color-muted] - the colour of what it says
 */
export class PlatformOffline extends LitElement {
  static properties = {
    _status: {state: true},
    _pages: {state: true},
  };

  static styles = css`
    :host { display: grid; gap: var(--space-3); inline-size: 100%; }
    h2 { margin: 0; padding-block-start: var(--space-4); font-size: var(--text-lg); line-height: 1.25; }
    p { margin: 0; color: var(--color-muted); }
    .status { min-block-size: 1.5em; }
    ul { display: grid; margin: 0; padding: 0; list-style: none; border-block-start: 1px solid var(--color-line); }
    a { display: block; min-block-size: 2.75rem; box-sizing: border-box; padding-block: var(--space-3); border-block-end: 1px solid var(--color-line); color: inherit; overflow-wrap: anywhere; }
    a:focus-visible { outline: 2px solid var(--color-focus, currentColor); outline-offset: 2px; }
  `;

  constructor() {
    super();
    this._status = '';
    /** @type {import('../shared/kept.js').KeptPage[]} */
    this._pages = [];
    /** @type {AbortController | undefined} */
    this._attached = undefined;
  }

  connectedCallback() {
    super.connectedCallback();
    this._attached = new AbortController();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this._attached?.abort();
  }

  async firstUpdated() {
    const signal = this._attached?.signal;
    if (!signal) return;
    const again = /** @type {HTMLAnchorElement | null} */ (this.querySelector('[data-again]'));
    if (again && location.pathname !== OWN) again.href = location.pathname + location.search;
    whenBack(() => this._tryAgain(signal), signal);
    this._pages = await keptPages();
  }

  /** @param {AbortSignal} signal */
  async _tryAgain(signal) {
    try {
      await reachServer(signal);
    } catch {
      this._status = 'Still no connection. This page tries again by itself.';
      return false;
    }
    this._status = 'Connected again.';
    if (location.pathname === OWN) location.replace('/');
    else location.reload();
    return true;
  }

  render() {
    return html`
      <slot></slot>
      <p class="status" role="status">${this._status || nothing}</p>
      <h2>Kept on this device</h2>
      ${this._pages.length === 0
        ? html`<p class="empty">Nothing is kept yet. Pages that you read, such as posts, are kept here from then on, and open without a connection.</p>`
        : html`<ul>${this._pages.map(({path, title}) => html`<li><a href=${path}>${ownTitle(title)}</a></li>`)}</ul>`}
    `;
  }
}

/**
 * The title without the name of the site, which every one ends with.
 *
 * @param {string} title
 */
function ownTitle(title) {
  const at = document.title.lastIndexOf(' · ');
  const site = at < 0 ? '' : document.title.slice(at);
  return site && title.endsWith(site) ? title.slice(0, -site.length) : title;
}

customElements.define('nf-platform-offline', PlatformOffline);
