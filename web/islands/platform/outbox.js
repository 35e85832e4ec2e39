/**
 * `<nf-platform-outbox>`: sends what somebody wrote offline in a tab that is closed now, and tells what became of it. The
 * loader brings it to pages made for that person, when something of theirs waits. It has no shadow root: it is made in the
 * browser alone, and looks as the page's notices do.
 *
 * @module
 */
import {whenBack} from '../shared/connection.js';
import {LitElement, html, nothing} from '../shared/lit.js';
import {outboxOf, sendOutbox} from '../shared/outbox.js';

/**
 * Sends what was written offline in a tab that is closed now, and tells what became of it. It draws light DOM, in the styles of the page.
 *
 * @element nf-platform-outbox
 */
export class PlatformOutbox extends LitElement {
  static properties = {_lines: {state: true}};

  constructor() {
    super();
    /** @type {{text: string, page: string}[]} */
    this._lines = [];
    /** @type {AbortController | undefined} */
    this._attached = undefined;
  }

  createRenderRoot() {
    return this;
  }

  connectedCallback() {
    super.connectedCallback();
    this._attached = new AbortController();
    const {signal} = this._attached;
    void this._send().then((done) => {
      if (!done && !signal.aborted) whenBack(() => this._send(), signal);
    });
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this._attached?.abort();
  }

  get _user() {
    return document.querySelector('script[data-user]')?.getAttribute('data-user') ?? '';
  }

  async _send() {
    const done = await sendOutbox(this._user, (entry, outcome, said) => {
      const what = `“${entry.label}”`;
      if (outcome === 'sent') this._tell(`${what}, which you wrote offline, is saved.`);
      else if (outcome === 'refused') this._tell(`${what}, which you wrote offline, was not saved. Nothing of it is lost.`, entry.page);
      else if (outcome === 'signed-out') this._tell(`${what} is kept on this device, and not sent yet. ${said}`);
      else this._tell(`${what} is kept on this device, and sent when the connection is back.`);
    });
    for (const {entry} of outboxOf(this._user)) {
      if (entry.refused) this._tell(`“${entry.label}” was refused: ${entry.refused.text}`, entry.page);
    }
    return done;
  }

  /**
   * @param {string} text
   * @param {string} [page] where it is looked after
   */
  _tell(text, page = '') {
    if (!this._lines.some((line) => line.text === text)) this._lines = [...this._lines, {text, page}];
  }

  render() {
    return html`<div class="toast" role="status" ?hidden=${this._lines.length === 0}>${this._lines.map(({text, page}) => html`
      <p>${text}${page ? html` <a href=${page}>Open it</a>` : nothing}</p>`)}</div>`;
  }
}

customElements.define('nf-platform-outbox', PlatformOutbox);
