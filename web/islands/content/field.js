/**
 * Where an author writes: what the editor does to it is the same whether it is the form's own field or CodeMirror over it.
 *
 * @module
 */

/**
 * @typedef {object} Surface
 * @property {'plain' | 'rich'} kind
 * @property {() => import('./markdown.js').Selection} selection the text, and what is selected of it
 * @property {(start: number, end: number) => void} select
 * @property {(edit: import('./markdown.js').Edit) => void} change what can be undone; the focus goes there
 * @property {() => void} focus
 * @property {() => boolean} hasFocus
 * @property {() => void} read takes over what was put into the field by a script
 * @property {() => boolean} choosing whether a menu is open of which Enter chooses
 * @property {() => boolean} find opens find and replace; false where the browser's own is all there is
 * @property {() => void} close leaves the form's own field
 */

/**
 * @typedef {object} Handlers what the editor does about what happens where its author writes; true: it has done all there is to do
 * @property {(event: KeyboardEvent) => boolean} key
 * @property {(event: Event, brought: DataTransfer | null) => boolean} bring something is pasted or dropped
 * @property {(command: import('./commands.js').CommandName) => void} run a command that was chosen by its name
 */

/**
 * The form's own field.
 *
 * @param {HTMLTextAreaElement} field
 * @param {Handlers} handlers
 * @returns {Surface}
 */
export function plainSurface(field, {key, bring}) {
  const over = new AbortController();
  const {signal} = over;
  const stops = (/** @type {(event: any) => boolean} */ handle) => (/** @type {Event} */ event) => { if (handle(event)) event.preventDefault(); };
  field.addEventListener('keydown', stops(key), {signal});
  field.addEventListener('paste', stops((event) => bring(event, event.clipboardData)), {signal});
  field.addEventListener('drop', stops((event) => bring(event, event.dataTransfer)), {signal});
  return {
    kind: 'plain',
    selection: () => ({text: field.value, start: field.selectionStart, end: field.selectionEnd}),
    select: (start, end) => field.setSelectionRange(start, end),
    change: (edit) => {
      field.focus();
      field.setSelectionRange(edit.from, edit.to);
      // execCommand is the one way that keeps the browser's own undo; where it is gone the text is set directly.
      const done = edit.insert ? document.execCommand('insertText', false, edit.insert) : document.execCommand('delete');
      if (!done) {
        field.setRangeText(edit.insert, edit.from, edit.to, 'end');
        field.dispatchEvent(new InputEvent('input', {bubbles: true, inputType: 'insertText'}));
      }
      field.setSelectionRange(edit.start, edit.end);
    },
    focus: () => field.focus(),
    hasFocus: () => document.activeElement === field,
    read: () => undefined,
    choosing: () => false,
    find: () => false,
    close: () => over.abort(),
  };
}
