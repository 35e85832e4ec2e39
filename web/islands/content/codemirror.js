/**
 * CodeMirror over the field of a form, which stays in the page, holds the text at every moment, and is sent as it would be
 * without script. It stands in a shadow root of its own behind the field, so that its styles are adopted and the policy of
 * the page holds. The selection and the caret are the browser's own, and so is spelling.
 *
 * @module
 */
import {autocompletion, closeCompletion, completionStatus} from '@codemirror/autocomplete';
import {history} from '@codemirror/commands';
import {HighlightStyle, Language, defineLanguageFacet, syntaxHighlighting} from '@codemirror/language';
import {openSearchPanel, search} from '@codemirror/search';
import {EditorState, Prec, RangeSetBuilder} from '@codemirror/state';
import {Decoration, EditorView, ViewPlugin, keymap} from '@codemirror/view';
import {tags} from '@lezer/highlight';
import {GFM, parser} from '@lezer/markdown';
import {commands} from './commands.js';
import {keys as bindings} from './keymap.js';
import {slashBefore} from './markdown.js';

const markdown = new Language(defineLanguageFacet(), parser.configure(GFM), [], 'markdown');

const highlight = HighlightStyle.define([
  {tag: tags.heading, fontWeight: '700', color: 'var(--color-ink)'},
  {tag: tags.strong, fontWeight: '700'},
  {tag: tags.emphasis, fontStyle: 'italic'},
  {tag: tags.strikethrough, textDecoration: 'line-through'},
  {tag: [tags.link, tags.url], color: 'var(--color-ember-text)'},
  {tag: tags.quote, color: 'var(--color-muted)'},
  {tag: tags.monospace, color: 'var(--color-muted)'},
  {tag: [tags.processingInstruction, tags.contentSeparator, tags.labelName, tags.comment], color: 'var(--color-faint)'},
]);

const look = EditorView.theme({
  '&': {fontFamily: 'var(--font-code, monospace)', fontSize: 'var(--surface-text, 0.9375rem)', color: 'inherit', backgroundColor: 'transparent'},
  '&.cm-focused': {outline: 'none'},
  '.cm-scroller': {fontFamily: 'inherit', lineHeight: '1.65', overflowX: 'hidden'},
  '.cm-content': {padding: 'var(--space-4, 1rem)', caretColor: 'currentColor', minBlockSize: 'max(var(--least, 12rem), var(--surface-least, 0px))', tabSize: '4'},
  '.cm-line': {padding: '0'},
  '.cm-panels': {
    position: 'sticky', insetBlockStart: 'var(--below-bar, 0px)', zIndex: '1', color: 'inherit', backgroundColor: 'var(--color-sunken, Canvas)',
    borderStartStartRadius: 'inherit', borderStartEndRadius: 'inherit', fontFamily: 'var(--font-ui, sans-serif)',
  },
  '.cm-panels.cm-panels-top': {borderBlockEnd: '1px solid var(--color-line, currentColor)'},
  '.cm-panel.cm-search': {display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '0.25rem', padding: '0.5rem 3.25rem 0.5rem 0.5rem', fontSize: '0.875rem'},
  '.cm-panel.cm-search br': {display: 'none'},
  '.cm-panel.cm-search .cm-textfield': {
    flex: '1 1 12rem', minInlineSize: '0', minBlockSize: '2.75rem', boxSizing: 'border-box', margin: '0', paddingInline: '0.75rem', font: 'inherit', fontSize: '1rem',
    color: 'inherit', backgroundColor: 'var(--color-surface, Field)', border: '1px solid var(--color-edge, currentColor)', borderRadius: 'var(--radius-sm, 0.375rem)',
  },
  '.cm-panel.cm-search .cm-button': {
    minBlockSize: '2.75rem', margin: '0', paddingInline: '0.75rem', font: 'inherit', color: 'inherit', backgroundColor: 'transparent', backgroundImage: 'none', cursor: 'pointer',
    border: '1px solid var(--color-border, currentColor)', borderRadius: 'var(--radius-sm, 0.375rem)',
  },
  '.cm-panel.cm-search .cm-button:hover': {backgroundColor: 'var(--color-surface-hover)'},
  '.cm-panel.cm-search label': {display: 'inline-flex', alignItems: 'center', gap: '0.375rem', minBlockSize: '2.75rem', paddingInline: '0.5rem', fontSize: 'inherit'},
  '.cm-panel.cm-search input[type=checkbox]': {inlineSize: '1.125rem', blockSize: '1.125rem', margin: '0', accentColor: 'var(--color-ember-fill)'},
  '.cm-panel.cm-search button[name=close]': {
    position: 'absolute', insetBlockStart: '0.5rem', insetInlineEnd: '0.5rem', inlineSize: '2.75rem', blockSize: '2.75rem', padding: '0', margin: '0',
    font: 'inherit', fontSize: '1.25rem', color: 'inherit', background: 'transparent', border: '0', borderRadius: 'var(--radius-sm, 0.375rem)', cursor: 'pointer',
  },
  '.cm-panel.cm-search :focus-visible': {outline: '2px solid var(--color-focus, currentColor)', outlineOffset: '1px'},
  '.cm-searchMatch': {backgroundColor: 'var(--color-ember-wash, Mark)', outline: '1px solid var(--color-ember, currentColor)'},
  '.cm-searchMatch-selected': {backgroundColor: 'var(--color-ember-fill, Highlight)', color: 'var(--color-on-ember, HighlightText)'},
  '.cm-searchMatch-selected *': {color: 'inherit'},
  '.cm-tooltip.cm-tooltip-autocomplete': {
    color: 'var(--color-ink, CanvasText)', backgroundColor: 'var(--color-surface, Canvas)', border: '1px solid var(--color-border, currentColor)',
    borderRadius: 'var(--radius-md, 0.5rem)', boxShadow: 'var(--shadow-raised)', overflow: 'hidden',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': {maxBlockSize: '20rem', minInlineSize: 'min(17rem, 80vw)', padding: '0.25rem', fontFamily: 'var(--font-ui, sans-serif)'},
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': {
    display: 'flex', alignItems: 'center', gap: '1rem', minBlockSize: '2.75rem', boxSizing: 'border-box', padding: '0.25rem 0.75rem', fontSize: '0.9375rem',
    lineHeight: '1.3', borderRadius: 'var(--radius-sm, 0.375rem)', color: 'inherit',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': {background: 'var(--color-ember-wash, Highlight)', color: 'inherit', outline: '1px solid var(--color-ember, currentColor)', outlineOffset: '-1px'},
  '.cm-completionLabel': {flex: '1'},
  '.cm-completionMatchedText': {textDecoration: 'none', fontWeight: '600'},
  '.cm-completionDetail': {margin: '0', fontStyle: 'normal', fontSize: '0.8125rem', color: 'var(--color-muted, inherit)'},
});

/** What CodeMirror says begins as everything else on the page does. */
const phrases = {
  next: 'Next', previous: 'Previous', all: 'Select all', replace: 'Replace', 'replace all': 'Replace all', 'match case': 'Match case',
  'by word': 'Whole words', regexp: 'Regular expression',
};

const eachFromItsSide = Decoration.line({attributes: {dir: 'auto'}});

/**
 * Each line that is shown runs from the side that its script does, as in a field whose `dir` is `auto`.
 *
 * @param {EditorView} view
 */
function sidesOf(view) {
  const lines = /** @type {RangeSetBuilder<Decoration>} */ (new RangeSetBuilder());
  for (const {from, to} of view.visibleRanges) {
    for (let at = from; at <= to;) {
      const line = view.state.doc.lineAt(at);
      lines.add(line.from, line.from, eachFromItsSide);
      at = line.to + 1;
    }
  }
  return lines.finish();
}

const sides = ViewPlugin.fromClass(class {
  /** @param {EditorView} view */
  constructor(view) {
    this.lines = sidesOf(view);
  }

  /** @param {import('@codemirror/view').ViewUpdate} change */
  update(change) {
    if (change.docChanged || change.viewportChanged) this.lines = sidesOf(change.view);
  }
}, {decorations: ({lines}) => lines});

const frame = new CSSStyleSheet();
frame.replaceSync(`
  :host { display: block; position: relative; min-inline-size: 0; }
  .edge { border: 1px solid var(--surface-edge, var(--color-edge, currentColor)); border-radius: var(--radius-sm, 0.375rem); background: var(--surface-ground, var(--color-surface, Field)); }
  .edge:hover { border-color: var(--surface-edge, var(--color-muted, currentColor)); }
  .edge:has(.cm-content:focus-visible) { outline: 2px solid var(--surface-edge, var(--color-focus, currentColor)); outline-offset: -1px; border-color: var(--surface-edge, var(--color-focus, currentColor)); }
  .edge.faulty { border-color: var(--color-bad, currentColor); box-shadow: inset 0 0 0 1px var(--color-bad, currentColor); }
  @media (forced-colors: active) { li[aria-selected] { forced-color-adjust: none; } }
`);

/**
 * @param {HTMLTextAreaElement} field
 * @param {import('./field.js').Handlers} handlers
 * @returns {import('./field.js').Surface}
 */
export function codeMirrorSurface(field, handlers) {
  const {offsetHeight, selectionStart, selectionEnd, defaultValue} = field;
  const focused = document.activeElement === field;
  const host = document.createElement('div');
  host.className = 'writing-surface';
  if (offsetHeight > 0) host.style.setProperty('--least', `${offsetHeight - 2}px`);
  const root = host.attachShadow({mode: 'open', delegatesFocus: true});
  root.adoptedStyleSheets = [frame];
  const edge = document.createElement('div');
  edge.className = 'edge';
  root.append(edge);
  let ours = false; // what changes the field is this
  let reads = false; // the field has the text already, and nothing is written

  const view = new EditorView({
    parent: edge,
    root,
    state: EditorState.create({
      doc: defaultValue,
      extensions: [
        Prec.highest(EditorView.domEventHandlers({
          keydown: (event) => handlers.key(event),
          paste: (event) => handlers.bring(event, event.clipboardData),
          drop: (event) => handlers.bring(event, event.dataTransfer),
        })),
        history(), markdown, syntaxHighlighting(highlight), EditorView.lineWrapping, EditorView.perLineTextDirection.of(true), sides, look, search({top: true}),
        autocompletion({override: [(context) => offered(context, handlers)], icons: false, interactionDelay: 0}),
        keymap.of(bindings),
        EditorView.scrollMargins.of(() => ({top: parseFloat(getComputedStyle(host).getPropertyValue('--below-bar')) || 0})),
        EditorState.phrases.of(phrases),
        EditorState.readOnly.of(field.readOnly || field.disabled),
        EditorView.contentAttributes.of(attributesOf(field)),
        EditorView.updateListener.of(({docChanged, state}) => {
          if (!docChanged || reads) return;
          ours = true;
          field.value = state.doc.toString();
          field.dispatchEvent(new InputEvent('input', {bubbles: true}));
          ours = false;
        }),
      ],
    }),
  });
  const read = () => {
    const change = difference(view.state.doc.toString(), field.value);
    reads = true;
    if (change) view.dispatch({changes: change});
    reads = false;
  };
  const over = new AbortController();
  const {signal} = over;
  field.addEventListener('input', () => { if (!ours) read(); }, {signal});
  for (const label of field.labels) label.addEventListener('click', () => view.focus(), {signal});
  // A link from a list of faults leads to the field, which is not seen any more.
  document.addEventListener('click', (event) => {
    const at = event.target instanceof Element ? event.target.closest('a[href^="#"]') : null;
    if (at?.getAttribute('href') !== `#${field.id}`) return;
    event.preventDefault();
    view.focus();
  }, {signal});
  const faulty = new MutationObserver(() => {
    const wrong = field.getAttribute('aria-invalid') === 'true';
    edge.classList.toggle('faulty', wrong);
    view.contentDOM.toggleAttribute('aria-invalid', wrong);
    if (wrong) view.contentDOM.setAttribute('aria-invalid', 'true');
  });
  faulty.observe(field, {attributeFilter: ['aria-invalid']});
  edge.classList.toggle('faulty', field.getAttribute('aria-invalid') === 'true');

  read(); // what was typed before this was there can be undone, too
  const end = view.state.doc.length;
  view.dispatch({selection: {anchor: Math.min(selectionStart, end), head: Math.min(selectionEnd, end)}});
  field.after(host);
  field.hidden = true;
  if (focused) view.focus();

  return {
    kind: 'rich',
    selection: () => {
      const {from, to} = view.state.selection.main;
      return {text: view.state.doc.toString(), start: from, end: to};
    },
    select: (start, last) => view.dispatch({selection: {anchor: Math.min(start, view.state.doc.length), head: Math.min(last, view.state.doc.length)}}),
    change: ({from, to, insert, start, end: last}) => {
      view.focus();
      view.dispatch({changes: {from, to, insert}, selection: {anchor: start, head: last}, scrollIntoView: true, userEvent: 'input'});
    },
    focus: () => view.focus(),
    hasFocus: () => view.hasFocus,
    read,
    choosing: () => completionStatus(view.state) === 'active',
    find: () => openSearchPanel(view),
    close: () => {
      over.abort();
      faulty.disconnect();
      const {from, to} = view.state.selection.main;
      view.destroy();
      host.remove();
      field.hidden = false;
      field.setSelectionRange(from, to);
    },
  };
}

/**
 * The commands that a slash at the beginning of a line offers.
 *
 * @param {import('@codemirror/autocomplete').CompletionContext} context
 * @param {import('./field.js').Handlers} handlers
 * @returns {import('@codemirror/autocomplete').CompletionResult | null}
 */
function offered(context, handlers) {
  const slash = context.matchBefore(/\/[\p{L}\d]*/u) ? slashBefore(context.state.doc.toString(), context.pos) : -1;
  if (slash < 0) return null;
  return {
    from: slash,
    validFor: /^\/[\p{L}\d ]*$/u,
    options: commands.map(({name, label, keys, words = ''}, i) => ({
      label: `/${label} ${words}`, displayLabel: label, detail: keys?.replaceAll('Control', 'Ctrl'), boost: -i,
      apply: (view, _, from, to) => {
        closeCompletion(view);
        view.dispatch({changes: {from, to}, userEvent: 'delete'});
        handlers.run(name);
      },
    })),
  };
}

/** @param {HTMLTextAreaElement} field */
function attributesOf(field) {
  const described = (field.getAttribute('aria-describedby') ?? '').split(' ').map((id) => document.getElementById(id)?.textContent?.trim()).filter(Boolean).join(' ');
  /** @type {Record<string, string>} */
  const attributes = {
    'aria-label': field.getAttribute('aria-label') ?? [...field.labels].map((label) => label.textContent?.trim()).join(' '),
    spellcheck: 'true', autocorrect: 'on', autocapitalize: 'sentences', writingsuggestions: 'true',
  };
  if (described) attributes['aria-description'] = described;
  if (field.lang) attributes.lang = field.lang;
  if (field.getAttribute('aria-invalid') === 'true') attributes['aria-invalid'] = 'true';
  return attributes;
}

/**
 * @param {string} before
 * @param {string} after
 * @returns {{from: number, to: number, insert: string} | null} the one change that leads from one text to the other
 */
function difference(before, after) {
  if (before === after) return null;
  let from = 0;
  const most = Math.min(before.length, after.length);
  while (from < most && before[from] === after[from]) from++;
  let tail = 0;
  while (tail < most - from && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  return {from, to: before.length - tail, insert: after.slice(from, after.length - tail)};
}
