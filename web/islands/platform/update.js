/**
 * `<nf-platform-update>`: says that a new version of the site is ready, and reloads the page with it when asked to. It never
 * reloads by itself, nor a page that holds text which is not sent. The loader brings it when a new offline worker waits, with
 * the worker's `registration`. It has no shadow root: it is made in the browser alone, and looks as the page's notices do.
 *
 * @module
 */
import {LitElement, html, nothing} from '../shared/lit.js';

const LATER = 'nf-update-later';

/**
 * Whether leaving the page would lose what was typed: an island that guards its text says so as it would say it to the
 * browser; of plain forms the fields tell.
 */
function holdsUnsentText() {
  if (!dispatchEvent(new Event('beforeunload', {cancelable: true}))) return true;
  return [...document.forms].some((form) => form.method === 'post' && !form.querySelector('[on]') && [...form.elements].some((field) =>
    (field instanceof HTMLTextAreaElement || (field instanceof HTMLInputElement && field.type !== 'hidden')) && field.value !== field.defaultValue));
}

/**
 * Tells that a new version of the site is ready, and loads it when asked to. It draws light DOM, in the styles of the page.
 *
 * @element nf-platform-update
 * @prop {ServiceWorkerRegistration | null} registration - that of the worker which waits
 */
export class PlatformUpdate extends LitElement {
  static properties = {
    registration: {attribute: false},
    _text: {state: true},
    _later: {state: true},
  };

  constructor() {
    super();
    /** @type {ServiceWorkerRegistration | null} */
    this.registration = null;
    this._text = 'A new version of this site is ready.';
    this._later = false;
  }

  connectedCallback() {
    super.connectedCallback();
    try {
      this._later = sessionStorage.getItem(LATER) !== null;
    } catch {
      // A browser that refuses storage says it again on the next page.
    }
  }

  createRenderRoot() {
    return this;
  }

  _postpone() {
    try {
      sessionStorage.setItem(LATER, '1');
    } catch {
      // As above.
    }
    this._later = true;
  }

  _reload() {
    if (holdsUnsentText()) {
      this._text = 'This page holds text that is not sent yet. Save or send it first, then reload.';
      return;
    }
    const waiting = this.registration?.waiting;
    if (!waiting) {
      location.reload();
      return;
    }
    navigator.serviceWorker.addEventListener('controllerchange', () => {
      if (holdsUnsentText()) this._text = 'The new version is in place. Save or send what you wrote, then reload.';
      else location.reload();
    }, {once: true});
    waiting.postMessage({type: 'skip-waiting'});
  }

  render() {
    return this._later ? nothing : html`<div class="toast" role="status">
      <p>${this._text}</p>
      <button type="button" class="button button--small" @click=${this._reload}>Reload</button>
      <button type="button" class="button button--small" @click=${this._postpone}>Later</button>
    </div>`;
  }
}

customElements.define('nf-platform-update', PlatformUpdate);
