/**
 * `<nf-platform-palette>`: goes anywhere by the keyboard. The loader brings it at Ctrl+K (⌘K), over the page. It finds the
 * pages that this page navigates to, and what the site's search finds; without a site that is searched, pages alone.
 *
 * The field and its list follow the combobox pattern (WAI-ARIA 1.2): the focus stays in the field, the arrows choose. Every
 * row is a link, so it opens in another tab as links do.
 *
 * @module
 */
import {Task} from '@lit/task';
import {LitElement, css, html, nothing} from '../shared/lit.js';
import {searchSite} from './service.js';

/** @typedef {{title: string, url: string, note?: string}} Row */

/** How long somebody may think between two letters before it is searched. */
const PAUSE_MS = 120;
/** Fewer letters begin too many words. */
const LEAST = 2;
const MOST = 8;

/** @param {string} text without what case, marks and widths add to its letters */
const folded = (text) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

/**
 * The pages that this page navigates to, in their order, each once.
 *
 * @param {string} navigation a selector of their links
 * @returns {Row[]}
 */
function pagesOf(navigation) {
  const roots = [document, ...[...document.querySelectorAll('.site-header *')].flatMap(({shadowRoot}) => shadowRoot ?? [])];
  /** @type {Map<string, Row>} */
  const found = new Map([['/', {title: 'Home', url: '/'}]]);
  for (const root of roots) {
    for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (root.querySelectorAll(root === document ? navigation : 'a[href]'))) {
      const {origin, pathname, search, hash} = new URL(link.href);
      const title = (link.textContent ?? '').replace(/\s+/g, ' ').trim();
      if (origin !== location.origin || hash || !title || found.has(pathname + search)) continue;
      found.set(pathname + search, {title, url: pathname + search, note: pathname});
    }
  }
  return [...found.values()];
}

/** Where the site is searched: the page of the first form that says so. */
function searchPage() {
  const field = /** @type {HTMLInputElement | null} */ (globalThis.document?.querySelector('[aria-keyshortcuts="/"]'));
  return field?.form ? new URL(field.form.action).pathname : '';
}

/**
 * Goes to a page of the site, or to what its search finds, by the keyboard alone.
 *
 * @element nf-platform-palette
 * @attr {boolean} inline - stands in its place in the page rather than over it; it does not take the focus then
 * @cssprop [--color-surface] - its ground
 * @cssprop [--color-surface-hover] - the ground of the row that is chosen
 * @cssprop [--color-border] - its edge
 * @cssprop [--color-muted] - what is said beside a row
 * @cssprop [--color-focus] - the mark of the row that is chosen
 */
export class PlatformPalette extends LitElement {
  static properties = {
    inline: {type: Boolean},
    _typed: {state: true},
    _at: {state: true},
  };

  static styles = css`
    :host { font-family: var(--font-ui, system-ui, sans-serif); font-size: 1rem; line-height: 1.4; color: var(--color-ink, CanvasText); }
    dialog {
      box-sizing: border-box; inline-size: min(40rem, calc(100vw - 2rem)); max-block-size: min(34rem, calc(100dvh - 4rem));
      margin-block: max(2rem, 12dvh) auto; padding: 0; overflow: hidden; color: inherit;
      background: var(--color-surface, Canvas); border: 1px solid var(--color-border, GrayText); border-radius: var(--radius-lg, 1rem);
      box-shadow: var(--shadow-raised, none);
    }
    :host([inline]) dialog { position: static; margin: 0; inline-size: 100%; max-block-size: none; }
    dialog[open] { display: flex; flex-direction: column; }
    dialog::backdrop { background: rgb(0 0 0 / 0.45); }
    input {
      box-sizing: border-box; inline-size: 100%; padding: 1rem 1.25rem; font: inherit; font-size: 1.125rem; color: inherit; background: transparent;
      border: 0; border-block-end: 1px solid var(--color-border, GrayText); outline: none;
    }
    input::placeholder { color: var(--color-muted, GrayText); opacity: 1; }
    input::-webkit-search-cancel-button { display: none; }
    .list { flex: 1; min-block-size: 0; overflow-y: auto; padding: 0.5rem; overscroll-behavior: contain; }
    .group { margin: 0; padding: 0.5rem 0.75rem 0.25rem; font-size: 0.8125rem; font-weight: 600; color: var(--color-muted, GrayText); }
    a {
      display: flex; gap: 1rem; align-items: baseline; justify-content: space-between; box-sizing: border-box; min-block-size: 2.75rem; padding: 0.625rem 0.75rem;
      color: inherit; text-decoration: none; border-radius: var(--radius-sm, 0.375rem); scroll-margin-block: 2.5rem;
    }
    a[aria-selected='true'] { background: var(--color-surface-hover, Highlight); box-shadow: inset 3px 0 0 var(--color-focus, currentColor); }
    .title { min-inline-size: 0; overflow-wrap: anywhere; }
    .note { flex: none; max-inline-size: 45%; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-size: 0.875rem; color: var(--color-muted, GrayText); }
    .said { margin: 0; padding: 0.75rem; color: var(--color-muted, GrayText); }
    .keys { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; margin: 0; padding: 0.625rem 1.25rem; font-size: 0.8125rem; color: var(--color-muted, GrayText); border-block-start: 1px solid var(--color-border, GrayText); }
    kbd { font: inherit; font-weight: 600; }
    .unseen { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
    @media (forced-colors: active) { a[aria-selected='true'] { outline: 2px solid Highlight; outline-offset: -2px; } }
  `;

  constructor() {
    super();
    this.inline = false;
    this._typed = '';
    this._at = 0;
    /** @type {Row[]} */
    this._pages = [];
    /** @type {Task<[string], Row[]>} */
    this._found = new Task(this, {
      args: () => /** @type {[string]} */ ([this._typed.trim()]),
      task: async ([text], {signal}) => {
        const page = searchPage();
        if (!page || text.length < LEAST) return [];
        await new Promise((resolve) => { setTimeout(resolve, PAUSE_MS); });
        signal.throwIfAborted();
        return searchSite(page, text, MOST, signal);
      },
    });
  }

  firstUpdated() {
    // A press beside the box, which browsers take for one on the dialog; the keyboard has Esc.
    const dialog = /** @type {HTMLDialogElement} */ (this.renderRoot.querySelector('dialog'));
    dialog.addEventListener('click', ({target}) => target === dialog && !this.inline && dialog.close());
    void this.show();
  }

  /** Opens it, empty. Where it is open already, it closes. */
  async show() {
    const dialog = /** @type {HTMLDialogElement} */ (this.renderRoot.querySelector('dialog'));
    if (dialog.open && !this.inline) {
      dialog.close();
      return;
    }
    this._pages = pagesOf(this.inline ? '.site-header nav a[href], .site-footer nav a[href]' : 'nav a[href], .menu a[href], .site-header a.button[href]');
    this._typed = '';
    this._at = 0;
    this.requestUpdate();
    await this.updateComplete;
    if (this.inline) dialog.open = true;
    else dialog.showModal();
  }

  /** @returns {{label: string, rows: Row[]}[]} what is shown, by groups */
  _groups() {
    const text = this._typed.trim();
    const words = folded(text).split(/\s+/).filter(Boolean);
    const pages = this._pages.filter(({title, url}) => words.every((word) => folded(title).includes(word) || url.includes(word)));
    const page = searchPage();
    return [
      {label: 'Pages', rows: pages.slice(0, text ? MOST : undefined)},
      {label: 'Found', rows: text.length < LEAST ? [] : this._found.value ?? []},
      {label: 'Search', rows: page && text ? [{title: `Everything about “${text}”`, url: `${page}?q=${encodeURIComponent(text)}`}] : []},
    ].filter(({rows}) => rows.length > 0);
  }

  /** @param {InputEvent} event */
  _type(event) {
    this._typed = /** @type {HTMLInputElement} */ (event.target).value;
    this._at = 0;
  }

  /** @param {KeyboardEvent} event */
  async _press(event) {
    if (event.isComposing) return;
    const rows = this._groups().flatMap((group) => group.rows);
    const step = {ArrowDown: 1, ArrowUp: -1, PageDown: 5, PageUp: -5}[event.key];
    if (event.key === 'Enter') {
      event.preventDefault();
      const {ctrlKey, metaKey, shiftKey} = event;
      this.renderRoot.querySelector('[aria-selected="true"]')?.dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true, composed: true, ctrlKey, metaKey, shiftKey}));
    } else if (step && rows.length > 0) {
      event.preventDefault();
      const last = rows.length - 1;
      const next = this._at + step;
      this._at = Math.abs(step) > 1 ? Math.min(Math.max(next, 0), last) : (next + rows.length) % rows.length;
      await this.updateComplete;
      this.renderRoot.querySelector('[aria-selected="true"]')?.scrollIntoView({block: 'nearest'});
    }
  }

  render() {
    const groups = this._groups();
    const count = groups.reduce((sum, {rows}) => sum + rows.length, 0);
    let at = 0;
    return html`<dialog aria-label="Go to">
      <input type="search" role="combobox" aria-label="Go to a page, or search" aria-expanded="true" aria-controls="list" aria-autocomplete="list"
        aria-activedescendant=${count > 0 ? `row-${Math.min(this._at, count - 1)}` : nothing}
        placeholder="Go to a page, or search" maxlength="200" autocomplete="off" autocapitalize="off" spellcheck="false" enterkeyhint="go" ?autofocus=${!this.inline}
        .value=${this._typed} @input=${this._type} @keydown=${this._press}>
      <div class="list" id="list" role="listbox" aria-label="What is found">
        ${groups.map(({label, rows}, group) => html`<div role="group" aria-labelledby=${`group-${group}`}>
          <p class="group" id=${`group-${group}`} role="presentation">${label}</p>
          ${rows.map(({title, url, note}) => {
            const index = at++;
            return html`<a role="option" id=${`row-${index}`} href=${url} tabindex="-1" aria-selected=${index === Math.min(this._at, count - 1)} @pointermove=${() => { this._at = index; }}>
              <span class="title">${title}</span>${note ? html`<span class="note">${note}</span>` : nothing}</a>`;
          })}
        </div>`)}
      </div>
      ${this._found.render({
        pending: () => count > 0 ? nothing : html`<p class="said">Searching…</p>`,
        complete: () => count > 0 ? nothing : html`<p class="said">Nothing is found. Try another word.</p>`,
        error: () => html`<p class="said">The site cannot be searched at the moment: there is no connection, or the server does not answer.</p>`,
      })}
      <p class="keys" aria-hidden="true"><span><kbd>↑</kbd> <kbd>↓</kbd> choose</span><span><kbd>Enter</kbd> open</span><span><kbd>Esc</kbd> close</span></p>
      <p class="unseen" role="status">${this._typed ? `${count} found` : nothing}</p>
    </dialog>`;
  }
}

customElements.define('nf-platform-palette', PlatformPalette);
