import assert from 'node:assert/strict';
import test from 'node:test';
import {edit, lengthOf} from '../islands/content/markdown.js';

/** Applies a command to a text whose selection stands between two bars, and shows the result the same way. */
function apply(command, shown) {
  const [before, chosen, after] = shown.split('|');
  const text = before + chosen + after;
  const e = edit(command, {text, start: before.length, end: before.length + chosen.length});
  const out = text.slice(0, e.from) + e.insert + text.slice(e.to);
  return `${out.slice(0, e.start)}|${out.slice(e.start, e.end)}|${out.slice(e.end)}`;
}

const cases = [
  ['bold', 'a |word| b', 'a **|word|** b'],
  ['bold', 'a **|word|** b', 'a |word| b'],
  ['bold', '||', '**|bold text|**'],
  ['italic', '|x|', '_|x|_'],
  ['code', 'run |ls|', 'run `|ls|`'],
  ['code', '|a\nb|', '```\n|a\nb|\n```'],
  ['link', 'see |here|.', 'see [here](|https://|).'],
  ['link', '|https://example.test/|', '[|link text|](https://example.test/)'],
  ['heading', 'one\nt|w|o\nthree', 'one\n## two||\nthree'],
  ['heading', '## t|w|o', 'two||'],
  ['heading', '# t|w|o', 'two||'],
  ['list', '|one\ntwo|\n', '|- one\n- two|\n'],
  ['list', '|- one\n- two|', '|one\ntwo|'],
  ['list', '|- one\ntwo|', '|- one\n- two|'],
];
for (const [command, before, after] of cases) {
  test(`${command}: ${JSON.stringify(before)}`, () => assert.equal(apply(command, before), after));
}

test('length counts words of any script, and rounds the minutes up', () => {
  assert.deepEqual(lengthOf(''), {words: 0, minutes: 0});
  assert.deepEqual(lengthOf('  \n# — **'), {words: 0, minutes: 0});
  assert.deepEqual(lengthOf("Don't over-think; écris 42 слова."), {words: 5, minutes: 1});
  assert.deepEqual(lengthOf('word '.repeat(221)), {words: 221, minutes: 2});
});
