/**
 * `<nf-platform-offline>`: the offline page. It lists the pages that are kept on this device, tries again by itself, and has
 * its button lead to the page that was wanted: the worker answers with the offline page at that page's own address.
 *
 * The markup is the server's; it is everybody's, and knows nobody.
 *
 * @module
 */
import {whenBack} from '../shared/connection.js';
import {keptPages} from '../shared/kept.js';
import {reachServer} from './service.js';

const OWN = '/offline';

class PlatformOffline extends HTMLElement {
  /** @type {AbortController | undefined} */
  #attached;

  connectedCallback() {
    this.#attached = new AbortController();
    const {signal} = this.#attached;
    const again = /** @type {HTMLAnchorElement | null} */ (this.querySelector('[data-again]'));
    if (again && location.pathname !== OWN) again.href = location.pathname + location.search;
    whenBack(() => this.#tryAgain(signal), signal);
    void this.#list();
  }

  disconnectedCallback() {
    this.#attached?.abort();
  }

  /** @param {AbortSignal} signal */
  async #tryAgain(signal) {
    try {
      await reachServer(signal);
    } catch {
      this.#say('Still no connection. This page tries again by itself.');
      return false;
    }
    this.#say('Connected again.');
    if (location.pathname === OWN) location.replace('/');
    else location.reload();
    return true;
  }

  /** @param {string} text */
  #say(text) {
    const status = this.querySelector('[role=status]');
    if (status && status.textContent !== text) status.textContent = text;
  }

  async #list() {
    const pages = await keptPages();
    const list = this.querySelector('[data-kept]');
    if (!list || pages.length === 0) return;
    const site = document.title.slice(document.title.lastIndexOf(' · '));
    for (const {path, title} of pages) {
      const link = document.createElement('a');
      link.href = path;
      link.textContent = title.endsWith(site) ? title.slice(0, -site.length) : title;
      const item = document.createElement('li');
      item.append(link);
      list.append(item);
    }
    list.toggleAttribute('hidden', false);
    this.querySelector('[data-empty]')?.remove();
  }
}

customElements.define('nf-platform-offline', PlatformOffline);
