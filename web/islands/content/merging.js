/**
 * Two people have saved different texts of one post: both side by side, what only one of them changed put together, and a choice
 * wherever both changed the same. It is no element of its own: the editor shows it, and gets what was chosen.
 *
 * @module
 */
import {html, nothing} from '../shared/lit.js';
import {merge, mergedText} from './merge.js';

/** @typedef {Record<string, string>} Fields the fields of the form by their names; tags parted by commas */
/** @typedef {'mine' | 'theirs' | 'both'} Pick */
/**
 * @typedef {object} Conflict
 * @property {Fields | null} base that both began from; null: it is not known any more
 * @property {Fields} mine
 * @property {Fields} theirs
 * @property {number} version of theirs
 */

/** @type {Record<string, string>} fields beside the text, and how they are called */
const labels = {kind: 'What it is', title: 'Title', excerpt: 'Excerpt', tags: 'Tags', slug: 'Slug', visibility: 'Who may read it'};
const TEXT = 'body_markdown';

/** A controller of Lit. */
export class Merging {
  /**
   * @param {import('lit').ReactiveControllerHost & {renderRoot: ParentNode}} host shows it
   * @param {(fields: Fields, version: number) => void} done takes what was put together
   */
  constructor(host, done) {
    this._host = host;
    this._done = done;
    /** @type {Conflict | null} */
    this._conflict = null;
    /** @type {import('./merge.js').Chunk[]} */
    this._chunks = [];
    /** @type {(Pick | undefined)[]} */
    this._picks = [];
    /** @type {Record<string, Pick | undefined>} */
    this._fieldPicks = {};
    host.addController(this);
  }

  hostDisconnected() {
    this._conflict = null;
  }

  /** @param {Conflict} conflict */
  async open(conflict) {
    this._conflict = conflict;
    this._chunks = merge(conflict.base ? conflict.base[TEXT] ?? '' : null, conflict.mine[TEXT] ?? '', conflict.theirs[TEXT] ?? '');
    this._picks = this._chunks.map(({kind}) => (kind === 'mine' || kind === 'theirs' ? kind : undefined));
    this._fieldPicks = {};
    for (const name of this._different()) {
      const {base, mine, theirs} = conflict;
      this._fieldPicks[name] = base === null ? undefined : base[name] === mine[name] ? 'theirs' : base[name] === theirs[name] ? 'mine' : undefined;
    }
    this._host.requestUpdate();
    await this._host.updateComplete;
    const dialog = this._dialog();
    if (dialog && !dialog.open) dialog.showModal();
  }

  _dialog() {
    return /** @type {HTMLDialogElement | null} */ (this._host.renderRoot.querySelector('.merging'));
  }

  /** @returns {string[]} the fields beside the text that differ */
  _different() {
    const {mine = {}, theirs = {}} = this._conflict ?? {};
    return Object.keys(labels).filter((name) => mine[name] !== undefined && theirs[name] !== undefined && mine[name] !== theirs[name]);
  }

  get _open() {
    return this._chunks.filter(({kind}, i) => kind === 'conflict' && !this._picks[i]).length + this._different().filter((name) => !this._fieldPicks[name]).length;
  }

  /** @param {'mine' | 'theirs'} pick everywhere */
  _all(pick) {
    this._picks = this._chunks.map(({kind}) => (kind === 'same' ? undefined : pick));
    for (const name of this._different()) this._fieldPicks[name] = pick;
    this._host.requestUpdate();
  }

  _take() {
    if (!this._conflict) return;
    if (this._open > 0) {
      /** @type {HTMLElement | null} */ (this._host.renderRoot.querySelector('.merging .undecided input'))?.focus();
      return;
    }
    const {mine, theirs, version} = this._conflict;
    /** @type {Fields} */
    const fields = {[TEXT]: mergedText(this._chunks, this._picks) ?? mine[TEXT] ?? ''};
    for (const name of this._different()) fields[name] = (this._fieldPicks[name] === 'theirs' ? theirs : mine)[name] ?? '';
    this._dialog()?.close();
    this._done(fields, version);
  }

  /**
   * @param {string} name of the choice
   * @param {string} label
   * @param {string} mine
   * @param {string} theirs
   * @param {{pick: Pick | undefined, both: boolean, note: string, choose: (pick: Pick) => void}} choice
   */
  _choice(name, label, mine, theirs, {pick, both, note, choose}) {
    const option = (/** @type {Pick} */ value, /** @type {string} */ said) => html`<label><input type="radio" name=${name} .checked=${pick === value} @change=${() => {
      choose(value);
      this._host.requestUpdate();
    }}>${said}</label>`;
    const side = (/** @type {'mine' | 'theirs'} */ which, /** @type {string} */ said, /** @type {string} */ text) => html`
      <div class="side ${pick === which || pick === 'both' ? 'taken' : ''}"><p>${said}</p><div class="text">${text || html`<em>Nothing</em>`}</div></div>`;
    return html`<fieldset class=${pick ? '' : 'undecided'}>
      <legend>${label}${note ? html` <span>${note}</span>` : nothing}</legend>
      <div class="sides">${side('mine', 'Yours', mine)}${side('theirs', 'Theirs', theirs)}</div>
      <div class="picks">${option('mine', 'Take yours')}${option('theirs', 'Take theirs')}${both ? option('both', 'Take both') : nothing}</div>
    </fieldset>`;
  }

  render() {
    const conflict = this._conflict;
    if (!conflict) return nothing;
    const {mine, theirs} = conflict;
    let place = 0;
    const open = this._open;
    return html`<dialog class="merging" aria-labelledby="merging">
      <header><h2 id="merging">Two versions of this text</h2>
        <p>What only one of you changed is put together already. Nothing is saved by this, and both versions stay among the revisions once you save.</p></header>
      ${this._different().map((name) => this._choice(`merge-${name}`, labels[name] ?? name, mine[name] ?? '', theirs[name] ?? '', {
        pick: this._fieldPicks[name], both: false, note: '', choose: (pick) => { this._fieldPicks[name] = pick; },
      }))}
      ${this._chunks.map((chunk, i) => {
        if (chunk.kind === 'same') {
          return html`<p class="same">${chunk.mine.length === 1 ? 'One paragraph that is the same' : `${chunk.mine.length} paragraphs that are the same`}</p>`;
        }
        const note = {mine: 'only you changed it', theirs: 'only they changed it', conflict: 'you both changed it'}[chunk.kind];
        return this._choice(`merge-place-${i}`, `Place ${++place}`, chunk.mine.join('\n\n'), chunk.theirs.join('\n\n'), {
          pick: this._picks[i], both: chunk.kind === 'conflict', note, choose: (pick) => { this._picks[i] = pick; },
        });
      })}
      <footer>
        <p role="status">${open === 0 ? 'Everything is decided.' : open === 1 ? 'One place is left to decide.' : `${open} places are left to decide.`}</p>
        <button type="button" class="labelled" @click=${() => this._all('mine')}>Yours everywhere</button>
        <button type="button" class="labelled" @click=${() => this._all('theirs')}>Theirs everywhere</button>
        <button type="button" class="labelled" @click=${() => this._dialog()?.close()}>Cancel</button>
        <button type="button" class="labelled primary" @click=${this._take.bind(this)}>Put together</button>
      </footer>
    </dialog>`;
  }
}
