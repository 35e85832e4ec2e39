/**
 * Markdown as text under a cursor: what each formatting command does to a selection, and how long a text reads.
 * Pure functions: they know no element.
 *
 * @module
 */

/**
 * @typedef {object} Selection
 * @property {string} text the whole field
 * @property {number} start
 * @property {number} end
 */

/**
 * What to do to the field: replace [from, to) with `insert`, then select [start, end) of the new text.
 *
 * @typedef {object} Edit
 * @property {number} from
 * @property {number} to
 * @property {string} insert
 * @property {number} start
 * @property {number} end
 */

/** @typedef {'bold' | 'italic' | 'code' | 'link' | 'heading' | 'list'} Command */

/** As the reading time on the published page: words a minute. */
const WORDS_A_MINUTE = 220;

/**
 * @param {Command} command
 * @param {Selection} selection
 * @returns {Edit}
 */
export function edit(command, selection) {
  switch (command) {
    case 'bold':
      return wrap(selection, '**', 'bold text');
    case 'italic':
      return wrap(selection, '_', 'italic text');
    case 'code':
      return selection.text.slice(selection.start, selection.end).includes('\n') ? fence(selection) : wrap(selection, '`', 'code');
    case 'link':
      return link(selection);
    case 'heading':
      return prefix(selection, /^#{1,6} /, '## ');
    case 'list':
      return prefix(selection, /^[-*+] /, '- ');
  }
}

/**
 * Puts a paragraph behind a selection, with a blank line before and after it.
 *
 * @param {string} paragraph
 * @param {Selection} selection
 * @returns {Edit}
 */
export function block(paragraph, {text, end}) {
  const before = text.slice(0, end);
  const after = text.slice(end);
  const gap = before === '' || before.endsWith('\n\n') ? '' : before.endsWith('\n') ? '\n' : '\n\n';
  const insert = gap + paragraph + (after.startsWith('\n') ? '' : '\n\n');
  return {from: end, to: end, insert, start: end + insert.length, end: end + insert.length};
}

/**
 * @param {Selection} selection
 * @param {string} mark
 * @param {string} sample what stands there when nothing is selected
 * @returns {Edit}
 */
function wrap({text, start, end}, mark, sample) {
  const n = mark.length;
  if (start >= n && text.slice(start - n, start) === mark && text.slice(end, end + n) === mark) {
    return {from: start - n, to: end + n, insert: text.slice(start, end), start: start - n, end: end - n};
  }
  const inner = text.slice(start, end) || sample;
  return {from: start, to: end, insert: mark + inner + mark, start: start + n, end: start + n + inner.length};
}

/**
 * @param {Selection} selection
 * @returns {Edit}
 */
function fence({text, start, end}) {
  const insert = '```\n' + text.slice(start, end).replace(/\n$/, '') + '\n```';
  return {from: start, to: end, insert, start: start + 4, end: start + insert.length - 4};
}

/**
 * @param {Selection} selection
 * @returns {Edit}
 */
function link({text, start, end}) {
  const chosen = text.slice(start, end);
  if (/^https?:\/\/\S+$/.test(chosen)) {
    const label = 'link text';
    return {from: start, to: end, insert: `[${label}](${chosen})`, start: start + 1, end: start + 1 + label.length};
  }
  const label = chosen || 'link text';
  const address = 'https://';
  const at = start + label.length + 3;
  return {from: start, to: end, insert: `[${label}](${address})`, start: at, end: at + address.length};
}

/**
 * Puts a mark before every selected line, or takes it away when all have it.
 *
 * @param {Selection} selection
 * @param {RegExp} present
 * @param {string} mark
 * @returns {Edit}
 */
function prefix({text, start, end}, present, mark) {
  const from = text.lastIndexOf('\n', start - 1) + 1;
  const after = text.indexOf('\n', end);
  const to = after < 0 ? text.length : after;
  const lines = text.slice(from, to).split('\n');
  const all = lines.every((line) => present.test(line));
  const insert = lines.map((line) => (all ? line.replace(present, '') : mark + line.replace(present, ''))).join('\n');
  return {from, to, insert, start: lines.length > 1 ? from : from + insert.length, end: from + insert.length};
}

/** What begins an item: its indent, its mark or number, and the box of a task. */
const ITEM = /^([ \t]*(?:>[ \t]?)*[ \t]*)(?:([-*+])|(\d{1,9})([.)]))([ \t]+)(\[[ xX]\][ \t]+)?/;

/** A line between two parts of a text, which may be made of the marks of lists. */
const BREAK = /^ {0,3}([-*])(?:[ \t]*\1){2,}[ \t]*$/;

/**
 * What Enter does within a list: the next item begins, or, in an item without text, the list ends.
 *
 * @param {Selection} selection
 * @returns {Edit | null} null where Enter is only a new line: outside of lists, and where text is selected
 */
export function continueList({text, start, end}) {
  if (start !== end) return null;
  const from = text.lastIndexOf('\n', start - 1) + 1;
  const after = text.indexOf('\n', start);
  const line = text.slice(from, after < 0 ? text.length : after);
  const item = ITEM.exec(line);
  if (!item || BREAK.test(line) || start < from + item[0].length || inFence(text.slice(0, from))) return null;
  if (line.slice(item[0].length).trim() === '') {
    return {from, to: from + line.length, insert: '', start: from, end: from};
  }
  const [, indent = '', bullet, number, delimiter = '', space = ' ', box] = item;
  const mark = bullet ?? `${Math.min(Number(number) + 1, 999999999)}${delimiter}`;
  const insert = `\n${indent}${mark}${space}${box ? '[ ] ' : ''}`;
  return {from: start, to: start, insert, start: start + insert.length, end: start + insert.length};
}

/**
 * @param {string} before the lines before one
 * @returns {boolean} whether that one is code between fences, where a hyphen is no mark of a list
 */
function inFence(before) {
  let open = '';
  for (const line of before.split('\n')) {
    const [, ticks = '', rest = ''] = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
    if (!open) open = ticks;
    else if (ticks.startsWith(open) && rest.trim() === '') open = '';
  }
  return open !== '';
}

/**
 * The letter of a shortcut: the one that the key types, or, on a layout that types no Latin letters, the one that
 * stands on the key of a Latin keyboard.
 *
 * @param {{key: string, code: string}} pressed
 * @returns {string} in lower case; as the key is called where it is no letter
 */
export function letterOf({key, code}) {
  const typed = key.toLowerCase();
  if (/^[\p{Script=Latin}]$/u.test(typed) || !/^\p{L}$/u.test(typed)) return typed;
  return /^Key([A-Z])$/.exec(code)?.[1]?.toLowerCase() ?? typed;
}

/**
 * @param {string} text
 * @returns {{words: number, minutes: number}}
 */
export function lengthOf(text) {
  const words = text.match(/[\p{L}\p{N}]+(?:['’_-][\p{L}\p{N}]+)*/gu)?.length ?? 0;
  return {words, minutes: words === 0 ? 0 : Math.max(1, Math.ceil(words / WORDS_A_MINUTE))};
}
