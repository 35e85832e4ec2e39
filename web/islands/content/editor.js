/**
 * Whether a control is no part of what is written and saved.
 *
 * @param {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} control
 */
function besideText(control) {
  return ['hidden', 'submit', 'button', 'file', 'password'].includes(control.type) || control.closest('[data-beside-text]') !== null;
}

/**
 * `<nf-content-editor>`: wraps the Markdown field of a plain form and adds a toolbar, a live preview, its length, a guard
 * against leaving with unsaved work, and a draft kept in this browser.
 *
 * The field stays in the page: the form is sent as it is without script. `data` holds `{key, user?, version?, unsaved?,
 * shared?, save_url?, draft?, copy?, text_version?, autosaves?, max_bytes?, version_field?, previews?, what?}`: the post's id, or "new"; whose page it is; the
 * version that it shows; whether the server gave the text back without saving it; the name under which a text that
 * another program shared is kept, apart from what was begun in this tab; the key under which a new post is sent,
 * so that sent again it is the same one; how long the text may be in UTF-8, beyond which nothing is sent. With `save_url`
 * the text is saved through the API, so that caret, scroll position and undo stay; a draft goes when the server has
 * confirmed that very text; what was sent while the server could not be reached is sent as soon as it can be, from this page
 * or, when this one is closed, from another one (see shared/outbox.js). With `copy` the post is published, and what is saved are
 * changes of it that readers do not see yet: `copy` is the save that they are at (0: there are none), `text_version` the version that
 * last changed the published text. What was done to the post besides, as when it was published by itself meanwhile, is no other text,
 * and what the page itself sent is nobody else's: neither is told as a conflict. `version_field` names the hidden field of the version, where it is another one than `version`;
 * `previews` is false where the form has a button for that; `what` is what the text is called, where it is no post. The preview fills a light element of class `prose`, so that it
 * looks as the page will. What is typed saves itself to the server: a draft (`autosaves`) and changes of a published post that were begun by
 * hand; a new post as soon as it has a title. Of anything else that readers see nothing is saved but by hand, and a conflict is for its author alone.
 * One save is on its way at a time, and the newest text waits behind it; one by itself waits, too, while little is left of the
 * limits of requests. What can be done to the text is in commands.js: the toolbar, the menu behind a slash, the shortcuts and
 * their sheet are made of it. Enter goes on with a list. Pictures that are picked, pasted or dropped are uploaded and put in (see
 * uploads.js). CodeMirror takes the place of the field when it has arrived (see codemirror.js); where it does not, the field stays.
 *
 * @module
 */
import {ContextProvider} from '@lit/context';
import {Task, TaskStatus} from '@lit/task';
import {unsafeHTML} from 'lit/directives/unsafe-html.js';
import {whenBack} from '../shared/connection.js';
import {claimName, claimTab, draftKey, dropDraft, findDraft, keepDraft} from '../shared/drafts.js';
import {LitElement, css, html, nothing, render} from '../shared/lit.js';
import {dropFromOutbox, holds, keepToSend, outboxOf, outcomeOf} from '../shared/outbox.js';
import {dropShared, readShared} from '../shared/shared.js';
import {commands, keysAsRead, others, views} from './commands.js';
import {plainSurface} from './field.js';
import {block, continueList, edit, inCode, lengthOf, letterOf} from './markdown.js';
import {ApiError, arrivedPost, checkCopy, checkPost, previewPost, readCopy, readCopySave, readPost, savePost, untilRoom} from './service.js';
import {inertTree} from './inert.js';
import {markdownOf} from './paste.js';
import {Merging} from './merging.js';
import {beginningOf} from './sharing.js';
import {draftState} from './store.js';
import {Uploads} from './uploads.js';

/** @typedef {import('./commands.js').CommandName} CommandName */
/**
 * @typedef {{key?: string, user?: string, version?: number, unsaved?: boolean, shared?: string, save_url?: string,
 *   draft?: import('../shared/drafts.js').Begun, copy?: number, text_version?: number, autosaves?: boolean, max_bytes?: number, version_field?: string, previews?: boolean, what?: string}} EditorData
 */
/** @typedef {'signed-out' | 'somebody-else' | 'conflict' | 'refused' | 'unreachable' | 'too-long'} Trouble */

const PREVIEW_PAUSE_MS = 300;
const DRAFT_PAUSE_MS = 500;
const LENGTH_PAUSE_MS = 200;
const AUTOSAVE_PAUSE_MS = 4_000;
const AUTOSAVE_LONGEST_MS = 30_000; // while somebody goes on typing
const KEEPALIVE_CHARACTERS = 15_000; // of what a browser sends for a page that is left: 64 KB at most
const OWN = 3;
const ASK_SAVES = 5; // what is asked about the text waits for so many saves, while somebody types on
const RESUME = 'nf-resume';

/** Of the commands, those that have a button. */
const tools = commands.filter(({mark}) => mark);

/**
 * Adds a toolbar, a live preview, the length, and drafts that outlive the page to the Markdown field of a plain form.
 *
 * @element nf-content-editor
 * @attr {EditorData} data - whose page it is and what it saves to, as JSON: see the head of the file for each key
 * @attr {number} autosave-pause - milliseconds from the last key until a text that may be saves itself; 0: it never does
 * @slot - the field of the form, with its label
 * @slot preview - the look of the page, which the element puts there itself
 * @cssprop [--color-border] - the edges of its buttons and of the preview
 * @cssprop [--color-surface-hover] - the ground of a button that is pressed or under the pointer
 * @cssprop [--color-focus] - the outline of what has the focus
 * @cssprop [--color-ember] - the edge of an offer to go on with a draft
 * @cssprop [--radius-md=0.5rem] - the corners of all of it
 */
export class ContentEditor extends LitElement {
  static properties = {
    data: {type: Object},
    autosavePause: {type: Number, attribute: 'autosave-pause'},
    _tool: {state: true},
    _previewing: {state: true},
    _warnings: {state: true},
    _kept: {state: true},
    _length: {state: true},
    _draft: {state: true},
    _note: {state: true},
    _trouble: {state: true},
    _refused: {state: true},
    _outage: {state: true},
    _made: {state: true},
    _retryAt: {state: true},
    _saving: {state: true},
    _alone: {state: true},
  };

  static styles = css`
    :host { display: block; container-type: inline-size; font: inherit; color: inherit; }
    :host([hidden]) { display: none; }
    .bar { position: sticky; inset-block-start: var(--above, 0px); z-index: 2; display: flex; flex-wrap: wrap; gap: 0 0.5rem; align-items: center; justify-content: space-between; padding-block: 0.25rem; background: var(--color-paper, Canvas); }
    .tools, .views { display: flex; align-items: center; }
    .tools { flex-wrap: wrap; }
    .views { gap: 0.25rem; margin-inline-start: auto; }
    button {
      display: inline-flex; align-items: center; justify-content: center; gap: 0.5rem; box-sizing: border-box;
      min-inline-size: 2.75rem; min-block-size: 2.75rem; padding: 0.5rem; font: inherit; font-size: 0.9375rem;
      color: inherit; background: transparent; border: 1px solid transparent; border-radius: var(--radius-md, 0.5rem); cursor: pointer;
    }
    .labelled { padding-inline: 0.875rem; border-color: var(--color-border, color-mix(in oklab, currentColor 22%, transparent)); }
    button:hover, button[aria-pressed='true'] { background: var(--color-surface-hover, color-mix(in oklab, currentColor 8%, transparent)); }
    button:focus-visible { outline: 2px solid var(--color-focus, currentColor); outline-offset: 2px; }
    svg { inline-size: 1.25rem; block-size: 1.25rem; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
    .offer {
      display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: center; margin-block: 0.5rem; padding: 0.75rem 1rem;
      border: 1px solid var(--color-border, color-mix(in oklab, currentColor 22%, transparent));
      border-inline-start: 3px solid var(--color-ember, currentColor); border-radius: var(--radius-md, 0.5rem);
    }
    .offer ul { flex: 1 1 100%; margin: 0; padding-inline-start: 1.25rem; }
    .offer p { flex: 1 1 16rem; margin: 0; }
    .upload label { flex: 1 1 100%; overflow-wrap: anywhere; }
    .upload input { flex: 1 1 14rem; box-sizing: border-box; min-inline-size: 0; min-block-size: 2.75rem; padding-inline: 0.75rem; font: inherit; color: inherit; background: transparent; border: 1px solid var(--color-border, currentColor); border-radius: var(--radius-md, 0.5rem); }
    .upload input:focus-visible { outline: 2px solid var(--color-focus, currentColor); outline-offset: 2px; }
    .upload progress { flex: 0 1 8rem; min-inline-size: 4rem; accent-color: var(--color-ember, currentColor); }
    .upload p { flex: 1 1 8rem; }
    a.labelled { display: inline-flex; align-items: center; box-sizing: border-box; min-block-size: 2.75rem; padding-block: 0.5rem; color: inherit; border: 1px solid var(--color-border, color-mix(in oklab, currentColor 22%, transparent)); border-radius: var(--radius-md, 0.5rem); text-decoration: none; }
    .panes { display: grid; gap: 1rem; }
    .write { min-inline-size: 0; }
    .preview { min-block-size: 12rem; padding: 1rem; border: 1px dashed var(--color-border, color-mix(in oklab, currentColor 22%, transparent)); border-radius: var(--radius-md, 0.5rem); overflow-wrap: anywhere; }
    .preview[hidden] { display: none; }
    .foot { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; margin-block: 0.5rem 0; min-block-size: 1.5rem; font-size: 0.875rem; }
    .foot p { margin: 0; }
    .error { margin: 0; }
    kbd { padding: 0.125rem 0.375rem; font-family: var(--font-code, monospace); font-size: 0.8125rem; border: 1px solid var(--color-border, currentColor); border-radius: 0.25rem; white-space: nowrap; }
    dialog { box-sizing: border-box; inline-size: min(34rem, calc(100vw - 2rem)); max-block-size: calc(100dvh - 2rem); padding: 1.25rem; color: var(--color-ink, CanvasText); background: var(--color-surface, Canvas); border: 1px solid var(--color-border, currentColor); border-radius: var(--radius-lg, 1rem); }
    .merging { inline-size: min(70rem, calc(100vw - 1rem)); padding-block-end: 0; }
    .merging > :is(fieldset, .same) { margin-block: 1rem; }
    .merging fieldset { min-inline-size: 0; padding: 0.75rem 1rem 0.25rem; border: 1px solid var(--color-border, currentColor); border-radius: var(--radius-md, 0.5rem); }
    .merging .undecided { border-color: var(--color-ember, currentColor); border-inline-start-width: 3px; }
    .merging legend { padding-inline: 0.25rem; font-weight: 600; }
    .merging legend span { font-weight: 400; color: var(--color-muted, inherit); }
    .merging .same { color: var(--color-muted, inherit); text-align: center; }
    .sides { display: grid; gap: 0.75rem; }
    .side { min-inline-size: 0; padding: 0.75rem; border: 1px solid var(--color-line, currentColor); border-radius: var(--radius-sm, 0.375rem); }
    .side.taken { background: var(--color-good-wash, transparent); border-color: var(--color-good, currentColor); }
    .side p { margin: 0 0 0.25rem; font-size: 0.8125rem; font-weight: 600; }
    .side .text { font-family: var(--font-code, monospace); font-size: 0.875rem; line-height: 1.6; white-space: pre-wrap; overflow-wrap: anywhere; }
    .picks { display: flex; flex-wrap: wrap; gap: 0 1.25rem; }
    .picks label { display: inline-flex; align-items: center; gap: 0.5rem; min-block-size: 2.75rem; cursor: pointer; }
    .picks input { inline-size: 1.125rem; block-size: 1.125rem; margin: 0; accent-color: var(--color-ember-fill, auto); }
    .picks input:focus-visible { outline: 2px solid var(--color-focus, currentColor); outline-offset: 2px; }
    .merging footer { position: sticky; inset-block-end: 0; display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: center; margin-inline: -1.25rem; padding: 0.75rem 1.25rem; background: var(--color-surface, Canvas); border-block-start: 1px solid var(--color-line, currentColor); }
    .merging footer p { flex: 1 1 12rem; margin: 0; }
    .primary { color: var(--color-on-ember, CanvasText); background: var(--color-ember-fill, Canvas); border-color: transparent; }
    .primary:hover { background: var(--color-ember-fill-strong, Canvas); }
    @media (width >= 40rem) { .sides { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); } }
    dialog::backdrop { background: rgb(0 0 0 / 0.45); }
    dialog form { display: flex; align-items: center; justify-content: space-between; gap: 1rem; }
    dialog h2 { margin: 0; font-size: 1.25rem; }
    dialog p { margin: 1rem 0 0; font-size: 0.9375rem; }
    dl { margin: 0.75rem 0 0; }
    dl > div { display: flex; align-items: center; justify-content: space-between; gap: 1rem; padding-block: 0.375rem; border-block-end: 1px solid var(--color-line, currentColor); }
    dd { margin: 0; }
    :host([popover]) { position: fixed; inset: 0; box-sizing: border-box; inline-size: 100%; block-size: 100%; max-inline-size: none; max-block-size: none; margin: 0; padding: 0 max(1rem, (100% - 46rem) / 2) 2rem; border: 0; color: var(--color-ink, CanvasText); background: var(--color-paper, Canvas); overflow: auto; }
    :host([popover]) .bar { inset-block-start: 0; padding-block: 0.75rem; }
    :host([popover]) .tools { display: none; }
    :host([popover]) { --surface-edge: transparent; --surface-ground: transparent; --surface-text: 1.0625rem; --surface-least: 60dvh; }
    :host([popover]) .foot { position: sticky; inset-block-end: -2rem; padding-block: 0.5rem; background: var(--color-paper, Canvas); }
    @container (inline-size < 40rem) {
      .bar { flex-flow: column-reverse nowrap; align-items: stretch; }
      .tools { flex-wrap: nowrap; min-inline-size: 0; padding: 0.25rem; overflow-x: auto; scrollbar-width: none; }
      .tools button { flex: none; }
    }
    @container (inline-size >= 56rem) { .panes.both { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); } }
    @media (scripting: none) { .bar, .foot { display: none; } }
  `;

  constructor() {
    super();
    /** @type {EditorData | null} */
    this.data = null;
    this.autosavePause = AUTOSAVE_PAUSE_MS;
    this._tool = 0;
    this._previewing = false;
    /** @type {string[]} */
    this._warnings = [];
    /**
     * What the page will look like. A later run ends the one before.
     *
     * @type {Task<[string, string | undefined], Awaited<ReturnType<typeof previewPost>>>}
     */
    this._page = new Task(this, {
      autoRun: false,
      task: ([text, visibility], {signal}) => previewPost(text, visibility, signal),
      onComplete: (page) => this._show(page),
    });
    /** @type {HTMLElement | null} */
    this._pageElement = null;
    /** @type {'new' | 'changed' | 'here' | 'saved'} */
    this._kept = 'new';
    /** @type {ContextProvider<typeof draftState> | undefined} */
    this._state = undefined;
    /** @type {ReturnType<typeof lengthOf> | null} */
    this._length = null;
    this._plain = false; // what is pasted next is wanted as plain text
    this._alone = false; // with the text: whatever else is on the page is away
    /** @type {import('./field.js').Surface | null} */
    this._surface = null;
    /** @type {Element[]} */
    this._inert = [];
    /** @type {import('../shared/drafts.js').Kept | null} */
    this._draft = null;
    this._note = '';
    /** @type {{kind: Trouble, text: string} | null} */
    this._trouble = null;
    this._refused = false;
    /** @type {{title: string, at: string} | null} the post that was written here last, where its page did not hear that it is saved */
    this._made = null;
    this._outage = ''; // what keeps the text from the server: said once, however often it is tried again
    this._failing = false; // whether it is the server that fails, and not the connection
    this._retryAt = 0; // in milliseconds since 1970
    this._merging = new Merging(this, (fields, version) => this._takeMerged(fields, version));
    /** @type {Record<string, string> | null} what the text on the page was begun from; null: a save that is not on the page any more */
    this._begunWith = null;
    this._uploads = new Uploads(this, (picture) => this._insertPicture(picture));
    this._saving = false;
    /** @type {WeakMap<Record<string, string>, string>} when fields that are sent stood on the page; what was typed since is in the draft alone */
    this._takenAt = new WeakMap();
    /** @type {Promise<void>} the end of the save that is on its way */
    this._landed = Promise.resolve();
    /** @type {HTMLButtonElement | null} */
    this._then = null;
    /** @type {{fields: Record<string, string>, over: AbortController, key: string, auto: boolean} | null} */
    this._waiting = null;
    /** @type {string[]} keys of the outbox, of what was sent of this text from a page that is closed now */
    this._replaced = [];
    /** @type {{then: HTMLButtonElement | null, auto: boolean} | null} */
    this._next = null;
    this._autosaveTimer = 0;
    this._typedSince = 0; // when what was typed first that is not on its way to the server, by performance.now(); 0: nothing
    this._asks = false; // what is on the page is put together of two versions: its author looks at it before it is saved
    this._faulty = ''; // the fields that the server refused, as JSON
    this._key = '';
    this._version = 0; // of the post, or the save of its changes
    this._base = 0; // the version of the post that its changes are begun from
    /** @type {import('./service.js').Body[]} what this page had last from the server, and what it has sent since */
    this._own = [];
    /** @type {AbortController | undefined} */
    this._attached = undefined;
    /** @type {HTMLTextAreaElement | null} */
    this._field = null;
    this._saved = '';
    this._leaving = false;
    this._confirmed = false;
    this._previewTimer = 0;
    this._draftTimer = 0;
    this._lengthTimer = 0;
  }

  connectedCallback() {
    super.connectedCallback();
    this._attached = new AbortController();
    const {signal} = this._attached;
    this._field = this.querySelector('textarea');
    const form = this._field?.form;
    if (!this._field || !form) return;
    this._state ??= new ContextProvider(form, {context: draftState, initialValue: {state: 'new'}});
    this._state.hostConnected();
    // The drafts bring back what was typed, with the version that it was begun from. What a browser fills in by itself over
    // Back stands on a newer version of the post, and may have been saved since.
    form.autocomplete = 'off';
    const zone = form.elements.namedItem('zone');
    if (zone instanceof HTMLInputElement && zone.closest('[data-guess-zone]')) zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone || zone.value;
    this._field.addEventListener('input', () => this._typed(), {signal});
    this._surface = plainSurface(this._field, this._handlers);
    void this._enrich(this._field, signal);
    document.addEventListener('keydown', (event) => this._outside(event), {signal});
    form.addEventListener('input', () => this._changed(), {signal});
    form.addEventListener('change', () => {
      this._changed();
      if (this._previewing) void this._preview(); // what everybody will read depends on who may read the post
    }, {signal});
    form.addEventListener('submit', (event) => this._submit(event), {signal});
    document.addEventListener('submit', (event) => void this._beside(event), {signal});
    addEventListener('beforeunload', (event) => this._guard(event), {signal});
    addEventListener('pagehide', () => this._keep(), {signal});
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState !== 'hidden') return;
      this._keep();
      this._autosave();
    }, {signal});
    form.addEventListener('focusout', ({relatedTarget}) => {
      if (!(relatedTarget instanceof Node && form.contains(relatedTarget))) this._autosave();
    }, {signal});
    addEventListener('pageshow', () => { this._leaving = false; }, {signal});
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this._attached?.abort();
    this._waiting?.over.abort();
    this._page.abort();
    this._leaveAlone();
    this._surface?.close();
    clearTimeout(this._previewTimer);
    clearTimeout(this._draftTimer);
    clearTimeout(this._lengthTimer);
    clearTimeout(this._autosaveTimer);
  }

  /** @returns {import('./field.js').Handlers} */
  get _handlers() {
    return {
      key: (event) => this._shortcut(event),
      bring: (event, brought) => this._bring(event, brought),
      run: (name) => this._run(name),
    };
  }

  /**
   * Puts CodeMirror over the field as soon as it is there. What an input method is still composing is not taken from it.
   *
   * @param {HTMLTextAreaElement} field
   * @param {AbortSignal} signal
   */
  async _enrich(field, signal) {
    let composing = false;
    field.addEventListener('compositionstart', () => { composing = true; }, {signal});
    field.addEventListener('compositionend', () => { composing = false; }, {signal});
    try {
      const load = () => import('./codemirror.js');
      // What the network dropped is asked for once more; who leaves meanwhile is told of nothing (see loader.js).
      const {codeMirrorSurface} = await load().catch(async (error) => {
        if (!(error instanceof TypeError)) throw error;
        await new Promise((resolve) => { setTimeout(resolve, 1000); });
        return load();
      });
      if (composing) await new Promise((resolve) => { field.addEventListener('compositionend', resolve, {once: true, signal}); });
      if (signal.aborted) return;
      this._surface?.close();
      this._surface = codeMirrorSurface(field, this._handlers);
      this.requestUpdate();
    } catch (error) {
      reportError(error); // the field does what it does without
    }
  }

  /** Has the toolbar stay in view below what stays above the text, and what CodeMirror shows below both. */
  _stack() {
    const above = this._field?.form?.querySelector('[data-stays]');
    const bar = this.renderRoot.querySelector('.bar');
    if (!(bar instanceof HTMLElement)) return;
    const measured = new ResizeObserver(() => {
      const stays = above instanceof HTMLElement && !this._alone && getComputedStyle(above).position === 'sticky' ? above.offsetHeight : 0;
      this.style.setProperty('--above', `${stays}px`);
      this.style.setProperty('--below-bar', `${stays + bar.offsetHeight}px`);
    });
    measured.observe(bar);
    if (above) measured.observe(above);
    this._attached?.signal.addEventListener('abort', () => measured.disconnect());
  }

  async firstUpdated() {
    if (!this._field) return;
    this._stack();
    // What the page came with: after Back the browser has filled in what was typed before. What the server gave back
    // without saving it is not safe yet.
    this._saved = this.data?.unsaved ? 'nothing' : JSON.stringify(this._fields(true));
    this._begunWith = this.data?.unsaved ? null : this._fields(true);
    this._base = this.data?.version ?? 0;
    this._version = this.data?.copy ?? this._base;
    if (!this.data?.unsaved) this._own = [bodyOf(this._fields(true))];
    this._kept = this._base > 0 && !this.data?.unsaved ? 'saved' : 'new';
    this._length = lengthOf(this._field.value);
    const apart = this.data?.shared ? await claimName(this.data.shared) : '';
    const found = await findDraft(this._user, this._post, apart);
    this._key = draftKey(this._user, this._post, apart || await claimTab());
    if (this.data?.unsaved) {
      // Another new post than the one that was begun in this tab does not take its place.
      if (this._begun && found?.key === this._key && found.draft.begun?.key !== this._begun.key) {
        this._key = draftKey(this._user, this._post, await claimName(this._begun.key));
      }
      this._keep();
    }
    if (apart) {
      if (!this.data?.unsaved) await this._takeShared(apart, found);
      // Loaded again, the page comes back to this draft.
      history.replaceState(history.state, '', `${location.pathname}?kept=${apart}`);
      return;
    }
    if (this.data?.unsaved) return;
    if (!found) return;
    if (this._isOnPage(found.draft)) {
      this._drop(found.key);
      return;
    }
    if (this._begun && found.draft.begun?.sent) {
      this._draft = found; // it is offered until the server has said that it has it, and stays if its person decides before
      const made = await this._isMade(found.draft, found.draft.begun.id);
      if (this._draft !== found || this._dirty) return;
      this._draft = null;
      if (made) {
        this._drop(found.key);
        return;
      }
    }
    const kept = JSON.stringify(found.draft.fields);
    // What was saved here before the page was closed is sent again, unless it was written on since.
    const sent = waitingFor(this._user, found.key).some(({entry}) => found.draft.savedAt <= entry.keptAt);
    if (kept === JSON.stringify(this._fields())) this._goOn(found);
    else {
      this._draft = found;
      if (resumed() !== found.key && !sent) return;
      this._restore();
    }
    if (sent) void this._save(null);
  }

  /**
   * Whether the page came with the words of a draft.
   *
   * @param {import('../shared/drafts.js').Draft} draft
   */
  _isOnPage({fields}) {
    return holds(bodyOf(this._fields(true)), bodyOf(fields), fields.slug ? [] : ['slug']);
  }

  /**
   * Whether the server has a new post, although its answer did not come to the page that sent it.
   *
   * @param {import('../shared/drafts.js').Draft} draft
   * @param {string} id
   */
  async _isMade({fields}, id) {
    try {
      const post = await readPost(id);
      if (!holds(post, bodyOf(fields), slugMade(fields.slug, post.slug) ? ['slug'] : [])) return false;
      this._made = {title: post.title, at: `/studio/posts/${id}`};
      return true;
    } catch {
      return false; // it is offered
    }
  }

  get _user() {
    return this.data?.user ?? '';
  }

  get _post() {
    return this.data?.key || 'new';
  }

  get _what() {
    const chosen = this._field?.form?.elements.namedItem('kind');
    return (chosen instanceof RadioNodeList && chosen.value) || (this.data?.what ?? 'post');
  }

  /** Whether what is written are changes of a published post, which readers do not see yet. */
  get _apart() {
    return this.data?.copy !== undefined;
  }

  /** The key of a post that is still new. */
  get _begun() {
    return this._post === 'new' ? this.data?.draft : undefined;
  }

  get _dirty() {
    return JSON.stringify(this._fields()) !== this._saved;
  }

  /**
   * What the author writes; hidden fields (the version, for one) belong to the server, and when the post appears to its button.
   *
   * @param {boolean} [initial] as the page came, whatever was typed since
   */
  _fields(initial = false) {
    /** @type {Record<string, string>} */
    const fields = {};
    for (const control of this._field?.form?.elements ?? []) {
      if (!(control instanceof HTMLInputElement || control instanceof HTMLTextAreaElement || control instanceof HTMLSelectElement)) continue;
      if (!control.name || besideText(control)) continue;
      if (control instanceof HTMLInputElement && ['radio', 'checkbox'].includes(control.type)) {
        if (initial ? control.defaultChecked : control.checked) fields[control.name] = control.value;
        else fields[control.name] ??= '';
      } else if (initial && control instanceof HTMLSelectElement) {
        fields[control.name] = ([...control.options].find((option) => option.defaultSelected) ?? control.options[0])?.value ?? '';
      } else if (initial && !(control instanceof HTMLSelectElement)) {
        fields[control.name] = control.defaultValue;
      } else {
        fields[control.name] = control.value;
      }
    }
    return fields;
  }

  _typed() {
    clearTimeout(this._lengthTimer);
    this._lengthTimer = window.setTimeout(() => { this._length = lengthOf(this._field?.value ?? ''); }, LENGTH_PAUSE_MS);
    if (this._trouble?.kind === 'too-long' && !this._tooLong()) {
      this._trouble = null;
      this._field?.removeAttribute('aria-invalid');
    }
    if (!this._previewing) return;
    clearTimeout(this._previewTimer);
    this._previewTimer = window.setTimeout(() => this._preview(), PREVIEW_PAUSE_MS);
  }

  _changed() {
    this._note = '';
    this._made = null;
    this._leaving = false; // whoever writes on has stayed
    this._kept = 'changed';
    clearTimeout(this._draftTimer);
    this._draftTimer = window.setTimeout(() => this._keep(), DRAFT_PAUSE_MS);
    this._autosaveSoon();
  }

  /** Whether the server may be sent what is on the page with nobody who pressed a button. */
  get _autosaves() {
    if (!this.autosavePause || !this.data?.save_url || this._asks || this._leaving || this._confirmed) return false;
    if (['conflict', 'somebody-else'].includes(this._trouble?.kind ?? '')) return false;
    if (this._apart) return this._version > 0;
    return this.data.autosaves === true && !this._untitled;
  }

  /** Whether this is a new post that wants nothing but a title to be saved by itself. */
  get _untitled() {
    return this._post === 'new' && this.data?.autosaves === true && (this._fields().title ?? '').trim() === '';
  }

  _autosaveSoon() {
    clearTimeout(this._autosaveTimer);
    if (!this.autosavePause) return;
    const now = performance.now();
    this._typedSince ||= now;
    const longest = this._typedSince + AUTOSAVE_LONGEST_MS - now;
    this._autosaveTimer = window.setTimeout(() => this._autosave(), Math.max(0, Math.min(this.autosavePause, longest)));
  }

  /** Saves what was typed, unless that is for its author to do. */
  _autosave() {
    clearTimeout(this._autosaveTimer);
    if (this._trouble?.kind === 'refused' && !this._dirty) this._trouble = null; // it is as it was saved before
    if (!this._saved || !this._typedSince || !this._dirty || !this._autosaves || this._tooLong()) return;
    if (this._faulty === JSON.stringify(this._fields())) return;
    const wait = untilRoom();
    if (wait > 0) this._autosaveTimer = window.setTimeout(() => this._autosave(), wait);
    else if (navigator.onLine && (this._saving || !this._waiting)) void this._save(null, this._fields(), true);
    else { // what failed is tried again in its own time, with these words
      this._typedSince = 0;
      void this._sendLater(null, this._fields(), true);
    }
  }

  /** @returns {number} the bytes of a text that is longer than a post may be; 0 for one that fits */
  _tooLong() {
    const text = this._field?.value ?? '';
    const most = this.data?.max_bytes ?? Infinity;
    if (text.length * 3 <= most) return 0; // no unit of UTF-16 takes more
    const bytes = new TextEncoder().encode(text).length;
    return bytes > most ? bytes : 0;
  }

  /** Says that the text does not fit, before it is sent for nothing. */
  _refusesLength() {
    const bytes = this._tooLong();
    if (!bytes) return false;
    this._keep();
    this._note = '';
    const count = (/** @type {number} */ n) => n.toLocaleString(document.documentElement.lang || undefined);
    this._trouble = {kind: 'too-long', text: `The text has ${count(bytes)} bytes, and a ${this._what} may have ${count(this.data?.max_bytes ?? 0)}. Split it into several ${this._what}s.`};
    this._field?.setAttribute('aria-invalid', 'true');
    this._surface?.focus();
    void this.updateComplete.then(() => this.renderRoot.querySelector('[role=alert]')?.scrollIntoView({block: 'center'}));
    return true;
  }

  /**
   * @param {KeyboardEvent} event
   * @returns {boolean} whether it has done something
   */
  _shortcut(event) {
    if (event.isComposing) return false; // Enter takes what an input method offers
    this._plain = event.shiftKey && (event.ctrlKey || event.metaKey) && letterOf(event) === 'v';
    if (event.key === 'Enter' && !event.shiftKey && !event.ctrlKey && !event.metaKey && !event.altKey) {
      if (this._surface?.choosing()) return false;
      const change = this._surface && continueList(this._surface.selection());
      if (!change) return false;
      this._surface?.change(change);
      return true;
    }
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return false;
    const name = `Control+${event.shiftKey && event.key !== '/' ? 'Shift+' : ''}${letterOf(event).toUpperCase()}`;
    const command = [...commands, ...views].find(({keys}) => keys === name);
    return command !== undefined && this._run(command.name);
  }

  /**
   * What is pressed beside the text: a question mark shows the shortcuts, Escape ends what was begun.
   *
   * @param {KeyboardEvent} event
   */
  _outside(event) {
    const at = event.composedPath()[0];
    if (event.defaultPrevented || event.isComposing || !(at instanceof Element)) return;
    const within = this._alone || event.composedPath().includes(this._field?.form ?? this);
    if (event.key === 'Escape' && this._alone && !event.composedPath().some((node) => node instanceof HTMLDialogElement)) {
      event.preventDefault();
      this._leaveAlone();
      return;
    }
    if (within && (event.ctrlKey || event.metaKey) && letterOf(event) === 's' && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      this._run('save');
      return;
    }
    const writes = at instanceof HTMLElement && (at.isContentEditable || at.matches('input, select, textarea'));
    if (event.key !== '?' || event.ctrlKey || event.metaKey || event.altKey || writes) return;
    event.preventDefault();
    this._run('shortcuts');
  }

  /**
   * @param {CommandName} name
   * @returns {boolean} whether there was something to do
   */
  _run(name) {
    switch (name) {
      case 'save': {
        const form = this._field?.form;
        const save = form?.querySelector('button[name="intent"][value="save"]');
        if (save instanceof HTMLElement) form?.requestSubmit(save);
        return true;
      }
      case 'preview':
        if (this.data?.previews === false) return false;
        void this._toggle();
        return true;
      case 'find':
        return this._surface?.find() ?? false;
      case 'focus':
        if (this._alone) this._leaveAlone();
        else this._beAlone();
        return true;
      case 'shortcuts':
        /** @type {HTMLDialogElement | null} */ (this.renderRoot.querySelector('.sheet'))?.showModal();
        return true;
      case 'picture':
        this._uploads.pick();
        return true;
      default:
        if (this._surface) this._surface.change(edit(name, this._surface.selection()));
        return true;
    }
  }

  /** Leaves nothing to be seen but the text, in the browser's top layer: nothing that is around it can cut it off. */
  _beAlone() {
    if (this._alone || typeof this.showPopover !== 'function') return;
    this._alone = true;
    this.popover = 'manual';
    this.showPopover();
    for (let at = /** @type {Element} */ (this); at.parentElement; at = at.parentElement) {
      for (const beside of at.parentElement.children) {
        if (beside === at || beside.hasAttribute('inert') || ['SCRIPT', 'STYLE', 'HEAD'].includes(beside.nodeName)) continue;
        beside.setAttribute('inert', '');
        this._inert.push(beside);
      }
    }
    document.documentElement.style.overflow = 'hidden';
    this._surface?.focus();
  }

  _leaveAlone() {
    if (!this._alone) return;
    this._alone = false;
    for (const beside of this._inert) beside.removeAttribute('inert');
    this._inert = [];
    document.documentElement.style.overflow = '';
    if (this.isConnected) this.hidePopover();
    this.popover = null;
    this._surface?.focus();
  }

  /**
   * A picture that is dropped would be opened in place of this page. Text that comes along goes in, as Markdown of what it looked
   * like: word processors add a picture of it, which is no picture of the author's; one within the text lies elsewhere, which is said.
   *
   * @param {Event} event
   * @param {DataTransfer | null} brought
   * @returns {boolean} whether there is nothing left to do
   */
  _bring(event, brought) {
    if (!brought) return false;
    const plain = this._plain;
    this._plain = false;
    const text = brought.types.includes('text/plain');
    if (brought.files.length > 0 && !text) {
      this._uploads.add(brought.files);
      return true;
    }
    const source = event.type === 'paste' && !plain ? brought.getData('text/html') : '';
    this._refused = brought.files.length > 0 && /<img\b/i.test(brought.getData('text/html'));
    const selection = this._surface?.selection();
    if (!source || !selection || inCode(selection.text, selection.start)) return false;
    const formatted = asMarkdown(source);
    if (!formatted) return false;
    this._surface?.change(placed(formatted.text, selection));
    this._refused = formatted.left > 0;
    this._note = `Pasted with its formatting. For plain text undo it, and paste with ${keysAsRead('Control+Shift+V')}.`;
    return true;
  }

  /** @param {string} picture in Markdown: it stands on a line of its own */
  _insertPicture(picture) {
    if (this._surface) this._surface.change(block(picture, this._surface.selection()));
  }

  _dismiss() {
    this._refused = false;
    this._surface?.focus();
  }

  /**
   * One tab stop for the whole toolbar; arrows move inside it (ARIA Authoring Practices, toolbar).
   *
   * @param {KeyboardEvent} event
   */
  _walk(event) {
    const last = tools.length - 1;
    const forward = getComputedStyle(this).direction === 'rtl' ? 'ArrowLeft' : 'ArrowRight';
    const back = forward === 'ArrowRight' ? 'ArrowLeft' : 'ArrowRight';
    if (event.key === forward) this._tool = this._tool === last ? 0 : this._tool + 1;
    else if (event.key === back) this._tool = this._tool === 0 ? last : this._tool - 1;
    else if (event.key === 'Home') this._tool = 0;
    else if (event.key === 'End') this._tool = last;
    else return;
    event.preventDefault();
    /** @type {HTMLElement | null} */ (this.renderRoot.querySelectorAll('.tool')[this._tool])?.focus();
  }

  async _toggle() {
    this._previewing = !this._previewing;
    if (this._previewing) await this._preview();
    else this._page.abort();
  }

  async _preview() {
    const {visibility} = this._fields();
    await this._page.run([this._field?.value ?? '', visibility]);
  }

  /** @param {Awaited<ReturnType<typeof previewPost>>} page that the server has sanitized, with the rules of the published one */
  _show({html: text, teaser_html: teaser, warnings = []}) { // a replica of an older release tells none
    this._warnings = warnings.map(({message}) => message);
    const {visibility = 'public'} = this._fields();
    render(html`${unsafeHTML(text)}${visibility === 'public' || !visibility ? nothing : html`
      <section class="open-part" aria-label="What everybody will read">
        <h2>What everybody will read</h2>
        ${teaser ? unsafeHTML(teaser) : html`<p>Nothing but the title and the excerpt.</p>`}
      </section>`}`, this._ensurePage());
  }

  _ensurePage() {
    if (!this._pageElement) {
      this._pageElement = document.createElement('div');
      this._pageElement.slot = 'preview';
      this._pageElement.className = 'prose';
      this._pageElement.dir = 'auto';
      this.append(this._pageElement);
    }
    return this._pageElement;
  }

  updated() {
    const state = this._draftState();
    const retryAt = state === 'failing' ? this._retryAt : undefined;
    const told = this._state?.value;
    if (told?.state !== state || told.retryAt !== retryAt) this._state?.setValue({state, retryAt});
  }

  /** @returns {import('./store.js').DraftState} */
  _draftState() {
    if (this._saving) return 'saving';
    if (this._trouble?.kind === 'conflict') return 'conflict';
    if (this._waiting && this._kept === 'here') return this._failing ? 'failing' : 'waiting';
    if (this._kept === 'here' && this._untitled) return 'untitled';
    return this._kept;
  }

  /** @returns {boolean} whether what is on the page is safe: saved, or kept in this browser */
  _keep() {
    clearTimeout(this._draftTimer);
    if (!this._field || !this._key) return false;
    if (!this._dirty) {
      // An offered draft stays until the author decides.
      if (this._draft?.key !== this._key) dropDraft(this._key);
      this._kept = this._base > 0 ? 'saved' : 'new';
      return true;
    }
    if (this._draft?.key === this._key) this._draft = null; // what is typed now takes its place
    if (!keepDraft(this._key, this._version, this._fields(), {begun: this._begun, apart: this._apart || undefined})) return false;
    this._kept = 'here';
    if (!this._outage) this._note ||= 'Draft kept in this browser.';
    return true;
  }

  _restore() {
    if (!this._draft) return;
    this._fill(this._draft.draft.fields);
    this._goOn(this._draft);
    this._surface?.focus();
  }

  /** @param {Record<string, string>} fields */
  _fill(fields) {
    for (const control of this._field?.form?.elements ?? []) {
      if (!(control instanceof HTMLInputElement || control instanceof HTMLTextAreaElement || control instanceof HTMLSelectElement)) continue;
      const value = fields[control.name];
      if (value === undefined || besideText(control)) continue;
      if (control instanceof HTMLInputElement && ['radio', 'checkbox'].includes(control.type)) control.checked = control.value === value;
      else control.value = value;
    }
    this._surface?.read();
  }

  /**
   * Begins with what another program shared: as it came, or as it was written on since.
   *
   * @param {string} name
   * @param {import('../shared/drafts.js').Kept | null} found
   */
  async _takeShared(name, found) {
    if (found) {
      this._draft = found;
      this._restore();
      return;
    }
    const shared = await readShared(name);
    if (!shared) return;
    const title = this._field?.form?.elements.namedItem('title');
    this._fill(beginningOf(shared, title instanceof HTMLInputElement && title.maxLength > 0 ? title.maxLength : Infinity));
    this._typed();
    // Where the browser keeps no draft it stays where it is.
    if (this._keep()) await dropShared(name);
  }

  /**
   * Goes on with a draft whose text is on the page.
   *
   * @param {import('../shared/drafts.js').Kept} kept
   */
  _goOn({key, draft}) {
    // From now on this text is sent in their place; until it has arrived or waits itself, they stay.
    this._replaced = waitingFor(this._user, key).map(({key: at}) => at);
    let stale = draft.version !== this._version;
    if (this._apart && !draft.apart) { // begun before the post was published: its words are changes of what readers see
      stale = this._version !== 0 || draft.version < (this.data?.text_version ?? 0);
      this._base = draft.version;
      this._begunFrom(0);
    } else if (!this._apart && draft.apart) { // the post is a draft again
      this._begunFrom(0);
    } else {
      this._begunFrom(draft.version);
    }
    if (stale) { // what the page came with is somebody else's, and not to be written over unasked
      this._begunWith = null;
      this._own = [bodyOf(draft.fields)];
    }
    if (this._begun && draft.begun) this._beginUnder(draft.begun);
    this._draft = null;
    this._typed();
    this._note = stale ? 'Draft restored. The text was saved since it was begun: saving will ask before it writes over that.' : 'Draft restored. It is not saved yet.';
    this._keep();
    if (key !== this._key) dropDraft(key);
  }

  /** @param {number} version that the text on the page was begun from */
  _begunFrom(version) {
    this._version = version;
    if (!this._apart) this._base = version;
    const field = this._field?.form?.elements.namedItem(this.data?.version_field ?? (this._apart ? 'copy' : 'version'));
    if (field instanceof HTMLInputElement) field.value = String(version);
  }

  /**
   * Goes on with a new post that may have arrived already.
   *
   * @param {import('../shared/drafts.js').Begun} begun
   */
  _beginUnder(begun) {
    this.data = {...this.data, draft: begun};
    const field = this._field?.form?.elements.namedItem('idempotency_key');
    if (field instanceof HTMLInputElement) field.value = begun.key;
  }

  /**
   * Drops a draft with what waits of it.
   *
   * @param {string} key
   */
  _drop(key) {
    for (const {key: at} of waitingFor(this._user, key)) dropFromOutbox(at);
    dropDraft(key);
  }

  _discard() {
    if (this._draft) this._drop(this._draft.key);
    this._draft = null;
    this._note = 'Draft discarded.';
    this._surface?.focus();
  }

  /** @param {SubmitEvent} event */
  _submit(event) {
    if (event.defaultPrevented) return;
    const pressed = event.submitter instanceof HTMLButtonElement ? event.submitter : null;
    if (!navigator.onLine) {
      event.preventDefault();
      this._keep();
      const waits = this.data?.save_url && !this._refusesLength();
      if (waits) void this._sendLater(pressed);
      else if (!this._trouble) this._note = 'You are offline. Your text is kept in this browser: save again when you are back.';
      return;
    }
    if (this._refusesLength()) {
      event.preventDefault();
      return;
    }
    if (!this.data?.save_url || pressed?.name === 'overwrite' || pressed?.value === 'preview' || this._confirmed) {
      // The server gives the text back when it cannot save it; the draft stays until it is seen saved.
      this._keep();
      this._leaving = true;
      return;
    }
    if (pressed?.value === 'discard_changes') {
      clearTimeout(this._autosaveTimer);
      if (this._saving) { // the changes are discarded as they are by then
        event.preventDefault();
        this._next = {then: pressed, auto: false};
        return;
      }
      this._forget();
      return;
    }
    event.preventDefault();
    void this._save(pressed && pressed.value !== 'save' ? pressed : null);
  }

  /**
   * What somebody asks in another form of the page about the text as it is saved (`data-of-saved-text`) waits for what they
   * typed, and is not asked where that cannot be saved.
   *
   * @param {SubmitEvent} event
   */
  async _beside(event) {
    const {target: form, submitter} = event;
    const waits = () => this._saving || this._dirty;
    if (event.defaultPrevented || !(form instanceof HTMLFormElement) || !form.matches('[data-of-saved-text]') || !waits()) return;
    event.preventDefault();
    for (let saves = 0; saves < ASK_SAVES && waits(); saves++) {
      if (this._saving) await this._landed;
      else if (!this._autosaves || this._tooLong() || await this._save(null, this._fields(), true) !== 'sent') break;
    }
    if (!this.isConnected) return;
    if (waits()) this._note = 'What you typed is not saved on the server yet, so nothing was asked. Save it, and ask again.';
    else form.requestSubmit(submitter);
  }

  /** Nothing of what is on the page is to be kept. */
  _forget() {
    this._endWaiting(true);
    dropDraft(this._key);
    this._saved = JSON.stringify(this._fields());
    this._leaving = true;
  }

  /**
   * Saves through the API. What is typed while the answer is on its way is not part of it, and stays a draft.
   *
   * @param {HTMLButtonElement | null} then a button of the form that is pressed when the text is safe
   * @param {Record<string, string>} [fields] that were sent before; what was typed since is not part of them
   * @param {boolean} [auto] whether nobody pressed a button: nothing is told but what they have to do
   * @param {boolean} [again] whether it is tried again by itself, after it was told that it failed
   * @returns {Promise<import('../shared/outbox.js').Outcome>}
   */
  async _save(then, fields = this._fields(), auto = false, again = false) {
    if (this._saving) {
      // Pressed or typed meanwhile: it is saved afterwards. What was pressed stays pressed.
      if (!auto || !this._next) this._next = {then, auto};
      return 'unreachable';
    }
    if (!auto && this._refusesLength()) return 'refused';
    clearTimeout(this._autosaveTimer);
    this._typedSince = 0;
    this._saving = true;
    let landed = () => {};
    this._landed = new Promise((resolve) => { landed = resolve; });
    this._then = then; // for whoever tries again; what was pressed before is not pressed by them
    if (!auto && !again) this._note = 'Saving…';
    if (this._begun) this.data = {...this.data, draft: {...this._begun, sent: true}};
    this._keep();
    if (!this._takenAt.has(fields)) this._takenAt.set(fields, new Date().toISOString());
    try {
      const saved = await this._send(fields, auto);
      this._confirm(saved, fields, then === null, auto);
      if (then) {
        this._confirmed = true;
        this._leaving = !this._dirty;
        this._field?.form?.requestSubmit(then);
        this._confirmed = false;
      }
      return 'sent';
    } catch (error) {
      if (error instanceof NotByItself) { // it stays in this browser, as the state says
        this._endWaiting(true);
        return 'refused';
      }
      const outcome = outcomeOf(error);
      if (outcome === 'unreachable') void this._sendLater(then, fields, auto, error);
      else this._endWaiting(outcome === 'refused');
      if (outcome === 'refused') this._faulty = JSON.stringify(fields);
      if (outcome !== 'unreachable' || !auto && !again) this._fail(error);
      return outcome;
    } finally {
      this._saving = false;
      landed();
      const next = this._next;
      this._next = null;
      if (next && !next.auto) void this._save(next.then);
      else if (next) {
        this._typedSince ||= performance.now();
        this._autosave();
      }
    }
  }

  /**
   * @param {Record<string, string>} fields
   * @param {boolean} [auto]
   * @param {number} [again] how often they may be sent once more, because what they were refused for is nobody else's text
   * @returns {Promise<import('./service.js').Saved>}
   */
  async _send(fields, auto = false, again = 3) {
    if (auto && !this._autosaves) throw new NotByItself();
    const {method, body, path, ...how} = this._call(fields, auto);
    this._own = [...this._own.slice(-OWN), body];
    // A page that is being left has its last words sent all the same.
    const keepalive = auto && document.visibilityState === 'hidden' && (fields.body_markdown ?? '').length < KEEPALIVE_CHARACTERS;
    try {
      return await savePost(path, {method, body, ...how, ...(keepalive ? {keepalive} : {})}).catch((error) => this._arrived(error, body));
    } catch (error) {
      if (error instanceof ApiError && error.code === 'content.autosaves_drafts') {
        this.data = {...this.data, autosaves: false}; // it was scheduled since
        throw new NotByItself();
      }
      if (again > 0 && await this._standsElsewhere(error)) return await this._send(fields, auto, again - 1);
      throw error;
    }
  }

  /**
   * Looks where the post stands now, when a save was refused as outdated. That its status changed is no other text; a text that
   * this page has sent itself is nobody else's, however late it arrived.
   *
   * @param {unknown} error
   * @returns {Promise<boolean>} whether the text may be sent again, from where it stands now
   */
  async _standsElsewhere(error) {
    if (!(error instanceof ApiError) || this._post === 'new') return false;
    const unpublished = error.code === 'content.not_published';
    if (error.status !== 412 && !unpublished) return false;
    if (this._apart && !unpublished) {
      const own = await this._isOwn(error, true);
      if (own) this._begunFrom(own.version);
      return own !== null;
    }
    const now = await readPost(this._post);
    const own = await this._isOwn(new ApiError(412, {}), false);
    if (!own && (now.text_version ?? now.version) > this._base) {
      if (!unpublished) return false;
      this.data = {...this.data, copy: undefined}; // the post is a draft again, with a text that is not on this page
      this._begunFrom(0);
      return true;
    }
    this.data = {...this.data, autosaves: now.status === 'draft'};
    if (now.status === 'published') {
      this._base = own ? now.version : this._base;
      this.data = {...this.data, copy: 0};
      this._begunFrom(0);
    } else {
      this.data = {...this.data, copy: undefined};
      this._begunFrom(now.version);
    }
    return true;
  }

  /**
   * @param {unknown} error
   * @param {boolean} apart whether the working copy is looked at
   * @returns {Promise<import('./service.js').Saved | null>} as the server has it, if it holds what this page has sent
   */
  async _isOwn(error, apart) {
    for (const body of this._own) {
      try {
        return await arrivedPost(error, body, this._post, apart);
      } catch (failed) {
        if (failed !== error && !(failed instanceof ApiError && failed.status === 404)) throw failed;
      }
    }
    return null;
  }

  /**
   * The call of the API that saves these fields.
   *
   * @param {Record<string, string>} fields
   * @param {boolean} [auto]
   * @returns {{method: 'POST' | 'PATCH', path: string, body: import('./service.js').Body, idempotencyKey?: string, version?: number}}
   */
  _call(fields, auto = false) {
    const body = bodyOf(fields);
    const path = this.data?.save_url ?? '';
    if (this._apart) delete body.kind; // which is fixed, once it was published while this page was open
    if (this._apart) return {method: 'PATCH', path: `${path}/working-copy${auto ? '?autosave=true' : ''}`, body: {...body, post_version: this._base}, version: this._version};
    return this._post === 'new' ? {method: 'POST', path, body, idempotencyKey: this._begun?.key} : {method: 'PATCH', path: auto ? `${path}?autosave=true` : path, body, version: this._version};
  }

  /**
   * Keeps what was sent until the server can be reached. Publishing waits for a person: what is saved by itself, later, does
   * not appear before everybody by itself.
   *
   * @param {HTMLButtonElement | null} pressed
   * @param {Record<string, string>} [fields]
   * @param {boolean} [auto] whether nobody pressed a button
   * @param {unknown} [error] that sending failed with; absent: the browser is offline
   */
  async _sendLater(pressed, fields = this._fields(), auto = false, error = null) {
    const label = pressed && pressed.value !== 'save' ? (pressed.textContent ?? '').trim() : '';
    const before = this._waiting;
    const over = before?.over ?? new AbortController();
    this._waiting = {fields, over, key: before?.key ?? '', auto: auto && (before?.auto ?? true)};
    if (!auto && !error) this._note = `You are offline. Your text is kept on this device and is saved as soon as you are back.${label ? ` Press “${label}” then.` : ''}`;
    if (error || !before) this._failing = error instanceof ApiError && error.status > 0;
    if (auto && !this._trouble) this._outage ||= outageOf(error, this._kept === 'here');
    const page = this._post === 'new' ? '/studio/posts/new' : `/studio/posts/${this._post}`;
    const call = this._call(fields, this._waiting.auto);
    if (call.method === 'PATCH' || call.idempotencyKey) {
      const key = await keepToSend(this._user, {...call, label: fields.title || 'Untitled', page, check: this._apart ? checkCopy(this._post) : checkPost(this._begun?.id ?? this._post), draft: this._key}, before?.key || undefined, this._takenAt.get(fields));
      if (this._waiting?.over !== over) dropFromOutbox(key); // it was sent meanwhile
      else if (key) {
        this._waiting.key = key;
        this._dropReplaced();
      }
    }
    if (before) return;
    whenBack(async () => {
      if (this._waiting?.auto && untilRoom() > 0) return false;
      if (this._waiting && !this._saving) await this._save(null, this._waiting.auto ? this._fields() : this._waiting.fields, this._waiting.auto, true);
      return this._waiting === null;
    }, over.signal, (ms) => { this._retryAt = Date.now() + ms; });
  }

  /** @param {boolean} drop what waits: it has arrived, or its person decides */
  _endWaiting(drop) {
    const waiting = this._waiting;
    this._waiting = null;
    this._outage = '';
    waiting?.over.abort();
    if (!drop) { // it goes once this text has arrived, or waits again
      if (waiting?.key) this._replaced.push(waiting.key);
      return;
    }
    if (waiting) dropFromOutbox(waiting.key);
    this._dropReplaced();
  }

  _dropReplaced() {
    for (const key of this._replaced) dropFromOutbox(key);
    this._replaced = [];
  }

  /**
   * A save that is refused as outdated may be one whose answer was lost.
   *
   * @param {unknown} error
   * @param {import('./service.js').Body} body what was sent
   * @returns {Promise<import('./service.js').Saved>} the post, when it holds that very text
   */
  async _arrived(error, body) {
    if (this._begun && error instanceof ApiError && error.status === 412) { // the post is there, and saved since it was new
      dropDraft(this._key);
      this._becomes(this._begun.id, true);
      this._begunFrom(1);
      this._keep();
    }
    return await arrivedPost(error, body, this._post, this._apart);
  }

  /**
   * The server has these fields now.
   *
   * @param {import('./service.js').Saved} saved
   * @param {Record<string, string>} fields
   * @param {boolean} stays whether the page does: the address of one that is left is not changed
   * @param {boolean} auto whether nobody pressed a button: the slug goes on following the title that is still being written
   */
  _confirm(saved, fields, stays, auto) {
    const slug = this._field?.form?.elements.namedItem('slug');
    if (!auto && slug instanceof HTMLInputElement && slug.value === fields.slug) {
      slug.value = saved.slug;
      fields.slug = saved.slug;
    }
    this._endWaiting(true);
    // By itself the address of what was published once is not changed: it waits for a save by hand.
    this._saved = JSON.stringify(auto && fields.slug ? {...fields, slug: saved.slug} : fields);
    this._begunWith = fields;
    this._begunFrom(saved.version);
    this._trouble = null;
    this._faulty = '';
    if (!auto) this._asks = false;
    dropDraft(this._key);
    if (this._post === 'new' && saved.id) this._becomes(saved.id, stays);
    this._own = [bodyOf(fields)];
    for (const seen of document.querySelectorAll('[data-of-saved-text] [name=text_version]')) {
      if (seen instanceof HTMLInputElement) seen.value = String(saved.version);
    }
    const changes = this._field?.form?.querySelector('[data-changes]');
    if (changes instanceof HTMLElement && this._apart) changes.hidden = saved.version === 0;
    const apart = this._apart && saved.version !== 0;
    if (auto) this._note = '';
    else this._note = this._dirty ? '' : apart ? 'Saved. Readers see the earlier text until you publish the changes.' : 'Saved.';
    this._keep();
  }

  /**
   * A post that was new has an address now: saving again changes it.
   *
   * @param {string} id
   * @param {boolean} stays
   */
  _becomes(id, stays) {
    const at = `/studio/posts/${id}`;
    this.data = {...this.data, key: id, save_url: `/api/v1/posts/${id}`};
    const tabName = this._key.slice(this._key.lastIndexOf(':') + 1);
    this._key = draftKey(this._user, id, tabName);
    if (this._field?.form) this._field.form.action = at;
    if (stays) history.replaceState(history.state, '', at);
  }

  /** @param {unknown} error */
  _fail(error) {
    this._note = '';
    this._outage = '';
    const text = error instanceof Error ? error.message : String(error);
    /** @type {Trouble} */
    let kind = 'unreachable';
    if (error instanceof ApiError) {
      if (error.status === 401) kind = 'signed-out';
      else if (error.code === 'http.signed_in_as_another') kind = 'somebody-else';
      else if (error.status === 412) kind = 'conflict';
      else if (error.status >= 400 && error.status < 500) kind = 'refused';
    }
    const faults = error instanceof ApiError ? error.errors.map(({message}) => message).filter(Boolean).join(' ') : '';
    this._trouble = {kind, text: faults || text};
  }

  /** Shows both texts side by side. */
  async _compare() {
    try {
      const copy = this._apart ? await readCopy(this._post) : null;
      const theirs = copy ?? await readPost(this._post);
      await this._merging.open({
        base: this._begunWith && withTags(this._begunWith), mine: withTags(this._fields()), version: this._apart ? copy?.version ?? 0 : theirs.version,
        theirs: {
          title: theirs.title, slug: theirs.slug, excerpt: theirs.excerpt, tags: theirs.tags.join(', '),
          visibility: theirs.visibility, ...('kind' in theirs ? {kind: String(theirs.kind)} : {}), body_markdown: theirs.body_markdown ?? '',
        },
      });
    } catch (error) {
      this._fail(error);
    }
  }

  /**
   * @param {Record<string, string>} fields that were put together of both texts
   * @param {number} version of theirs
   */
  _takeMerged({body_markdown: text = '', ...fields}, version) {
    this._fill(fields);
    const whole = this._surface?.selection().text ?? '';
    this._surface?.change({from: 0, to: whole.length, insert: text, start: 0, end: 0});
    this._begunFrom(version);
    this._begunWith = null;
    this._trouble = null;
    this._asks = true;
    this._changed();
    this._note = 'Both versions are put together. Read it through, and save it.';
  }

  /** Writes this text over what somebody else saved; theirs stays among the revisions. */
  async _overwrite() {
    try {
      this._begunFrom(this._apart ? await readCopySave(this._post) : (await readPost(this._post)).version);
    } catch (error) {
      this._fail(error);
      return;
    }
    await this._save(this._then);
  }

  /** @param {BeforeUnloadEvent} event */
  _guard(event) {
    if (!this._leaving && this._dirty && this._saved) event.preventDefault();
  }

  _leaveToSignIn() {
    this._keep();
    this._leaving = true;
    try {
      sessionStorage.setItem(RESUME, this._key);
    } catch {
      // The draft is offered instead.
    }
  }

  /** @param {{kind: Trouble, text: string}} trouble */
  _troubled({kind, text}) {
    const again = html`<button type="button" class="labelled" @click=${() => this._save(this._then)}>Try again</button>`;
    switch (kind) {
      case 'signed-out':
        return html`<p>You are signed out, so the text is not saved. It is kept in this browser: sign in, and you come back to it.</p>
          <a class="labelled" href="/login?return_to=${encodeURIComponent(location.pathname + location.search)}" @click=${this._leaveToSignIn}>Sign in</a>`;
      case 'somebody-else':
        return html`<p>Somebody else is signed in in this browser now, so the text is not saved. It is kept here for you:
          sign in as yourself in another tab, and try again.</p>${again}`;
      case 'conflict':
        return html`<p>Somebody saved this ${this._what} while you were writing. Nothing of yours is lost: it is here, and not saved yet.</p>
          <button type="button" class="labelled" @click=${this._compare}>Compare both</button>
          <a class="labelled" href=${`/studio/posts/${this._post}`} target="_blank" rel="noopener">Open their version</a>
          <button type="button" class="labelled" @click=${this._overwrite}>Save mine over theirs</button>`;
      case 'too-long':
        return html`<p>${text} Nothing was sent.</p>`;
      case 'refused':
        return html`<p>${text} The text is not saved yet.</p>${again}`;
      default:
        return html`<p>${text} ${this._kept === 'changed'
          ? 'The text is not saved, and this browser keeps nothing: leave this page open. It is sent again by itself.'
          : 'The text is kept in this browser. It is saved as soon as the server can be reached and answers.'}</p>${again}`;
    }
  }

  render() {
    const {words = 0, characters = 0, minutes = 0} = this._length ?? {};
    return html`
      <div class="bar">
        <div class="tools" role="toolbar" aria-label="Formatting" @keydown=${this._walk}>
          ${tools.map(({name, label, keys, mark}, i) => html`<button
            type="button" class="tool" aria-label=${label} title=${keys ? `${label} (${keysAsRead(keys)})` : label} aria-keyshortcuts=${keys ?? nothing}
            tabindex=${i === this._tool ? 0 : -1} @focus=${() => { this._tool = i; }} @click=${() => this._run(name)}
          ><svg viewBox="0 0 24 24" aria-hidden="true">${mark}</svg></button>`)}
        </div>
        <div class="views">
          ${views.filter(({mark}) => mark).map(({name, label, keys, mark}) => html`<button
            type="button" class="view ${name}" aria-label=${label} title="${label} (${keysAsRead(keys ?? '')})" aria-keyshortcuts=${keys ?? nothing}
            aria-pressed=${name === 'focus' ? `${this._alone}` : nothing} @click=${() => this._run(name)}
          ><svg viewBox="0 0 24 24" aria-hidden="true">${mark}</svg></button>`)}
          ${this._alone ? html`<button type="button" class="labelled" @click=${() => this._run('save')}>Save</button>` : nothing}
          ${this.data?.previews === false ? nothing : html`
            <button type="button" class="labelled" aria-pressed=${this._previewing ? 'true' : 'false'} @click=${this._toggle}>Preview</button>`}
        </div>
      </div>
      ${this._draft ? html`<div class="offer" role="region" aria-label="Kept draft">
        <p>A draft from ${when(this._draft.draft.savedAt)} that was not saved is kept in this browser.</p>
        <button type="button" class="labelled" @click=${this._restore}>Restore it</button>
        <button type="button" class="labelled" @click=${this._discard}>Discard it</button>
      </div>` : nothing}
      ${this._made ? html`<div class="offer" role="region" aria-label="Saved post">
        <p>“${this._made.title}”, which you wrote here, is saved. This page begins another ${this._what}.</p>
        <a class="labelled" href=${this._made.at}>Go on with it</a>
      </div>` : nothing}
      ${this._trouble ? html`<div class="offer" role="alert">${this._troubled(this._trouble)}</div>` : nothing}
      ${this._refused ? html`<div class="offer" role="alert">
        <p>The pictures within the text were not added: copy or drop each by itself.</p>
        <button type="button" class="labelled" @click=${this._dismiss}>Dismiss</button>
      </div>` : nothing}
      ${this._uploads.render()}
      <div class=${this._previewing ? 'panes both' : 'panes'}>
        <div class="write"><slot></slot></div>
        <div class="preview" role="region" aria-label="Preview" aria-busy=${this._page.status === TaskStatus.PENDING ? 'true' : 'false'} ?hidden=${!this._previewing}>
          ${this._page.render({error: (error) => html`<p class="error" role="alert">${error instanceof Error ? error.message : String(error)}
            <button type="button" class="labelled" @click=${this._preview}>Try again</button></p>`}) ?? nothing}
          ${this._warnings.length > 0 ? html`<div class="offer" role="note" aria-label="Left out of the page">
            <p>Not everything is shown as you wrote it:</p>
            <ul>${this._warnings.map((message) => html`<li>${message}</li>`)}</ul>
          </div>` : nothing}
          <slot name="preview"></slot>
        </div>
      </div>
      <div class="foot">
        <p class="count">${this._length ? `${counted(words, characters)} · ${minutes} min read` : nothing}</p>
        <p class="outage" role="status">${this._outage || nothing}</p>
        <p class="note" role="status">${this._note || nothing}</p>
      </div>
      ${this._merging.render()}
      <dialog class="sheet" aria-labelledby="sheet" closedby="any">
        <form method="dialog"><h2 id="sheet">Shortcuts</h2><button class="labelled" aria-label="Close the shortcuts">Close</button></form>
        <dl>${[...others, ...commands, ...views].filter(({keys}) => keys).map(({label, keys = ''}) => html`
          <div><dt>${label}</dt><dd><kbd>${keysAsRead(keys)}</kbd></dd></div>`)}</dl>
        <p>A slash at the beginning of a line offers every command. In the toolbar the arrow keys lead from button to button.
          Escape, then the Tab key leaves the text.</p>
      </dialog>
    `;
  }
}

/**
 * What is told, once, of a text that does not come to the server by itself.
 *
 * @param {unknown} error null: the browser is offline
 * @param {boolean} kept whether this browser holds the text
 */
function outageOf(error, kept) {
  const status = error instanceof ApiError ? error.status : 0;
  const why = status === 0 ? 'the server cannot be reached' : [429, 503].includes(status) ? 'the server is too busy' : `the server has a fault (${status})`;
  const where = kept ? 'It is kept in this browser' : 'This browser keeps nothing, so leave this page open: it is here';
  return `The text is not saved on the server: ${why}. ${where}, and sent again by itself.`;
}

/** What readers would see is not saved with nobody who pressed a button. */
class NotByItself extends Error {}

/**
 * @param {Record<string, string>} fields
 * @returns {Record<string, string>} with their tags as the server's are put into the form
 */
function withTags({tags = '', ...rest}) {
  return {...rest, tags: tags.split(',').map((tag) => tag.trim()).filter(Boolean).join(', ')};
}

/**
 * @param {string} source HTML
 * @returns {{text: string, left: number} | null} Markdown of it; null where the plain text says as much
 */
function asMarkdown(source) {
  try {
    return markdownOf(inertTree(source));
  } catch {
    return null; // so deep that nobody wrote it
  }
}

/**
 * @param {string} text Markdown: a part of a sentence, or paragraphs
 * @param {import('./markdown.js').Selection} selection that it takes the place of
 * @returns {import('./markdown.js').Edit}
 */
function placed(text, {text: whole, start, end}) {
  if (!/\n|^(?:#{1,6} |> |[-*+] |\d+[.)] |\||`{3}|---|<)/.test(text)) {
    return {from: start, to: end, insert: text, start: start + text.length, end: start + text.length};
  }
  return {...block(text, {text: whole.slice(0, start) + whole.slice(end), start, end: start}), from: start, to: end};
}

/**
 * Whether a slug is what the server makes of one that was sent: where that is empty it makes one, and a number goes behind one
 * that is taken.
 *
 * @param {string | undefined} sent
 * @param {unknown} now
 */
function slugMade(sent, now) {
  return !sent || typeof now === 'string' && now.startsWith(sent) && /^-\d+$/.test(now.slice(sent.length));
}

/**
 * What the API is sent of these fields.
 *
 * @param {Record<string, string>} fields
 * @returns {import('./service.js').Body}
 */
function bodyOf({tags = '', ...rest}) {
  return {...rest, tags: tags.split(',').map((tag) => tag.trim()).filter(Boolean)};
}

/**
 * What waits to be sent of a draft.
 *
 * @param {string} user
 * @param {string} draft its key
 */
function waitingFor(user, draft) {
  return outboxOf(user).filter(({entry}) => entry.draft === draft);
}

/** The draft of an editor that was left to sign in; told once. */
function resumed() {
  try {
    const key = sessionStorage.getItem(RESUME);
    sessionStorage.removeItem(RESUME);
    return key;
  } catch {
    return null;
  }
}

/**
 * @param {number} words
 * @param {number} characters
 */
function counted(words, characters) {
  const all = [];
  if (words > 0 || characters === 0) all.push(`${words} ${words === 1 ? 'word' : 'words'}`);
  if (characters > 0) all.push(`${characters} ${characters === 1 ? 'character' : 'characters'}`);
  return all.join(' · ');
}

/** @param {string} time */
function when(time) {
  return new Date(time).toLocaleString(document.documentElement.lang || undefined, {dateStyle: 'medium', timeStyle: 'short'});
}

customElements.define('nf-content-editor', ContentEditor);
