/**
 * What an author can have done to a text: the one list of which the toolbar, the menu behind a slash, the shortcuts and
 * their sheet are made.
 *
 * @module
 */
import {svg} from '../shared/lit.js';

/**
 * @typedef {import('./markdown.js').Command | 'picture' | 'preview' | 'find' | 'focus' | 'save' | 'shortcuts'} CommandName
 */

/**
 * @typedef {object} Command
 * @property {CommandName} name
 * @property {string} label
 * @property {string} [keys] as in aria-keyshortcuts; on a Mac the Command key does what Control does
 * @property {string} [words] by which the menu finds it as well
 * @property {unknown} [mark] its picture, where it has a button in the toolbar
 */

/** @type {Command[]} what changes the text, in the order of the toolbar and the menu */
export const commands = [
  {name: 'heading', label: 'Heading', keys: 'Control+Shift+H', words: 'title h2', mark: svg`<path d="M6 5v14M18 5v14M6 12h12"/>`},
  {name: 'subheading', label: 'Smaller heading', words: 'subheading h3'},
  {name: 'bold', label: 'Bold', keys: 'Control+B', words: 'strong', mark: svg`<path d="M7 5h6a3.5 3.5 0 0 1 0 7H7zM7 12h7a3.5 3.5 0 0 1 0 7H7z"/>`},
  {name: 'italic', label: 'Italic', keys: 'Control+I', words: 'emphasis', mark: svg`<path d="M10 5h8M6 19h8M14 5l-4 14"/>`},
  {name: 'link', label: 'Link', keys: 'Control+K', words: 'address url', mark: svg`<path d="M10 14a5 5 0 0 0 7 0l3-3a5 5 0 0 0-7-7l-1 1M14 10a5 5 0 0 0-7 0l-3 3a5 5 0 0 0 7 7l1-1"/>`},
  {name: 'list', label: 'List', keys: 'Control+Shift+L', words: 'bullets', mark: svg`<path d="M9 6h11M9 12h11M9 18h11M4.5 6h.01M4.5 12h.01M4.5 18h.01"/>`},
  {name: 'numbers', label: 'Numbered list', keys: 'Control+Shift+O', words: 'ordered', mark: svg`<path d="M10 6h10M10 12h10M10 18h10M4 5l1.5-1v5M4 14.5c.5-1 2.5-1 2.5.3 0 1-2.5 2-2.5 3.7h2.7"/>`},
  {name: 'tasks', label: 'Task list', keys: 'Control+Shift+K', words: 'todo checkbox', mark: svg`<path d="m3.5 6 1.5 1.5L8 4.5M3.5 16l1.5 1.5 3-3M12 6h8M12 16h8"/>`},
  {name: 'quote', label: 'Quotation', keys: 'Control+Shift+B', words: 'blockquote', mark: svg`<path d="M10 7H5v5h5zM10 12c0 3-1.5 4.5-4 5M19 7h-5v5h5zM19 12c0 3-1.5 4.5-4 5"/>`},
  {name: 'callout', label: 'Callout', words: 'note tip warning', mark: svg`<path d="M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18zM12 8h.01M12 12v4"/>`},
  {name: 'code', label: 'Code', keys: 'Control+E', words: 'inline', mark: svg`<path d="m8 7-5 5 5 5M16 7l5 5-5 5"/>`},
  {name: 'fence', label: 'Code block', words: 'fence'},
  {name: 'table', label: 'Table', words: 'rows columns', mark: svg`<path d="M4 5h16v14H4zM4 10h16M10 5v14"/>`},
  {name: 'picture', label: 'Picture', words: 'image photo upload', mark: svg`<path d="M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15 9h.01"/>`},
  {name: 'divider', label: 'Dividing line', words: 'rule break'},
  {name: 'more', label: 'End of the open part', words: 'paywall members paid teaser more preview', mark: svg`<path d="M4 12h3M10.5 12h3M17 12h3M8 4h8M8 20h8"/>`},
];

/** @type {Command[]} what changes how the text is shown, or what becomes of it */
export const views = [
  {name: 'save', label: 'Save', keys: 'Control+S'},
  {name: 'preview', label: 'Preview', keys: 'Control+Shift+E'},
  {name: 'find', label: 'Find and replace', keys: 'Control+F', mark: svg`<path d="M11 4a7 7 0 1 1 0 14 7 7 0 0 1 0-14zM16 16l4.5 4.5"/>`},
  {name: 'focus', label: 'Write without distraction', keys: 'Control+Shift+F', mark: svg`<path d="M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5"/>`},
  {name: 'shortcuts', label: 'Shortcuts', keys: 'Control+/', mark: svg`<path d="M9 9.2a3 3 0 1 1 4.3 2.9c-.9.4-1.3 1-1.3 1.9v.5M12 18h.01"/>`},
];

/** What the browser, CodeMirror or the field do by themselves, for the sheet of shortcuts. */
export const others = [
  {label: 'Menu of commands', keys: '/'},
  {label: 'Paste as plain text', keys: 'Control+Shift+V'},
];

/** @param {string} keys */
export function keysAsRead(keys) {
  const mac = /Mac|iP(hone|ad|od)/.test(globalThis.navigator?.platform ?? '');
  return keys.replaceAll('Control', mac ? '⌘' : 'Ctrl');
}
