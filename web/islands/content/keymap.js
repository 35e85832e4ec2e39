/**
 * What the keys do in the text. It is CodeMirror's own list of standard bindings and of a default one, without what a text in
 * Markdown has no use for, so that it is not fetched either: comments, indentation after a grammar, brackets, several
 * selections at once, the number of a line. Alt and an arrow stay the browser's.
 *
 * @module
 */
import {
  copyLineDown, copyLineUp, cursorCharLeft, cursorCharRight, cursorDocEnd, cursorDocStart, cursorGroupLeft, cursorGroupRight, cursorLineBoundaryBackward,
  cursorLineBoundaryForward, cursorLineBoundaryLeft, cursorLineBoundaryRight, cursorLineDown, cursorLineUp, cursorPageDown, cursorPageUp, deleteCharBackward,
  deleteCharForward, deleteGroupBackward, deleteGroupForward, deleteLineBoundaryBackward, deleteLineBoundaryForward, emacsStyleKeymap, historyKeymap, indentLess,
  indentMore, moveLineDown, moveLineUp, selectAll, selectCharLeft, selectCharRight, selectDocEnd, selectDocStart,
  selectGroupLeft, selectGroupRight, selectLine, selectLineBoundaryBackward, selectLineBoundaryForward, selectLineBoundaryLeft, selectLineBoundaryRight,
  selectLineDown, selectLineUp, selectPageDown, selectPageUp, simplifySelection, toggleTabFocusMode,
} from '@codemirror/commands';
import {closeSearchPanel, findNext, findPrevious, openSearchPanel} from '@codemirror/search';
import {EditorSelection} from '@codemirror/state';

/**
 * A new line is indented as the one that it leaves, as far as the caret was.
 *
 * @param {boolean} below leaves what is behind the caret where it is
 * @returns {import('@codemirror/state').StateCommand}
 */
const newLine = (below) => ({state, dispatch}) => {
  dispatch(state.update(state.changeByRange((range) => {
    const line = state.doc.lineAt(below ? range.to : range.from);
    const {from, to} = below ? {from: line.to, to: line.to} : range;
    const insert = state.lineBreak + (/^\s*/.exec(line.text.slice(0, from - line.from))?.[0] ?? '');
    return {changes: {from, to, insert}, range: EditorSelection.cursor(from + insert.length)};
  }), {scrollIntoView: true, userEvent: 'input'}));
  return true;
};

const searching = 'editor search-panel';

/** @type {import('@codemirror/view').KeyBinding[]} */
export const keys = [
  {key: 'Mod-f', run: openSearchPanel, scope: searching},
  {key: 'F3', run: findNext, shift: findPrevious, scope: searching, preventDefault: true},
  {key: 'Mod-g', run: findNext, shift: findPrevious, scope: searching, preventDefault: true},
  {key: 'Escape', run: closeSearchPanel, scope: searching},

  ...historyKeymap,

  {key: 'Alt-ArrowUp', run: moveLineUp},
  {key: 'Shift-Alt-ArrowUp', run: copyLineUp},
  {key: 'Alt-ArrowDown', run: moveLineDown},
  {key: 'Shift-Alt-ArrowDown', run: copyLineDown},
  {key: 'Escape', run: simplifySelection},
  {key: 'Mod-Enter', run: newLine(true)},
  {key: 'Alt-l', mac: 'Ctrl-l', run: selectLine},
  {key: 'Mod-[', run: indentLess},
  {key: 'Mod-]', run: indentMore},
  {key: 'Ctrl-m', mac: 'Shift-Alt-m', run: toggleTabFocusMode},

  {key: 'ArrowLeft', run: cursorCharLeft, shift: selectCharLeft, preventDefault: true},
  {key: 'Mod-ArrowLeft', mac: 'Alt-ArrowLeft', run: cursorGroupLeft, shift: selectGroupLeft, preventDefault: true},
  {mac: 'Cmd-ArrowLeft', run: cursorLineBoundaryLeft, shift: selectLineBoundaryLeft, preventDefault: true},
  {key: 'ArrowRight', run: cursorCharRight, shift: selectCharRight, preventDefault: true},
  {key: 'Mod-ArrowRight', mac: 'Alt-ArrowRight', run: cursorGroupRight, shift: selectGroupRight, preventDefault: true},
  {mac: 'Cmd-ArrowRight', run: cursorLineBoundaryRight, shift: selectLineBoundaryRight, preventDefault: true},
  {key: 'ArrowUp', run: cursorLineUp, shift: selectLineUp, preventDefault: true},
  {mac: 'Cmd-ArrowUp', run: cursorDocStart, shift: selectDocStart},
  {mac: 'Ctrl-ArrowUp', run: cursorPageUp, shift: selectPageUp},
  {key: 'ArrowDown', run: cursorLineDown, shift: selectLineDown, preventDefault: true},
  {mac: 'Cmd-ArrowDown', run: cursorDocEnd, shift: selectDocEnd},
  {mac: 'Ctrl-ArrowDown', run: cursorPageDown, shift: selectPageDown},
  {key: 'PageUp', run: cursorPageUp, shift: selectPageUp},
  {key: 'PageDown', run: cursorPageDown, shift: selectPageDown},
  {key: 'Home', run: cursorLineBoundaryBackward, shift: selectLineBoundaryBackward, preventDefault: true},
  {key: 'Mod-Home', run: cursorDocStart, shift: selectDocStart},
  {key: 'End', run: cursorLineBoundaryForward, shift: selectLineBoundaryForward, preventDefault: true},
  {key: 'Mod-End', run: cursorDocEnd, shift: selectDocEnd},
  {key: 'Enter', run: newLine(false), shift: newLine(false)},
  {key: 'Mod-a', run: selectAll},
  {key: 'Backspace', run: deleteCharBackward, shift: deleteCharBackward, preventDefault: true},
  {key: 'Delete', run: deleteCharForward, preventDefault: true},
  {key: 'Mod-Backspace', mac: 'Alt-Backspace', run: deleteGroupBackward, preventDefault: true},
  {key: 'Mod-Delete', mac: 'Alt-Delete', run: deleteGroupForward, preventDefault: true},
  {mac: 'Mod-Backspace', run: deleteLineBoundaryBackward, preventDefault: true},
  {mac: 'Mod-Delete', run: deleteLineBoundaryForward, preventDefault: true},
  ...emacsStyleKeymap.map(({key, run, shift}) => ({mac: key, run, shift})),
];
