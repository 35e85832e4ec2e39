/**
 * `<nf-content-share>`: passing a post on, under its article.
 *
 * The server renders it whole: its links work without script. With script the address can be copied, and the device's own
 * sharing sheet is offered where there is one. `data` holds `{url, title}`.
 *
 * @module
 */
import {LitElement, css, html, nothing} from '../shared/lit.js';

/** @typedef {{url: string, title: string}} ShareData */

const icon = {
  link: html`<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M10 14a5 5 0 0 0 7 0l3-3a5 5 0 0 0-7-7l-1 1M14 10a5 5 0 0 0-7 0l-3 3a5 5 0 0 0 7 7l1-1"/></svg>`,
  share: html`<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 15V3M8 7l4-4 4 4M5 12v7a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2v-7"/></svg>`,
  mail: html`<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M4 5h16a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1ZM3 7l9 6 9-6"/></svg>`,
};

/**
 * Passes a post on: copies its address, opens the device's sharing sheet, and links to what works without a script.
 *
 * @element nf-content-share
 * @attr {ShareData} data - `{url, title}` of the post, as JSON
 * @fires {CustomEvent<{by: 'copy' | 'sheet'}>} nf-content-shared - bubbles when the address was copied, or the sheet took it
 * @cssprop [--color-border] - the edge of its buttons
 * @cssprop [--color-surface-hover] - the ground of a button under the pointer
 * @cssprop [--color-focus] - the outline of what has the focus
 * @cssprop [--radius-md=0.5rem] - the corners of its buttons
 */
export class ContentShare extends LitElement {
  static properties = {
    data: {type: Object},
    _said: {state: true},
    _sheet: {state: true},
    _byHand: {state: true},
  };

  static styles = css`
    :host { display: block; font: inherit; color: inherit; }
    :host([hidden]) { display: none; }
    .row { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: center; margin: 0; padding: 0; list-style: none; }
    a, button {
      display: inline-flex; align-items: center; gap: 0.5rem; box-sizing: border-box;
      min-block-size: 2.75rem; padding: 0.5rem 0.875rem;
      font: inherit; font-size: 0.9375rem; line-height: 1.25; color: inherit; text-decoration: none;
      background: transparent; border: 1px solid var(--color-border, color-mix(in oklab, currentColor 22%, transparent));
      border-radius: var(--radius-md, 0.5rem); cursor: pointer;
    }
    a:hover, button:hover { background: var(--color-surface-hover, color-mix(in oklab, currentColor 7%, transparent)); }
    a:focus-visible, button:focus-visible, input:focus-visible {
      outline: 2px solid var(--color-focus, currentColor); outline-offset: 2px;
    }
    svg { inline-size: 1.125rem; block-size: 1.125rem; fill: none; stroke: currentColor; stroke-width: 1.75; stroke-linecap: round; stroke-linejoin: round; }
    .said { margin-block: 0.5rem 0; min-block-size: 1.5rem; font-size: 0.875rem; }
    input { inline-size: min(100%, 30rem); box-sizing: border-box; min-block-size: 2.75rem; padding-inline: 0.75rem; font: inherit; font-size: 0.875rem; color: inherit; background: transparent; border: 1px solid currentColor; border-radius: var(--radius-md, 0.5rem); }
    @media (scripting: none) { button { display: none; } }
    @media print { :host { display: none; } }
  `;

  constructor() {
    super();
    /** @type {ShareData | null} */
    this.data = null;
    /** @type {string} */
    this._said = '';
    /** @type {boolean} */
    this._sheet = false;
    /** @type {boolean} */
    this._byHand = false;
  }

  firstUpdated() {
    // Only now: the first picture has to be the one that the server made.
    this._sheet = typeof navigator.share === 'function';
  }

  async _copy() {
    const {url} = this.data ?? {url: location.href};
    this._said = '';
    try {
      await navigator.clipboard.writeText(url);
      this._byHand = false;
      this._said = 'Link copied.';
      this.dispatchEvent(new CustomEvent('nf-content-shared', {bubbles: true, composed: true, detail: {by: 'copy'}}));
    } catch {
      this._byHand = true;
      this._said = 'The browser did not allow copying. The link is selected: copy it from here.';
      await this.updateComplete;
      const field = this.renderRoot.querySelector('input');
      field?.focus();
      field?.select();
    }
  }

  async _share() {
    const {url, title} = this.data ?? {url: location.href, title: document.title};
    try {
      await navigator.share({url, title});
      this.dispatchEvent(new CustomEvent('nf-content-shared', {bubbles: true, composed: true, detail: {by: 'sheet'}}));
    } catch (error) {
      if (!(error instanceof DOMException && error.name === 'AbortError')) await this._copy();
    }
  }

  render() {
    const {url = '', title = ''} = this.data ?? {};
    const mail = `mailto:?subject=${encodeURIComponent(title)}&body=${encodeURIComponent(url)}`;
    const bluesky = `https://bsky.app/intent/compose?text=${encodeURIComponent(`${title} ${url}`)}`;
    const linkedin = `https://www.linkedin.com/sharing/share-offsite/?url=${encodeURIComponent(url)}`;
    return html`
      <ul class="row" aria-label="Share this post">
        <li><button type="button" @click=${this._copy}>${icon.link} Copy link</button></li>
        ${this._sheet ? html`<li><button type="button" @click=${this._share}>${icon.share} Share…</button></li>` : nothing}
        <li><a href=${mail}>${icon.mail} E-mail</a></li>
        <li><a href=${bluesky} rel="noopener nofollow" target="_blank">Bluesky</a></li>
        <li><a href=${linkedin} rel="noopener nofollow" target="_blank">LinkedIn</a></li>
      </ul>
      <p class="said" role="status">${this._said || nothing}</p>
      ${this._byHand ? html`<input readonly aria-label="Address of this post" .value=${url}>` : nothing}
    `;
  }
}

customElements.define('nf-content-share', ContentShare);
