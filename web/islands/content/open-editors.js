/**
 * `<nf-content-open-editors>`: says who else has a post open in the editor, while it is open here.
 *
 * It tells the server every half a minute that the post is open here, and when the page is left. Who does not hear from it
 * for a minute and a half takes it for closed. `data` holds `{post?, others?, what?}`: the id, the names that are known already, and what it is called where it is no post. What fails says nothing: who else writes is told
 * again with the next answer, and that no save goes over another one is not its part.
 *
 * @module
 */
import {LitElement, css, html, nothing} from '../shared/lit.js';
import {ApiError, closePost, havePostOpen} from './service.js';

const PAUSE_MS = 30_000;
// The server knows people, not their tabs: of one that is left, the others tell again that the post is open, after it has heard so.
const TABS = 'nf-open-editors';
const AFTER_MS = 1_000;

/**
 * Says who else has a post open in the editor.
 *
 * @element nf-content-open-editors
 * @attr {{post?: string, others?: string[], what?: string}} data - which post is open here, the names that are known already, and what it is called where it is no post, as JSON
 * @cssprop [--color-ember] - the mark before its words
 */
export class ContentOpenEditors extends LitElement {
  static properties = {
    data: {type: Object},
    _others: {state: true},
  };

  static styles = css`
    :host { font-size: 0.875rem; }
    p { display: flex; gap: 0.5rem; align-items: baseline; margin: 0; overflow-wrap: anywhere; }
    p::before { content: ''; flex: none; inline-size: 0.5rem; block-size: 0.5rem; border-radius: 50%; background: var(--color-ember, currentColor); }
  `;

  constructor() {
    super();
    /** @type {{post?: string, others?: string[], what?: string}} */
    this.data = {};
    /** @type {string[] | null} */
    this._others = null;
    this._timer = 0;
    /** @type {BroadcastChannel | null} */
    this._tabs = null;
    this._tell = () => void this._beat();
    this._leave = () => this._close();
    // A page that comes back from the browser's memory was left.
    this._back = (/** @type {PageTransitionEvent} */ event) => {
      if (event.persisted) this._open();
    };
  }

  connectedCallback() {
    super.connectedCallback();
    window.addEventListener('pagehide', this._leave);
    window.addEventListener('pageshow', this._back);
    window.addEventListener('online', this._tell);
    this._open();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    window.removeEventListener('pagehide', this._leave);
    window.removeEventListener('pageshow', this._back);
    window.removeEventListener('online', this._tell);
    this._close();
  }

  _open() {
    this._tabs?.close();
    this._tabs = new BroadcastChannel(TABS);
    this._tabs.addEventListener('message', ({data}) => {
      if (!this._timer || data !== this.data?.post) return;
      clearTimeout(this._timer);
      this._timer = window.setTimeout(this._tell, AFTER_MS);
    });
    void this._beat();
  }

  async _beat() {
    clearTimeout(this._timer);
    const post = this.data?.post;
    if (!post) return;
    try {
      this._others = (await havePostOpen(post)).others;
    } catch (error) {
      // Who is signed out, or may edit it no longer, hears it from the editor.
      if (error instanceof ApiError && [401, 403, 404].includes(error.status)) {
        this._others = [];
        this._timer = 0;
        return;
      }
    }
    if (this.isConnected && this._tabs) this._timer = window.setTimeout(this._tell, PAUSE_MS);
  }

  _close() {
    clearTimeout(this._timer);
    if (this.data?.post) {
      void closePost(this.data.post).catch(() => {}); // it is over by itself
      this._tabs?.postMessage(this.data.post);
    }
    this._tabs?.close(); // an open one keeps browsers from remembering the page
    this._tabs = null;
  }

  render() {
    const others = this._others ?? this.data?.others ?? [];
    const last = others.length - 1;
    // Each name for itself: one that is written from the right turns no others round.
    const names = others.map((name, i) => html`${i === 0 ? '' : i < last ? ', ' : ' and '}<bdi>${name}</bdi>`);
    const told = html`<p><span>${names} ${last > 0 ? 'have' : 'has'} this ${this.data?.what ?? 'post'} open, too</span></p>`;
    return html`<div role="status">${others.length ? told : nothing}</div>`;
  }
}

customElements.define('nf-content-open-editors', ContentOpenEditors);
