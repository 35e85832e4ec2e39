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

/**
 * @typedef {'bold' | 'italic' | 'code' | 'fence' | 'link' | 'heading' | 'subheading' | 'list' | 'numbers' | 'tasks' | 'quote' | 'callout' | 'table' | 'divider' | 'more'} Command
 */

// As the reading time on the published page (adapters/markdown/reading.go).
const WORDS_A_MINUTE = 220;
const CHARACTERS_A_MINUTE = 500;
const LETTERS_A_WORD = 4;

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
    case 'fence':
      return fence(selection);
    case 'heading':
      return prefix(selection, HEADING, () => '## ', /^##? /);
    case 'subheading':
      return prefix(selection, HEADING, () => '### ', /^### /);
    case 'list':
      return prefix(selection, LIST, () => '- ', /^[-*+] (?!\[[ xX]\] )/);
    case 'numbers':
      return prefix(selection, LIST, (i) => `${i + 1}. `, /^\d{1,9}[.)] /);
    case 'tasks':
      return prefix(selection, LIST, () => '- [ ] ', /^[-*+] \[[ xX]\] /);
    case 'quote':
      return prefix(selection, /^> ?/, () => '> ', /^>/);
    case 'callout':
      return selection.start === selection.end ? part('> [!NOTE]\n> ', 'What is worth knowing', '', selection) : callout(selection);
    case 'table':
      return part('| ', 'Heading', ' | Heading |\n| --- | --- |\n| Cell | Cell |', selection);
    case 'divider':
      return block('---', selection);
    case 'more':
      return block('<!--more-->', selection);
  }
}

const HEADING = /^#{1,6} /;
const LIST = /^(?:[-*+]|\d{1,9}[.)]) (?:\[[ xX]\] )?/;

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
 * Puts a paragraph behind a selection, and selects a part of it to be written over.
 *
 * @param {string} before
 * @param {string} sample
 * @param {string} after
 * @param {Selection} selection
 * @returns {Edit}
 */
function part(before, sample, after, selection) {
  const whole = block(before + sample + after, selection);
  const start = whole.from + whole.insert.indexOf(before) + before.length;
  return {...whole, start, end: start + sample.length};
}

/**
 * @param {Selection} selection some lines
 * @returns {Edit}
 */
function callout(selection) {
  const quoted = prefix(selection, /^> ?/, () => '> ', /(?!)/);
  const insert = `> [!NOTE]\n${quoted.insert}`;
  return {...quoted, insert, start: quoted.from + insert.length, end: quoted.from + insert.length};
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
 * Puts a mark before every selected line, in place of another of its kind, or takes it away when all have it.
 *
 * @param {Selection} selection
 * @param {RegExp} kind the marks that it takes the place of
 * @param {(i: number) => string} mark of the line with that index
 * @param {RegExp} present the mark itself
 * @returns {Edit}
 */
function prefix({text, start, end}, kind, mark, present) {
  const from = text.lastIndexOf('\n', start - 1) + 1;
  const after = text.indexOf('\n', end);
  const to = after < 0 ? text.length : after;
  const lines = text.slice(from, to).split('\n');
  const all = lines.every((line) => present.test(line));
  const insert = lines.map((line, i) => (all ? line.replace(kind, '') : mark(i) + line.replace(kind, ''))).join('\n');
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
 * @param {string} text
 * @param {number} at
 * @returns {boolean} whether what is put there is code
 */
export function inCode(text, at) {
  const from = text.lastIndexOf('\n', at - 1) + 1;
  return inFence(text.slice(0, from)) || (text.slice(from, at).split('`').length - 1) % 2 === 1;
}

/**
 * @param {string} text
 * @param {number} at
 * @returns {number} where the slash of a command stands that is typed until there: with nothing before it on its line, and not
 *   in code, where it begins a path; -1: nowhere
 */
export function slashBefore(text, at) {
  const typed = /^([^\S\n]*)\/[\p{L}\d]*$/u.exec(text.slice(text.lastIndexOf('\n', at - 1) + 1, at));
  return typed && !inCode(text, at) ? at - typed[0].length + (typed[1] ?? '').length : -1;
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

const SYLLABIC = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー]/u;
const UNPARTED = /[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/**
 * What a character is to whoever counts words: `c` a character that is counted by itself, `m` a part of the one before, `l` a
 * letter of a script that does not part words, `w` a part of a word, `-` what may stand within one, else a gap.
 *
 * @param {string} character
 */
function kindOf(character) {
  if (SYLLABIC.test(character)) return 'c';
  if (/\p{M}/u.test(character)) return 'm';
  if (/\p{L}/u.test(character)) return UNPARTED.test(character) ? 'l' : 'w';
  if (/\p{Nd}/u.test(character)) return 'w';
  return "'’-".includes(character) ? '-' : ' ';
}

/** @type {Map<string, string>} */
const kinds = new Map();

/**
 * How long a text is, by the rule of the published page.
 *
 * @param {string} text
 * @returns {{words: number, characters: number, minutes: number}} characters: of scripts whose characters are syllables or words
 */
export function lengthOf(text) {
  let words = 0, characters = 0, letters = 0, inWord = false;
  for (const character of text) {
    let kind = kinds.get(character);
    if (kind === undefined) {
      kind = kindOf(character);
      kinds.set(character, kind);
    }
    if (kind === 'm' || kind === '-') continue;
    if (kind === 'w' && !inWord) words++;
    else if (kind === 'c') characters++;
    else if (kind === 'l') letters++;
    inWord = kind === 'w';
  }
  words += Math.ceil(letters / LETTERS_A_WORD);
  const minutes = words / WORDS_A_MINUTE + characters / CHARACTERS_A_MINUTE;
  // Some hundredths of a minute of a sum of fractions are no minute more.
  return {words, characters, minutes: words + characters === 0 ? 0 : Math.max(1, Math.ceil(minutes - 1e-9))};
}
