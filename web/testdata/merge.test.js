import assert from 'node:assert/strict';
import test from 'node:test';
import {blocksIn, merge, mergedText} from '../islands/content/merge.js';

const text = (blocks) => blocks.split(' ').filter(Boolean).join('\n\n');
/** What became of three texts whose blocks are words: the blocks, and a conflict in brackets. */
const shown = (base, mine, theirs) => merge(base === null ? null : text(base), text(mine), text(theirs))
  .flatMap(({kind, mine: m, theirs: t}) => (kind === 'conflict' ? [`[${m.join(' ')}|${t.join(' ')}]`] : kind === 'theirs' ? t : m)).join(' ');

for (const [what, base, mine, theirs, want] of [
  ['both change different blocks', 'A B C', 'A1 B C', 'A B C1', 'A1 B C1'],
  ['both change one block', 'A B C', 'A1 B C', 'A2 B C', '[A1|A2] B C'],
  ['both make the same change', 'A B C', 'A1 B C', 'A1 B C', 'A1 B C'],
  ['both insert after one block', 'A B', 'A X B', 'A Y B', 'A [X|Y] B'],
  ['one deletes what the other changes', 'A B C', 'A C', 'A B1 C', 'A [|B1] C'],
  ['one changes a block after which the other inserts', 'A B', 'A1 B', 'A X B', '[A1|A X] B'],
  ['only one changes anything', 'A B C', 'A B C', 'A C D', 'A C D'],
  ['both delete the same', 'A B C', 'A C', 'A C', 'A C'],
  ['everything is new', '', 'A', 'B', '[A|B]'],
  ['one empties the text', 'A B', '', 'A B', ''],
  ['nobody knows from what they began', null, 'A X B', 'A B Y', 'A X B Y'],
  ['nobody knows, and both wrote in one place', null, 'A X B', 'A Y B', 'A [X|Y] B'],
]) {
  test(`merge: ${what}`, () => assert.equal(shown(base, mine, theirs), want));
}

test('merge: code between fences is one block, and how a character is composed no change', () => {
  assert.deepEqual(blocksIn('a\n\n```\nx\n\n\ny\n```\n\nb\nc\n \n\nd\r\n'), ['a', '```\nx\n\n\ny\n```', 'b\nc', 'd']);
  assert.deepEqual(blocksIn('~~~\n```\n\nx'), ['~~~\n```\n\nx']);
  assert.deepEqual(merge('é', 'e\u0301', 'é').map(({kind}) => kind), ['same']);
});

test('merge: code in an item of a list keeps its empty lines, and code within a line begins none', () => {
  const listed = '- item\n\n      ```\n      x\n\n\n      y\n      ```\n\n1. ~~~\n   a\n\n\n   b\n   ~~~';
  assert.equal(mergedText(merge(listed, listed, `${listed}\n\nmore`), []), `${listed}\n\nmore\n`);
  assert.deepEqual(blocksIn('```x``` is code\n\nb'), ['```x``` is code', 'b']);
});

test('merge: a line that only one side broke by two spaces stays broken', () => {
  assert.equal(mergedText(merge('a\nb', 'a\nb', 'a  \nb'), []), 'a  \nb\n');
  assert.equal(mergedText(merge('a\nb', 'a  \nb', 'a\nb'), []), 'a  \nb\n');
  assert.deepEqual(merge('a', 'a ', 'a\t').map(({kind}) => kind), ['same']);
});

test('merge: what both changed in places apart is all taken, and asks nobody', () => {
  let seed = 3;
  const random = (n) => (seed = (seed * 1103515245 + 12345) % 2147483648, seed % n);
  for (let round = 0; round < 5000; round++) {
    const base = Array.from({length: 2 + random(20)}, (_, i) => `block ${i}`);
    const want = [], mine = [], theirs = [];
    let last = ''; // who changed something right before
    for (const [i, block] of base.entries()) {
      const side = ['', 'mine', 'theirs'][random(3)];
      if (!side || last && last !== side) {
        for (const text of [want, mine, theirs]) text.push(block);
        last = '';
        continue;
      }
      const changed = random(4) === 0 ? [] : Array.from({length: 1 + random(2)}, (_, n) => `${side} ${i}.${n}`);
      const [own, other] = side === 'mine' ? [mine, theirs] : [theirs, mine];
      own.push(...changed);
      other.push(block);
      want.push(...changed);
      last = side;
    }
    const text = (blocks) => (blocks.length > 0 ? `${blocks.join('\n\n')}\n` : '');
    assert.equal(mergedText(merge(text(base), text(mine), text(theirs)), []), text(want));
  }
});

test('merge: a conflict waits for a person, and what they pick stands in the text', () => {
  const chunks = merge('A\n\nB', 'A1\n\nB', 'A2\n\nB');
  assert.equal(mergedText(chunks, []), null);
  assert.equal(mergedText(chunks, ['mine']), 'A1\n\nB\n');
  assert.equal(mergedText(chunks, ['theirs']), 'A2\n\nB\n');
  assert.equal(mergedText(chunks, ['both']), 'A1\n\nA2\n\nB\n');
  assert.equal(mergedText(merge('A', '', ''), []), '');
});

test('merge: of any three texts, each side can be had whole, and nothing is lost', () => {
  let seed = 7;
  const random = (n) => (seed = (seed * 1103515245 + 12345) % 2147483648, seed % n);
  const some = (from) => {
    const out = [...from];
    for (let n = random(4); n > 0; n--) out.splice(random(out.length + 1), random(3), ...Array.from({length: random(3)}, () => 'abcdefgh'[random(8)]));
    return out;
  };
  for (let round = 0; round < 20000; round++) {
    const base = Array.from({length: random(8)}, () => 'abcdefgh'[random(8)]);
    const mine = some(base), theirs = some(base);
    const chunks = merge(random(4) ? base.join('\n\n') : null, mine.join('\n\n'), theirs.join('\n\n'));
    const all = (pick) => mergedText(chunks, chunks.map(() => pick));
    const whole = (blocks) => (blocks.length > 0 ? `${blocks.join('\n\n')}\n` : '');
    assert.equal(all('mine'), whole(mine));
    assert.equal(all('theirs'), whole(theirs));
  }
});

test('merge: long texts that have nothing in common end soon', () => {
  const long = (letter) => Array.from({length: 20000}, (_, i) => letter + i).join('\n\n');
  assert.deepEqual(merge(long('a'), long('b'), long('c')).map(({kind}) => kind), ['conflict']);
});
