/**
 * Two texts that were made of a third one, block by block: what only one of them changed is taken, and where both changed the
 * same place, or places that touch, a person decides. Pure functions.
 *
 * @module
 */

/**
 * @typedef {object} Chunk a part of all three texts, in blocks
 * @property {'same' | 'mine' | 'theirs' | 'conflict'} kind who changed it; `same`: nobody, or both in the same way
 * @property {string[]} mine
 * @property {string[]} theirs
 */

/** What differs by more is taken as replaced as a whole: to find the shortest way takes time and memory by the square of it. */
const MOST_EDITS = 1000;

/** What begins and ends code, also within an item of a list. */
const FENCE = /^[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*(`{3,}|~{3,})(.*)$/;

/**
 * @param {string} text Markdown
 * @returns {string[]} its blocks: paragraphs, and code between fences with all the empty lines in it
 */
export function blocksIn(text) {
  /** @type {string[]} */
  const out = [];
  /** @type {string[]} */
  let block = [];
  let fence = '';
  const end = () => {
    if (block.length > 0) out.push(block.join('\n'));
    block = [];
  };
  for (const line of text.replace(/\r\n?/g, '\n').split('\n')) {
    const [, ticks = '', rest = ''] = FENCE.exec(line) ?? [];
    if (line.trim() === '' && !fence) {
      end();
      continue;
    }
    block.push(line);
    if (!fence) fence = ticks.startsWith('`') && rest.includes('`') ? '' : ticks; // code within a line is no fence
    else if (ticks.startsWith(fence) && rest.trim() === '') fence = '';
  }
  end();
  return out;
}

/**
 * @param {string | null} base that both began from; null: nobody knows, and what both have in common stands for it
 * @param {string} mine
 * @param {string} theirs
 * @returns {Chunk[]}
 */
export function merge(base, mine, theirs) {
  const ours = blocksIn(mine), others = blocksIn(theirs);
  const from = base === null ? pairs(ours, others).map(([i]) => /** @type {string} */ (ours[i])) : blocksIn(base);
  const edits = [...hunks(from, ours, 0), ...hunks(from, others, 1)].sort((x, y) => x.from - y.from || x.to - y.to);
  /** @type {Chunk[]} */
  const out = [];
  const at = [0, 0, 0]; // in base, mine, theirs
  const take = (/** @type {Chunk['kind']} */ kind, /** @type {number[]} */ ends) => {
    const chunk = {kind, mine: ours.slice(at[1], ends[1]), theirs: others.slice(at[2], ends[2])};
    if (chunk.mine.length + chunk.theirs.length > 0) out.push(chunk);
    at.splice(0, 3, ...ends);
  };
  const upTo = (/** @type {number} */ to) => {
    const n = to - (at[0] ?? 0);
    if (n > 0) take('same', at.map((i) => i + n));
  };
  for (let i = 0; i < edits.length;) {
    /** @type {ReturnType<typeof hunks>} */
    const group = [];
    let to = edits[i]?.to ?? 0;
    const begin = edits[i]?.from ?? 0;
    for (let edit = edits[i]; edit && (group.length === 0 || edit.from <= to); edit = edits[++i]) {
      group.push(edit);
      to = Math.max(to, edit.to);
    }
    upTo(begin);
    const grows = (/** @type {number} */ side) => group.filter((edit) => edit.side === side).reduce((sum, edit) => sum + edit.size - (edit.to - edit.from), 0);
    const n = to - begin;
    const ends = [at[0], at[1], at[2]].map((where = 0, which) => where + n + (which === 0 ? 0 : grows(which - 1)));
    const sides = new Set(group.map(({side}) => side));
    const alike = same(ours.slice(at[1], ends[1]), others.slice(at[2], ends[2]));
    take(alike ? 'same' : sides.size === 2 ? 'conflict' : sides.has(0) ? 'mine' : 'theirs', ends);
  }
  upTo(from.length);
  return out;
}

/**
 * @param {Chunk[]} chunks
 * @param {('mine' | 'theirs' | 'both' | undefined)[]} picks what is taken of each that is not the same; undefined: as its kind says
 * @returns {string | null} null while nobody has decided about a conflict
 */
export function mergedText(chunks, picks) {
  const out = [];
  for (const [i, {kind, mine, theirs}] of chunks.entries()) {
    const pick = picks[i] ?? (kind === 'conflict' ? null : kind);
    if (pick === null) return null;
    if (pick !== 'theirs') out.push(...mine);
    if (pick === 'theirs' || pick === 'both') out.push(...theirs);
  }
  return out.length > 0 ? `${out.join('\n\n')}\n` : '';
}

/**
 * @param {string} text
 * @returns {string} the same for every way to write it; two spaces at the end of a line break it, and more do no more
 */
const composed = (text) => text.normalize('NFC').replace(/[ \t]+$/gm, (space) => (space.endsWith('  ') ? '  ' : ''));

/**
 * @param {string[]} a
 * @param {string[]} b
 */
function same(a, b) {
  return a.length === b.length && a.every((block, i) => composed(block) === composed(b[i] ?? ''));
}

/**
 * @param {string[]} from
 * @param {string[]} to
 * @param {number} side
 * @returns {{from: number, to: number, size: number, side: number}[]} which blocks became how many others
 */
function hunks(from, to, side) {
  const out = [];
  let i = 0, j = 0;
  for (const [x, y] of [...pairs(from, to), [from.length, to.length]]) {
    if (x > i || y > j) out.push({from: i, to: x, size: y - j, side});
    i = x + 1;
    j = y + 1;
  }
  return out;
}

/**
 * Which blocks of one text are which of another: the most that can be, in order (Myers, An O(ND) Difference Algorithm, 1986).
 *
 * @param {string[]} a
 * @param {string[]} b
 * @returns {[number, number][]}
 */
function pairs(a, b) {
  const x = a.map(composed), y = b.map(composed);
  let head = 0, tail = 0;
  while (head < x.length && head < y.length && x[head] === y[head]) head++;
  while (tail < x.length - head && tail < y.length - head && x[x.length - 1 - tail] === y[y.length - 1 - tail]) tail++;
  /** @type {[number, number][]} */
  const out = Array.from({length: head}, (_, i) => [i, i]);
  for (const [i, j] of shortest(x.slice(head, x.length - tail), y.slice(head, y.length - tail))) out.push([i + head, j + head]);
  for (let i = tail; i > 0; i--) out.push([x.length - i, y.length - i]);
  return out;
}

/**
 * @param {string[]} a
 * @param {string[]} b
 * @returns {[number, number][]}
 */
function shortest(a, b) {
  const most = Math.min(a.length + b.length, MOST_EDITS);
  const middle = most + 1;
  const furthest = new Int32Array(2 * most + 3);
  const at = (/** @type {Int32Array} */ row, /** @type {number} */ i) => /** @type {number} */ (row[i]);
  /** @type {Int32Array[]} what each number of edits came from, from diagonal -d-1 on */
  const rounds = [];
  for (let d = 0; d <= most; d++) {
    rounds.push(furthest.slice(middle - d - 1, middle + d + 2));
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || k !== d && at(furthest, middle + k - 1) < at(furthest, middle + k + 1);
      let x = down ? at(furthest, middle + k + 1) : at(furthest, middle + k - 1) + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
      furthest[middle + k] = x;
      if (x < a.length || x - k < b.length) continue;
      return walkedBack(rounds, a.length, b.length);
    }
  }
  return [];
}

/**
 * @param {Int32Array[]} rounds
 * @param {number} x
 * @param {number} y
 * @returns {[number, number][]}
 */
function walkedBack(rounds, x, y) {
  /** @type {[number, number][]} */
  const back = [];
  for (let d = rounds.length - 1; d >= 0; d--) {
    const before = (/** @type {number} */ k) => rounds[d]?.[k + d + 1] ?? 0;
    const k = x - y;
    const down = k === -d || k !== d && before(k - 1) < before(k + 1);
    const fromK = down ? k + 1 : k - 1;
    const wasX = d === 0 ? 0 : before(fromK);
    const wasY = d === 0 ? 0 : wasX - fromK;
    const [firstX, firstY] = d === 0 ? [0, 0] : down ? [wasX, wasY + 1] : [wasX + 1, wasY];
    while (x > firstX && y > firstY) back.push([--x, --y]);
    x = wasX;
    y = wasY;
  }
  return back.reverse();
}
