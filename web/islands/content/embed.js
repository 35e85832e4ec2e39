/**
 * `<nf-content-embed>`: a link to another site that can be opened in the page, once its reader agrees.
 *
 * The link is its child, so that it is there without a script. Nothing of the other site is asked before the button is pressed:
 * no picture, no script, no connection. Consent is for this one, unless the reader wants it kept for the site in this browser.
 *
 * @module
 */
import {LitElement, css, html, nothing} from '../shared/lit.js';

const changed = 'nf-content-embed-consent';

/** @param {string} provider */
const kept = (provider) => `nf-embed:${provider}`;

/**
 * A link to another site, with a button that opens it in a frame.
 *
 * @element nf-content-embed
 * @attr {string} provider - names the site where consent is kept
 * @attr {string} name - of the site, as readers know it
 * @attr {string} frame - the address that the frame shows; without one it stays a link
 * @slot - the link to what the frame shows
 * @fires {CustomEvent<{provider: string}>} nf-content-embed-opened - bubbles when the frame is put into the page
 * @cssprop [--color-line] - the edge of the card
 * @cssprop [--color-surface] - the ground of the card
 * @cssprop [--color-border] - the edge of its buttons
 * @cssprop [--color-surface-hover] - the ground of a button under the pointer
 * @cssprop [--color-muted] - what is said below the link
 * @cssprop [--color-focus] - the outline of what has the focus
 * @cssprop [--font-ui] - the letters of the card
 * @cssprop [--radius-md=0.5rem] - the corners of the card and its buttons
 */
export class ContentEmbed extends LitElement {
  static properties = {
    provider: {type: String},
    name: {type: String},
    frame: {type: String},
    _open: {state: true},
    _kept: {state: true},
    _keeps: {state: true},
    _online: {state: true},
    _pressed: {state: true},
  };

  static styles = css`
    :host { display: block; font-family: var(--font-ui, inherit); font-size: 1rem; line-height: 1.5; color: inherit; }
    :host([hidden]) { display: none; }
    .card { display: grid; gap: 0.75rem; padding: 1.25rem; border: 1px solid var(--color-line, color-mix(in oklab, currentColor 22%, transparent)); border-radius: var(--radius-md, 0.5rem); background: var(--color-surface, transparent); }
    .name { margin: 0; font-size: 0.875rem; font-weight: 600; color: var(--color-muted, inherit); }
    .link { margin: 0; font-size: 1.125rem; font-weight: 600; overflow-wrap: anywhere; }
    .note { margin: 0; font-size: 0.875rem; color: var(--color-muted, inherit); }
    .row { display: flex; flex-wrap: wrap; gap: 0.75rem 1.25rem; align-items: center; }
    button { box-sizing: border-box; min-block-size: 2.75rem; padding: 0.5rem 0.875rem; font: inherit; font-size: 0.9375rem; line-height: 1.25; color: inherit; background: transparent; border: 1px solid var(--color-border, color-mix(in oklab, currentColor 22%, transparent)); border-radius: var(--radius-md, 0.5rem); cursor: pointer; }
    button:hover { background: var(--color-surface-hover, color-mix(in oklab, currentColor 7%, transparent)); }
    :is(button, input, iframe):focus-visible { outline: 2px solid var(--color-focus, currentColor); outline-offset: 2px; }
    label { display: inline-flex; align-items: center; gap: 0.5rem; min-block-size: 2.75rem; font-size: 0.875rem; cursor: pointer; }
    input { flex: none; inline-size: 1.125rem; block-size: 1.125rem; margin: 0; accent-color: currentColor; }
    iframe { display: block; box-sizing: border-box; inline-size: 100%; block-size: auto; aspect-ratio: 16 / 9; border: 1px solid var(--color-line, transparent); border-radius: var(--radius-md, 0.5rem); }
    .below { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; align-items: center; justify-content: space-between; margin-block-start: 0.5rem; font-size: 0.875rem; overflow-wrap: anywhere; }
    @media (scripting: none) { .asks { display: none; } }
    @media print { .asks, iframe { display: none; } }
  `;

  constructor() {
    super();
    /** @type {string} */
    this.provider = '';
    /** @type {string} */
    this.name = '';
    /** @type {string} */
    this.frame = '';
    /** @type {boolean} */
    this._open = false;
    /** @type {boolean} */
    this._kept = false;
    /** @type {boolean} */
    this._keeps = false;
    /** @type {boolean} */
    this._online = true;
    /** @type {boolean} */
    this._pressed = false;
    this._shows = false; // the frame is in the page: what it has loaded by now outlives the connection
    this._look = this._look.bind(this);
    this._connection = this._connection.bind(this);
  }

  connectedCallback() {
    super.connectedCallback();
    if (this.hasUpdated) this._listen(); // it was put elsewhere in the page
  }

  firstUpdated() {
    // Only now: the first picture has to be the one that the server made.
    this._listen();
  }

  updated() {
    this._shows = this.renderRoot.querySelector('iframe') !== null;
  }

  _listen() {
    this._look();
    this._connection();
    // Another card, or another tab, keeps consent or takes it back.
    addEventListener(changed, this._look);
    addEventListener('storage', this._look);
    addEventListener('online', this._connection);
    addEventListener('offline', this._connection);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    removeEventListener(changed, this._look);
    removeEventListener('storage', this._look);
    removeEventListener('online', this._connection);
    removeEventListener('offline', this._connection);
  }

  _connection() {
    this._online = navigator.onLine;
  }

  _look() {
    let consent = false;
    try {
      consent = localStorage.getItem(kept(this.provider)) === '1';
    } catch {
      // A browser that refuses storage keeps no consent.
    }
    if (this._kept && !consent) this._open = false;
    if (consent) this._open = true;
    this._kept = consent;
  }

  async _load() {
    this._open = true;
    this._pressed = true;
    if (this._keeps) this._keep(true);
    await this.updateComplete;
    this.renderRoot.querySelector('iframe')?.focus();
    this.dispatchEvent(new CustomEvent('nf-content-embed-opened', {bubbles: true, composed: true, detail: {provider: this.provider}}));
  }

  /** @param {boolean} consent */
  _keep(consent) {
    try {
      if (consent) localStorage.setItem(kept(this.provider), '1');
      else localStorage.removeItem(kept(this.provider));
    } catch {
      // As above.
    }
    dispatchEvent(new Event(changed));
  }

  async _revoke() {
    this._keeps = false;
    this._open = false;
    this._keep(false);
    await this.updateComplete;
    this.renderRoot.querySelector('button')?.focus();
  }

  /** @param {Event} event */
  _tick(event) {
    this._keeps = /** @type {HTMLInputElement} */ (event.target).checked;
  }

  render() {
    if (!this.frame) return html`<slot></slot>`;
    if (this._open && (this._online || this._shows)) {
      return html`
        <iframe
          src=${this.frame} title=${`${this.textContent?.trim() ?? ''} (${this.name})`} loading=${this._pressed ? 'eager' : 'lazy'} referrerpolicy="strict-origin"
          sandbox="allow-scripts allow-same-origin allow-presentation allow-popups allow-popups-to-escape-sandbox" allow="fullscreen; picture-in-picture; encrypted-media"
        ></iframe>
        <div class="below">
          <slot></slot>
          ${this._kept ? html`<button type="button" @click=${this._revoke}>Ask again before ${this.name} is loaded</button>` : nothing}
        </div>
      `;
    }
    return html`
      <div class="card">
        <p class="name">${this.name}</p>
        <p class="link"><slot></slot></p>
        ${this._online ? html`
          <p class="note asks" id="note">Nothing of it is loaded yet. When it is, ${this.name} learns your IP address and that you read this site, and may set cookies.</p>
          <div class="row asks">
            <button type="button" aria-describedby="note" @click=${this._load}>Load from ${this.name}</button>
            <label><input type="checkbox" .checked=${this._keeps} @change=${this._tick}> Always load from ${this.name} in this browser</label>
          </div>
        ` : html`<p class="note">It can be loaded as soon as you are online.</p>`}
      </div>
    `;
  }
}

customElements.define('nf-content-embed', ContentEmbed);
