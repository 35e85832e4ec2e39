/**
 * Takes over in the page what is saved while it is shown. Development only: the server has the loader import this file
 * first, and no release knows it.
 *
 * The server tells the present addresses of the loader, the islands and the styles (`/dev/events`), each with the version of
 * everything that it imports. What differs from the page's own is fetched: styles change places, an island's new class is
 * put behind the one that the browser knows, so that its elements stay with what they hold, and when the loader differs
 * (another build of the program), the page is loaded again and gets back its place, its focus and what was typed. What is
 * wrong stands over the page, with file and line, until it is mended.
 *
 * @module
 */

/** @typedef {{file: string, line: number, column: number, text: string, excerpt: string}} Fault */
/** @typedef {{loader: string, islands: Record<string, string>, styles: string[], faults: Fault[]}} State */
/** @typedef {{attributes: string[], observed: Set<string>, elements: Set<WeakRef<any>>, shell: any, source: string}} Entry */

const script = /** @type {HTMLScriptElement | null} */ (document.querySelector('script[type="module"][data-islands]'));
/** @type {Record<string, string>} */
const known = JSON.parse(script?.dataset.islands || '{}');

/* Islands. */

/** @type {Map<string, Entry>} */
const entries = new Map();
const define = customElements.define.bind(customElements);

customElements.define = (name, constructor, options) => {
  if (!name.startsWith('nf-') || options) {
    define(name, constructor, options);
    return;
  }
  const entry = entries.get(name);
  if (entry) swap(name, entry, constructor);
  else enter(name, constructor);
};

/**
 * Defines an element by a class that stays, and that the island's own class can be exchanged behind.
 *
 * @param {string} name
 * @param {any} constructor
 */
function enter(name, constructor) {
  /** @type {Entry} */
  const entry = {attributes: [], observed: new Set(constructor.observedAttributes ?? []), elements: new Set(), shell: null, source: String(constructor)};
  // Browsers keep the callbacks that an element has when it is defined: these ask the class of the moment.
  const shell = class extends constructor {
    /** @param {...any} args */
    constructor(...args) {
      super(...args);
      entry.elements.add(new WeakRef(this));
      observe(entry, this);
    }

    connectedCallback() {
      super.connectedCallback?.();
    }

    disconnectedCallback() {
      super.disconnectedCallback?.();
    }

    adoptedCallback() {
      super.adoptedCallback?.();
    }

    /** @param {...any} args */
    attributeChangedCallback(...args) {
      super.attributeChangedCallback?.(...args);
    }

    /** @param {...any} args */
    formAssociatedCallback(...args) {
      super.formAssociatedCallback?.(...args);
    }

    /** @param {...any} args */
    formDisabledCallback(...args) {
      super.formDisabledCallback?.(...args);
    }

    formResetCallback() {
      super.formResetCallback?.();
    }

    /** @param {...any} args */
    formStateRestoreCallback(...args) {
      super.formStateRestoreCallback?.(...args);
    }
  };
  entry.shell = shell;
  entries.set(name, entry);
  define(name, /** @type {any} */ (shell));
}

/**
 * Tells an element of attributes that its class did not observe when it was defined.
 *
 * @param {Entry} entry
 * @param {any} element
 */
function observe(entry, element) {
  if (entry.attributes.length === 0) return;
  new MutationObserver((records) => {
    for (const {attributeName, oldValue} of records) {
      element.attributeChangedCallback(attributeName, oldValue, element.getAttribute(attributeName));
    }
  }).observe(element, {attributeFilter: entry.attributes, attributeOldValue: true});
}

/** @param {Entry} entry */
function elementsOf(entry) {
  const elements = [];
  for (const reference of entry.elements) {
    const element = reference.deref();
    if (element) elements.push(element);
    else entry.elements.delete(reference);
  }
  return elements;
}

/**
 * What a class makes of an element when it begins: where that differs, an element that has begun is not one of the new
 * class, and another one takes its place.
 *
 * @param {string} source of a class
 */
function beginning(source) {
  if (/\.#[A-Za-z_$]/.test(source)) return null; // a private name belongs to one class for ever
  const from = source.search(/\bconstructor\s*\(/);
  if (from < 0) return '';
  let depth = 0;
  for (let i = source.indexOf('{', from); i >= 0 && i < source.length; i++) {
    if (source[i] === '{') depth++;
    else if (source[i] === '}' && --depth === 0) return source.slice(from, i);
  }
  return null;
}

/**
 * @param {string} name
 * @param {Entry} entry
 * @param {any} constructor
 */
function swap(name, entry, constructor) {
  const {shell} = entry;
  const before = beginning(entry.source);
  const after = beginning(String(constructor));
  entry.source = String(constructor);
  const elements = elementsOf(entry);
  /** @type {Set<PropertyKey>} */
  const properties = new Set(shell.elementProperties?.keys());
  // Lit keeps values under symbols of the class: they are read by the old accessors and written by the new ones.
  const values = elements.map((element) => new Map([...properties].map((key) => [key, element[key]])));
  const sheets = new Set((shell.elementStyles ?? []).map(sheetOf));

  for (const key of Reflect.ownKeys(shell)) {
    if (!['length', 'name', 'prototype'].includes(String(key))) Reflect.deleteProperty(shell, key); // what Lit has worked out
  }
  Object.setPrototypeOf(shell, constructor);
  Object.setPrototypeOf(shell.prototype, constructor.prototype);
  const observed = shell.observedAttributes ?? [];
  const late = observed.filter((/** @type {string} */ attribute) => !entry.observed.has(attribute));
  for (const attribute of late) entry.observed.add(attribute);
  entry.attributes.push(...late);

  const isLit = typeof constructor.finalize === 'function';
  for (const [i, element] of elements.entries()) {
    const kept = /** @type {Map<PropertyKey, any>} */ (values[i]);
    if (!isLit || before === null || after === null || before !== after) {
      if (element.isConnected) replace(name, element, kept);
      continue;
    }
    if (late.length > 0) {
      observe(entry, element);
      for (const attribute of late) {
        if (element.hasAttribute(attribute)) element.attributeChangedCallback(attribute, null, element.getAttribute(attribute));
      }
    }
    for (const [key, value] of kept) {
      if (shell.elementProperties.has(key)) element[key] = value;
    }
    restyle(element, shell, sheets);
    void paint(element);
  }
}

/** @param {any} style */
function sheetOf(style) {
  return style instanceof CSSStyleSheet ? style : style.styleSheet;
}

/**
 * @param {any} element
 * @param {any} shell
 * @param {Set<CSSStyleSheet>} before
 */
function restyle(element, shell, before) {
  const root = element.shadowRoot;
  if (!root) return;
  while (root.firstChild instanceof HTMLStyleElement) root.firstChild.remove(); // those that the server wrote
  const foreign = root.adoptedStyleSheets.filter((/** @type {CSSStyleSheet} */ sheet) => !before.has(sheet));
  root.adoptedStyleSheets = [...(shell.elementStyles ?? []).map(sheetOf), ...foreign];
}

/**
 * Paints an element anew. A changed template makes every node again: what was typed and the focus are given to the new ones.
 *
 * @param {any} element
 */
async function paint(element) {
  const root = element.shadowRoot ?? element;
  const typed = fieldsOf(root).map((field) => [field.name || field.id, field.value, field.checked]);
  const focus = root.activeElement && pathWithin(root, root.activeElement);
  const ends = selectionOf(root.activeElement);
  element.requestUpdate();
  await element.updateComplete;
  for (const [i, field] of fieldsOf(root).entries()) {
    const [name, value, checked] = typed[i] ?? [];
    if (name !== (field.name || field.id) || field.type === 'file') continue;
    if (field.value !== value) field.value = value;
    if (field.checked !== checked) field.checked = checked;
  }
  if (focus && !root.activeElement) focusOn(root.querySelector(focus), ends);
}

/**
 * @param {ParentNode} root
 * @returns {any[]}
 */
function fieldsOf(root) {
  return [...root.querySelectorAll('input, textarea, select')];
}

/**
 * @param {string} name
 * @param {any} element
 * @param {Map<PropertyKey, any>} values
 */
function replace(name, element, values) {
  const next = /** @type {any} */ (document.createElement(name));
  for (const {name: attribute, value} of element.attributes) next.setAttribute(attribute, value);
  for (const [key, value] of values) {
    if (value !== undefined) next[key] = value;
  }
  next.append(...element.childNodes);
  element.replaceWith(next);
}

/** @param {string} name */
function asked(name) {
  const address = known[name];
  return address !== undefined && performance.getEntriesByName(new URL(address, location.href).href).length > 0;
}

/** The islands that were saved before the loader was seen to ask for them: it may be about to get what was there before. */
const overtaken = new Set();

/** @param {string} name */
function takeAgain(name) {
  thrown.clear();
  import(/** @type {string} */ (known[name])).catch((error) => showFault(error));
}

/** @param {Record<string, string>} islands */
function takeIslands(islands) {
  for (const [name, address] of Object.entries(islands)) {
    if (known[name] === address) continue;
    const begun = asked(name);
    known[name] = address;
    if (!entries.has(name)) {
      // The picture that the server made is the old one's, and the new one would not take it over.
      for (const element of document.querySelectorAll(name)) {
        if (element.shadowRoot) element.replaceWith(element.cloneNode(true));
      }
      if (!begun) { // its moment has not come, or its answer has not
        overtaken.add(name);
        continue;
      }
    }
    takeAgain(name);
  }
}

/* Styles. */

/** @param {string} address */
const withoutVersion = (address) => new URL(address, location.href).pathname;

/** @param {string[]} styles */
function takeStyles(styles) {
  const links = /** @type {HTMLLinkElement[]} */ ([...document.querySelectorAll('link[rel="stylesheet"]:not([data-leaving])')]);
  for (const address of styles) {
    const old = links.find(({href}) => withoutVersion(href) === withoutVersion(address));
    if (!old || old.getAttribute('href') === address) continue;
    const link = /** @type {HTMLLinkElement} */ (old.cloneNode());
    link.href = address;
    old.dataset.leaving = '';
    // The old one stays until the new one is there: the page is never without.
    for (const type of ['load', 'error']) link.addEventListener(type, () => old.remove(), {once: true});
    old.after(link);
  }
}

/* The page. */

/**
 * A selector that finds an element again within its root.
 *
 * @param {ParentNode} root
 * @param {Element} element
 */
function pathWithin(root, element) {
  const steps = [];
  for (let at = /** @type {Element | null} */ (element); at && at !== root; at = at.parentElement) {
    const place = at.parentElement ?? root;
    steps.unshift(at.id ? `#${CSS.escape(at.id)}` : `${CSS.escape(at.localName)}:nth-child(${[...place.children].indexOf(at) + 1})`);
    if (at.id) break;
  }
  return steps.join(' > ');
}

/** @param {any} field */
function selectionOf(field) {
  try {
    return [field.selectionStart, field.selectionEnd];
  } catch {
    return [null, null]; // a field without a caret, or none
  }
}

/**
 * @param {any} element
 * @param {any[]} [selection]
 */
function focusOn(element, [start, end] = []) {
  if (!element) return;
  element.focus({preventScroll: true});
  try {
    if (typeof start === 'number') element.setSelectionRange(start, end);
  } catch {
    // As above.
  }
}

const KEPT = 'nf-development-page';

/** @param {string} loader */
function loadAgain(loader) {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? '{}');
  if (kept.loader === loader) return; // it was loaded for this one already, and did not get it
  const focus = [];
  /** @type {Document | ShadowRoot | null} */
  let root = document;
  let active = root.activeElement;
  while (root && active && active !== document.body) {
    focus.push(pathWithin(root, active));
    root = active.shadowRoot;
    if (root?.activeElement) active = root.activeElement;
    else break;
  }
  const fields = fieldsOf(document)
    .filter((field) => !['password', 'hidden', 'file', 'submit', 'button'].includes(field.type))
    .filter((field) => field.localName === 'select' || field.value !== field.defaultValue || field.checked !== field.defaultChecked)
    .map((field) => [pathWithin(document, field), field.name, field.value, field.checked]);
  sessionStorage.setItem(KEPT, JSON.stringify({
    loader, at: location.href, x: scrollX, y: scrollY, focus, selection: selectionOf(active), fields,
  }));
  location.reload();
}

function restorePage() {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? '{}');
  if (kept.at !== location.href) return;
  sessionStorage.setItem(KEPT, JSON.stringify({loader: kept.loader}));
  for (const [path, name, value, checked] of kept.fields) {
    const field = /** @type {any} */ (document.querySelector(path));
    if (!field || field.name !== name || (field.value === value && field.checked === checked)) continue;
    field.value = value;
    if (checked !== undefined) field.checked = checked;
    field.dispatchEvent(new Event('input', {bubbles: true, composed: true}));
  }
  /** @type {any} */
  let element = document;
  for (const path of kept.focus) element = (element?.shadowRoot ?? element)?.querySelector?.(path);
  if (element !== document) focusOn(element, kept.selection);
  const scroll = () => scrollTo(kept.x, kept.y);
  scroll();
  if (document.readyState !== 'complete') addEventListener('load', scroll, {once: true});
}

/* What is wrong. */

/** @type {Fault[]} */
let faults = [];
/** @type {Map<string, Fault>} */
const thrown = new Map(); // by what was running
let shownFaults = '';
/** @type {HTMLElement | null} */
let overlay = null;

const look = new CSSStyleSheet();
look.replaceSync(`
  :host { position: fixed; inset: auto 0 0 0; z-index: 2147483647; display: block; }
  section {
    max-block-size: 60vh; overflow: auto; padding: 1rem 1.25rem; color: #f7ede8; background: #2a1512; border-block-start: 4px solid #e4572e;
    font: 0.875rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; color-scheme: dark;
  }
  header { display: flex; gap: 1rem; align-items: start; justify-content: space-between; }
  h2 { margin: 0; font: 600 1rem/1.5 system-ui, sans-serif; }
  ol { margin: 0.75rem 0 0; padding: 0; list-style: none; display: grid; gap: 0.75rem; }
  b { color: #ffb59f; overflow-wrap: anywhere; }
  p, pre { margin: 0.25rem 0 0; white-space: pre-wrap; overflow-wrap: anywhere; }
  pre { padding: 0.5rem 0.75rem; background: #170b09; border-radius: 0.375rem; tab-size: 2; }
  button { min-block-size: 2.75rem; padding: 0 1rem; font: inherit; color: inherit; background: transparent; border: 1px solid currentColor; border-radius: 0.375rem; cursor: pointer; }
  button:focus-visible { outline: 2px solid #ffb59f; outline-offset: 2px; }
`);

/**
 * @param {string} name
 * @param {string} text
 * @param {...Node} children
 */
function make(name, text, ...children) {
  const element = document.createElement(name);
  element.textContent = text;
  element.append(...children);
  return element;
}

function showFaults() {
  // While a file is wrong, what its importers report follows from it.
  const all = faults.length > 0 ? faults : [...thrown.values()];
  const text = JSON.stringify(all);
  if (text === shownFaults) return;
  shownFaults = text;
  overlay?.remove();
  overlay = null;
  if (all.length === 0) return;
  overlay = document.createElement('nf-development-faults');
  const root = overlay.attachShadow({mode: 'open'});
  root.adoptedStyleSheets = [look];
  const close = make('button', 'Close');
  close.setAttribute('type', 'button');
  close.addEventListener('click', () => overlay?.remove());
  const section = make('section', '', make('header', '', make('h2', all.length === 1 ? 'There is a fault' : `There are ${all.length} faults`), close));
  section.setAttribute('role', 'alert');
  section.append(make('ol', '', ...all.map(({file, line, column, text: what, excerpt}) => make('li', '',
    make('b', line ? `${file}:${line}:${column}` : file),
    make('p', what),
    ...(excerpt ? [make('pre', `${excerpt}\n${excerpt.slice(0, column - 1).replace(/[^\t]/g, ' ')}^`)] : [])))));
  root.append(section);
  document.documentElement.append(overlay);
}

/**
 * @param {unknown} error
 * @param {{file: string, line: number, column: number}} [place]
 */
function showFault(error, place) {
  const [, file = '', line = '0', column = '0'] = /(https?:\/\/[^\s()]+?):(\d+):(\d+)/.exec(/** @type {any} */ (error)?.stack ?? '') ?? [];
  const at = place ?? {file, line: Number(line), column: Number(column)};
  const path = at.file ? withoutVersion(at.file) : '';
  if (path && !path.startsWith('/assets/')) return; // an extension's, not this site's
  // What a replaced island still had to do may fail after the new one has come.
  if (Object.values(known).some((address) => withoutVersion(address) === path && new URL(address, location.href).href !== at.file)) return;
  const fault = {...at, file: path.replace(/^\/assets\//, '') || location.pathname, text: String(error), excerpt: ''};
  if (thrown.size < 20) thrown.set(`${fault.file}:${fault.line}:${fault.text}`, fault);
  showFaults();
}

addEventListener('error', ({error, message, filename, lineno, colno}) => {
  if (filename) showFault(error ?? message, {file: filename, line: lineno, column: colno});
});
addEventListener('unhandledrejection', ({reason}) => {
  if (reason instanceof Error) showFault(reason);
});
// What the loader could not load it reports there, and nowhere else.
const report = console.error.bind(console);
console.error = (...words) => {
  report(...words);
  const [, name = ''] = /^The island (nf-[\w-]+) could not be loaded/.exec(String(words[0])) ?? [];
  const error = words.find((word) => word instanceof Error);
  if (overtaken.delete(name)) takeAgain(name); // it is mended already
  else if (error) showFault(error);
};

/* The line to the server. */

/** @param {State} state */
function take(state) {
  if (script && script.getAttribute('src') !== state.loader) {
    faults = state.faults;
    showFaults();
    // A loader that cannot run would only be fetched in vain.
    if (!faults.some(({file}) => file.endsWith('/loader.js') || file.endsWith('development/client.js'))) loadAgain(state.loader);
    return;
  }
  takeStyles(state.styles);
  takeIslands(state.islands);
  faults = state.faults;
  showFaults();
}

/** @type {EventSource | null} */
let source = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let again;

function listen() {
  clearTimeout(again);
  source?.close();
  source = null;
  // A browser has six connections to a site over HTTP/1.1: tabs that nobody sees need none.
  if (document.visibilityState === 'hidden') return;
  source = new EventSource('/dev/events');
  source.addEventListener('message', ({data}) => take(JSON.parse(data)));
  source.addEventListener('error', () => {
    // The browser asks again by itself, but for an answer that is none: a program that is starting.
    if (source?.readyState === EventSource.CLOSED) again = setTimeout(listen, 500);
  });
}

restorePage();
addEventListener('pagehide', () => source?.close());
addEventListener('pageshow', ({persisted}) => persisted && listen());
document.addEventListener('visibilitychange', listen);
listen();
