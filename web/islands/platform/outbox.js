/**
 * `<nf-platform-outbox>`: sends what somebody wrote offline in a tab that is closed now, and tells what became of it. What was
 * refused, and has no page any more where it could be mended, can be copied and discarded. The
 * loader brings it to pages made for that person, when something of theirs waits. It has no shadow root: it is made in the
 * browser alone, and looks as the page's notices do.
 *
 * @module
 */
import {whenBack} from '../shared/connection.js';
import {LitElement, html, nothing} from '../shared/lit.js';
import {discardKept, outboxOf, sendOutbox, wordsOf} from '../shared/outbox.js';

/**
 * Sends what was written offline in a tab that is closed now, and tells what became of it. It draws light DOM, in the styles of the page.
 *
 * @element nf-platform-outbox
 */
export class PlatformOutbox extends LitElement {
  static properties = {_lines: {state: true}};

  constructor() {
    super();
    /** @type {{text: string, page: string, key?: string, entry?: import('../shared/outbox.js').Kept, copied?: boolean, shown?: boolean}[]} */
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
      else if (outcome === 'refused') {
        if (!entry.refused) this._tell(`${what}, which you wrote offline, was not saved. Nothing of it is lost.`, entry.page);
      } else if (outcome === 'signed-out') this._tell(`${what} is kept on this device, and not sent yet. ${said}`);
      else this._tell(`${what} is kept on this device, and sent when the connection is back.`);
    });
    for (const {key, entry} of outboxOf(this._user)) {
      if (entry.refused) this._tell(`“${entry.label}”, which you wrote offline, could not be saved: ${entry.refused.text}`, '', key, entry);
    }
    return done;
  }

  /** @param {{key?: string, entry?: import('../shared/outbox.js').Kept}} line */
  async _copy({key, entry}) {
    if (!entry) return;
    const done = await navigator.clipboard.writeText(wordsOf(entry)).then(() => ({copied: true}), () => ({shown: true}));
    this._lines = this._lines.map((line) => line.key === key ? {...line, ...done} : line);
  }

  /** @param {{key?: string, entry?: import('../shared/outbox.js').Kept}} line */
  _discard({key, entry}) {
    if (key && entry) discardKept(key, entry);
    this._lines = this._lines.filter((line) => line.key !== key);
  }

  /**
   * @param {string} text
   * @param {string} [page] where it is looked after
   * @param {string} [key] of what is looked after here
   * @param {import('../shared/outbox.js').Kept} [entry]
   */
  _tell(text, page = '', key = undefined, entry = undefined) {
    if (!this._lines.some((line) => line.text === text && line.key === key)) this._lines = [...this._lines, {text, page, key, entry}];
  }

  render() {
    return html`<div class="toast" role="status" ?hidden=${this._lines.length === 0}>${this._lines.map((line) => html`
      <p>${line.text}${line.page ? html` <a href=${line.page}>Open it</a>` : nothing}${line.entry ? html`
        <button type="button" class="button button--quiet" @click=${() => this._copy(line)}>${line.copied ? 'Copied' : 'Copy its words'}</button>
        <button type="button" class="button button--quiet" @click=${() => this._discard(line)}>Discard it</button>` : nothing}</p>
      ${line.shown && line.entry ? html`<textarea class="input" readonly rows="4" aria-label="Its words" .value=${wordsOf(line.entry)}></textarea>` : nothing}`)}</div>`;
  }
}

customElements.define('nf-platform-outbox', PlatformOutbox);
