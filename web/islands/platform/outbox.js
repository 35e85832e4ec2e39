/**
 * `<nf-platform-outbox>`: sends what somebody wrote offline in a tab that is closed now, and tells what became of it. The
 * loader brings it to pages made for that person, when something of theirs waits.
 *
 * @module
 */
import {whenBack} from '../shared/connection.js';
import {outboxOf, sendOutbox} from '../shared/outbox.js';

class PlatformOutbox extends HTMLElement {
  /** @type {AbortController | undefined} */
  #attached;
  #toast = document.createElement('div');

  connectedCallback() {
    this.#attached = new AbortController();
    const {signal} = this.#attached;
    this.#toast.className = 'toast';
    this.#toast.setAttribute('role', 'status');
    this.#toast.hidden = true;
    this.replaceChildren(this.#toast);
    void this.#send().then((done) => {
      if (!done && !signal.aborted) whenBack(() => this.#send(), signal);
    });
  }

  disconnectedCallback() {
    this.#attached?.abort();
  }

  get #user() {
    return document.querySelector('script[data-user]')?.getAttribute('data-user') ?? '';
  }

  async #send() {
    const done = await sendOutbox(this.#user, (entry, outcome, said) => {
      const what = `“${entry.label}”`;
      if (outcome === 'sent') this.#tell(`${what}, which you wrote offline, is saved.`);
      else if (outcome === 'refused') this.#tell(`${what}, which you wrote offline, was not saved. Nothing of it is lost.`, entry.page);
      else if (outcome === 'signed-out') this.#tell(`${what} is kept on this device, and not sent yet. ${said}`);
      else this.#tell(`${what} is kept on this device, and sent when the connection is back.`);
    });
    for (const {entry} of outboxOf(this.#user)) {
      if (entry.refused) this.#tell(`“${entry.label}” was refused: ${entry.refused.text}`, entry.page);
    }
    return done;
  }

  /**
   * @param {string} text
   * @param {string} [page] where it is looked after
   */
  #tell(text, page) {
    for (const line of this.#toast.children) {
      if (line.firstChild?.textContent === text) return;
    }
    const line = document.createElement('p');
    line.append(text);
    if (page) {
      const link = document.createElement('a');
      link.href = page;
      link.textContent = 'Open it';
      line.append(' ', link);
    }
    this.#toast.append(line);
    this.#toast.hidden = false;
  }
}

customElements.define('nf-platform-outbox', PlatformOutbox);
