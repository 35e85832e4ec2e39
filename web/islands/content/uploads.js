/**
 * Pictures on their way into the text of a post: what is picked, pasted or dropped is sent in parts while its author says
 * what it shows, and goes on by itself after a lost connection. It is no element of its own: the editor shows it and
 * gives it a place for what becomes of it.
 *
 * @module
 */
import {whenBack} from '../shared/connection.js';
import {html, nothing} from '../shared/lit.js';
import {ApiError, beginUpload, describeMedia, sendPart, uploadOffset} from './service.js';

/**
 * @typedef {object} Upload
 * @property {number} id
 * @property {File} file
 * @property {string} path of the upload; empty until it has begun
 * @property {number} sent bytes
 * @property {string} media the id of the picture; empty until every byte is there
 * @property {string} alt what its author says that it shows
 * @property {boolean} ready whether it goes in as soon as it is there
 * @property {'sending' | 'waiting' | 'refused' | 'there'} state
 * @property {string} error
 * @property {AbortController} over
 */

// A request has 15 seconds on the server, and a part that breaks off is sent again: it begins small, and grows with the connection.
const FIRST_PART = 128 * 1024;
const LARGEST_PART = 2 * 1024 * 1024;
const MOST_PARTS = 1000; // the server takes no smaller ones but the last
const GOOD_PART_MS = 2_000;

let last = 0;

/** Sends them, shows them, and puts them in. A controller of Lit. */
export class Uploads {
  /**
   * @param {import('lit').ReactiveControllerHost & {renderRoot: ParentNode}} host shows them
   * @param {(markdown: string) => void} insert puts a picture into the text
   */
  constructor(host, insert) {
    this._host = host;
    this._insert = insert;
    /** @type {Upload[]} */
    this._all = [];
    host.addController(this);
  }

  hostDisconnected() {
    for (const upload of this._all) upload.over.abort();
    this._all = [];
  }

  /** Has the browser ask which. */
  pick() {
    const input = document.createElement('input');
    input.type = 'file';
    input.multiple = true;
    input.accept = 'image/jpeg,image/png,image/gif,image/webp';
    input.addEventListener('change', () => this.add(input.files ?? []));
    input.click();
  }

  /** @param {Iterable<File>} files */
  add(files) {
    const added = [...files].map((file) => /** @type {Upload} */ ({
      id: ++last, file, path: '', sent: 0, media: '', alt: '', ready: false, state: 'sending', error: '', over: new AbortController(),
    }));
    this._all = [...this._all, ...added];
    this._host.requestUpdate();
    for (const upload of added) void this._send(upload);
    const first = added[0];
    if (first) void this._host.updateComplete.then(() => this._input(first.id)?.focus());
  }

  /** @param {number} id */
  _input(id) {
    return /** @type {HTMLInputElement | null} */ (this._host.renderRoot.querySelector(`#upload-${id}`));
  }

  /** @param {Upload} upload */
  async _send(upload) {
    if (await this._attempt(upload)) return;
    whenBack(() => this._attempt(upload), upload.over.signal);
  }

  /**
   * @param {Upload} upload
   * @returns {Promise<boolean>} whether there is nothing to try again
   */
  async _attempt(upload) {
    const {signal} = upload.over;
    try {
      upload.state = 'sending';
      if (upload.path) {
        upload.sent = await uploadOffset(upload.path, signal);
      } else {
        upload.path = await beginUpload(upload.file, signal);
      }
      const least = Math.max(FIRST_PART, Math.ceil(upload.file.size / MOST_PARTS));
      for (let size = least; !upload.media;) {
        this._host.requestUpdate();
        const part = upload.file.slice(upload.sent, upload.sent + size);
        const begun = performance.now();
        upload.media = await sendPart(upload.path, upload.sent, part, signal);
        upload.sent += part.size;
        size = performance.now() - begun < GOOD_PART_MS ? Math.min(size * 2, LARGEST_PART) : Math.max(least, size / 2);
      }
      upload.state = 'there';
      if (upload.ready) await this._put(upload);
    } catch (error) {
      if (signal.aborted) return true;
      const status = error instanceof ApiError ? error.status : 0;
      // Another page may have sent a part, and the server may be away: where it is, it says when it is asked again.
      if (status === 0 || status >= 500 || status === 429 || error instanceof ApiError && error.code === 'content.upload_offset') {
        upload.state = 'waiting';
        this._host.requestUpdate();
        return false;
      }
      upload.state = 'refused';
      upload.error = error instanceof Error ? error.message : String(error);
    }
    this._host.requestUpdate();
    return true;
  }

  /** @param {Upload} upload that is there */
  async _put(upload) {
    this._remove(upload);
    this._insert(pictureText(upload.media, upload.alt));
    // The library says so too; without it the text still does.
    if (upload.alt) await describeMedia(upload.media, upload.alt).catch(() => undefined);
  }

  /** @param {Upload} upload */
  _remove(upload) {
    this._all = this._all.filter((other) => other !== upload);
    this._host.requestUpdate();
  }

  /** @param {Upload} upload */
  _use(upload) {
    upload.alt = this._input(upload.id)?.value.trim() ?? '';
    upload.ready = true;
    if (upload.media) void this._put(upload);
    const next = this._all.find((other) => !other.ready && other.state !== 'refused');
    this._host.requestUpdate();
    if (next) this._input(next.id)?.focus();
  }

  /** @param {Upload} upload */
  _cancel(upload) {
    upload.over.abort();
    this._remove(upload);
  }

  render() {
    return this._all.length === 0 ? nothing : this._all.map((upload) => {
      const percent = Math.floor(100 * upload.sent / Math.max(upload.file.size, 1));
      return html`<div class="offer upload" role="group" aria-label="Picture ${upload.file.name}">
        ${upload.state === 'refused' ? html`<p role="alert"><strong>${upload.file.name}</strong>: ${upload.error}</p>` : html`
          <label for="upload-${upload.id}">What does ${upload.file.name} show?</label>
          <input id="upload-${upload.id}" type="text" maxlength="500" autocomplete="off" ?disabled=${upload.ready}
            @keydown=${(/** @type {KeyboardEvent} */ event) => {
              if (event.key !== 'Enter' || event.isComposing) return;
              event.preventDefault();
              this._use(upload);
            }}>
          <progress max="100" value=${percent} aria-label="Sent of ${upload.file.name}"></progress>
          <p role="status">${said(upload, percent)}</p>
          ${upload.ready ? nothing : html`<button type="button" class="labelled" @click=${() => this._use(upload)}>Put it in</button>`}`}
        <button type="button" class="labelled" @click=${() => this._cancel(upload)}>${upload.state === 'refused' ? 'Dismiss' : 'Cancel'}</button>
      </div>`;
    });
  }
}

/**
 * @param {Upload} upload
 * @param {number} percent
 */
function said(upload, percent) {
  if (upload.state === 'waiting') return `The connection is lost: it goes on at ${percent}% when it is back.`;
  if (upload.state === 'there') return 'It is there.';
  return upload.ready ? `${percent}% is sent; it goes in by itself.` : `${percent}% is sent.`;
}

/**
 * A picture in Markdown.
 *
 * @param {string} media its id
 * @param {string} alt
 */
function pictureText(media, alt) {
  return `![${alt.replace(/[\\[\]]/g, '\\$&')}](/media/${media})`;
}
