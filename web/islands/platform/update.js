/**
 * `<nf-platform-update>`: says that a new version of the site is ready, and reloads the page with it when asked to. It never
 * reloads by itself, nor a page that holds text which is not sent. The loader brings it when a new offline worker waits, with
 * the worker's `registration`.
 *
 * @module
 */

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

class PlatformUpdate extends HTMLElement {
  connectedCallback() {
    if (sessionStorage.getItem(LATER)) return;
    const toast = document.createElement('div');
    toast.className = 'toast';
    toast.setAttribute('role', 'status');
    const text = document.createElement('p');
    text.textContent = 'A new version of this site is ready.';
    toast.append(text, this.#button('Reload', () => this.#reload(text)), this.#button('Later', () => {
      sessionStorage.setItem(LATER, '1');
      this.remove();
    }));
    this.replaceChildren(toast);
  }

  /**
   * @param {string} label
   * @param {() => void} press
   */
  #button(label, press) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'button button--small';
    button.textContent = label;
    button.addEventListener('click', press);
    return button;
  }

  /** @param {HTMLElement} text */
  #reload(text) {
    if (holdsUnsentText()) {
      text.textContent = 'This page holds text that is not sent yet. Save or send it first, then reload.';
      return;
    }
    const {registration} = /** @type {{registration?: ServiceWorkerRegistration}} */ (/** @type {unknown} */ (this));
    const waiting = registration?.waiting;
    if (!waiting) {
      location.reload();
      return;
    }
    navigator.serviceWorker.addEventListener('controllerchange', () => {
      if (holdsUnsentText()) text.textContent = 'The new version is in place. Save or send what you wrote, then reload.';
      else location.reload();
    }, {once: true});
    waiting.postMessage({type: 'skip-waiting'});
  }
}

customElements.define('nf-platform-update', PlatformUpdate);
