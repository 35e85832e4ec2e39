import assert from 'node:assert/strict';
import test from 'node:test';
import {continueList, edit, inCode, lengthOf, letterOf, slashBefore} from '../islands/content/markdown.js';

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
  ['list', '|1. one|', '- one||'],
  ['numbers', '|one\n- two\n- [x] three|', '|1. one\n2. two\n3. three|'],
  ['numbers', '|1. one\n2. two|', '|one\ntwo|'],
  ['tasks', '|- one\ntwo|', '|- [ ] one\n- [ ] two|'],
  ['tasks', '|- [x] one|', 'one||'],
  ['subheading', '## o|n|e', '### one||'],
  ['quote', '|one\n\ntwo|', '|> one\n> \n> two|'],
  ['quote', '|> one\n>two|', '|one\ntwo|'],
  ['callout', 'a||', 'a\n\n> [!NOTE]\n> |What is worth knowing|\n\n'],
  ['callout', '|a\nb|', '> [!NOTE]\n> a\n> b||'],
  ['fence', '||', '```\n||\n```'],
  ['table', 'a\n||', 'a\n\n| |Heading| | Heading |\n| --- | --- |\n| Cell | Cell |\n\n'],
  ['divider', 'a||\n\nb', 'a\n\n---||\n\nb'],
  ['more', 'a||', 'a\n\n<!--more-->\n\n||'],
];
for (const [command, before, after] of cases) {
  test(`${command}: ${JSON.stringify(before)}`, () => assert.equal(apply(command, before), after));
}

test('length counts as the published page does, in scripts of any kind', () => {
  const none = {words: 0, characters: 0, minutes: 0};
  assert.deepEqual(lengthOf(''), none);
  assert.deepEqual(lengthOf('  \n# — **'), none);
  assert.deepEqual(lengthOf("Don't over-think; écris 42 слова."), {words: 5, characters: 0, minutes: 1});
  assert.deepEqual(lengthOf('字'.repeat(3)), {words: 0, characters: 3, minutes: 1});
  // Those of TestRender_ReadingTimeCountsWordsAndCharacters and TestReadingTime_CountsScriptsThatDoNotPartWords.
  for (const [text, times, minutes] of [
    ['word ', 220, 1], ['word ', 221, 2], ["don't ", 440, 2], ['字', 1000, 2], ['ภาษาไทย', 440, 4], ['ខ្មែរ', 880, 3],
    ['コーヒー', 500, 4], ['हिन्दी ', 220, 1], ['e\u0301te\u0301 ', 220, 1],
  ]) assert.equal(lengthOf(text.repeat(times)).minutes, minutes, text);
});

/** Presses Enter at the bar. */
function enter(shown) {
  const start = shown.indexOf('|');
  const text = shown.replace('|', '');
  const e = continueList({text, start, end: start});
  if (!e) return null;
  const out = text.slice(0, e.from) + e.insert + text.slice(e.to);
  return `${out.slice(0, e.start)}|${out.slice(e.end)}`;
}

for (const [before, after] of [
  ['- one|', '- one\n- |'],
  ['  * one|\nnext', '  * one\n  * |\nnext'],
  ['- o|ne', '- o\n- |ne'],
  ['9. nine|', '9. nine\n10. |'],
  ['1) one|', '1) one\n2) |'],
  ['999999999. last|', '999999999. last\n999999999. |'],
  ['- [x] done|', '- [x] done\n- [ ] |'],
  ['> - quoted|', '> - quoted\n> - |'],
  ['- one\n- |', '- one\n|'],
  ['- one\n- [ ] |\nnext', '- one\n|\nnext'],
  ['|- one', null],
  ['plain|', null],
  ['-one|', null],
  ['* * *|', null],
  ['|', null],
  ['```\n- code|', null],
  ['~~~\n```\n- code|', null],
  ['```\ncode\n```\n- one|', '```\ncode\n```\n- one\n- |'],
]) {
  test(`Enter: ${JSON.stringify(before)}`, () => assert.equal(enter(before), after));
}

test('Enter replaces what is selected, as everywhere', () => {
  assert.equal(continueList({text: '- one', start: 3, end: 5}), null);
});

test('a shortcut is the letter that is typed, or stands on the key where no Latin letter is typed', () => {
  for (const [key, code, want] of [
    ['b', 'KeyB', 'b'], ['B', 'KeyB', 'b'], ['и', 'KeyB', 'b'], ['И', 'KeyB', 'b'], ['ι', 'KeyI', 'i'], ['נ', 'KeyB', 'b'],
    ['k', 'KeyV', 'k'], ['ö', 'Semicolon', 'ö'], [';', 'KeyZ', ';'], ['ж', 'Semicolon', 'ж'], ['Enter', 'Enter', 'enter'],
  ]) assert.equal(letterOf({key, code}), want, `${key} on ${code}`);
});

test('what is put between fences or ticks is code', () => {
  for (const [shown, want] of [['a|', false], ['```\na|\n```', true], ['`a|`', true], ['`a` |', false], ['```\na\n```\n|', false]]) {
    assert.equal(inCode(shown.replace('|', ''), shown.indexOf('|')), want, shown);
  }
});

test('a slash begins a command at the beginning of a line, and not in code', () => {
  for (const [text, want] of [['/', 0], ['/quo', 0], ['a\n  /ü1', 4], ['a /q', -1], ['/a b', -1], ['/a/b', -1], ['', -1], ['```\n/usr', -1], ['```\nx\n```\n/q', 10], ['`a\n/q', 3]]) {
    assert.equal(slashBefore(`${text}`, text.length), want, text);
    assert.equal(slashBefore(`${text}\nmore/`, text.length), want, text);
  }
});
