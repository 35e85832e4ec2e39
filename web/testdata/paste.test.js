import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import test from 'node:test';
import {parseFragment} from 'parse5';
import {markdownOf, withoutHandlers} from '../islands/content/paste.js';

/** What the walk asks of a node, of one of parse5's. */
function node(parsed) {
  const children = (parsed.childNodes ?? []).map(node);
  const attributes = new Map((parsed.attrs ?? []).map(({name, value}) => [name, value]));
  return {
    nodeType: parsed.nodeName === '#text' ? 3 : parsed.nodeName === '#comment' ? 8 : parsed.tagName ? 1 : 11,
    nodeName: parsed.tagName?.toUpperCase() ?? parsed.nodeName,
    nodeValue: parsed.value ?? parsed.data ?? null,
    childNodes: children,
    getAttribute: (name) => attributes.get(name) ?? null,
    hasAttribute: (name) => attributes.has(name),
    get textContent() { return this.nodeType === 3 ? this.nodeValue : children.map((child) => child.textContent ?? '').join(''); },
  };
}

const pasted = (html) => markdownOf(node(parseFragment(html)));

const files = {
  'google-docs': ['## Überschrift\n\nPlain **bold** *slanted* [link](https://neo.test/a)\n\n- one\n  - nested wrongly\n- two\n\n![](https://lh7-rt.googleusercontent.com/x)', 0],
  word: ['# Titel\n\n**Fett** und *schräg*\n\n- erstens\n   - zweitens\n\nFußnote\\[1]', 1],
  notion: ['## Heading\n\ntext **b** `x*y`\n\n- [ ] todo\n\n**Toggle**\n\ninside\n\n> 💡 Callout\n\n````Go\na := 1\n// ``` fence inside\n````\n\n`e=mc^2`', 0],
  unsafe: ['hi j d\n\n<https://www.youtube.com/watch?v=abc>', 2],
  gutenberg: ['One\n\n![](https://old.test/wp-content/uploads/2020/01/a.jpg)\n\n*Cap*\n\n<!--more-->\n\n\\[caption id="x" width="3"]![](https://old.test/b.jpg) Words\\[/caption] \\[gallery ids="1,2"]', 0],
};
for (const [name, [text, left]] of Object.entries(files)) {
  test(`pasted from ${name}`, () => assert.deepEqual(pasted(readFileSync(new URL(`paste/${name}.html`, import.meta.url), 'utf8')), {text, left}));
}

for (const [what, html, want] of [
  ['plain paragraphs say no more than the plain text', '<p>one</p><div>two</div>', null],
  ['nothing', '', null],
  ['only a script', '<script>x</script>', null],
  ['marks of Markdown stay what they were', '<p><b>b</b> 2*3*4 _x_ snake_case `t` &lt;b&gt; [a](b) &amp;amp; C#</p>', '**b** 2\\*3\\*4 \\_x\\_ snake_case \\`t\\` \\<b> \\[a](b) \\&amp; C#'],
  ['what begins a paragraph, too', '<p># a</p><p>- b</p><p>1. c</p><p>&gt; d</p><hr>', '\\# a\n\n\\- b\n\n1\\. c\n\n\\> d\n\n---'],
  ['what stands side by side is marked once', '<p><b>a</b><b>b</b> <b>c</b><i>d</i></p>', '**ab c***d*'],
  ['spaces are outside of marks', '<p>x<b> y </b>z</p>', 'x **y** z'],
  ['wide punctuation is outside of marks', '<p><b>「重要」</b>です</p>', '「**重要**」です'],
  ['breaks', '<p><b>a</b><br>b<br></p>', '**a**\\\nb'],
  ['lists of numbers, with a list within', '<ol start="3"><li>a<ul><li>b</li></ul></li><li><p>c</p><p>d</p></li></ol>', '3. a\n   - b\n\n4. c\n\n   d'],
  ['tasks', '<ul><li><input type="checkbox" checked> a</li><li><input type="checkbox">b</li></ul>', '- [x] a\n- [ ] b'],
  ['a table', '<table><tr><th>A</th><th>B|C</th></tr><tr><td>1</td></tr></table>', '| A | B\\|C |\n| --- | --- |\n| 1 |  |'],
  ['a table that places things', '<table><tr><td><h2>A</h2></td></tr></table>', '## A'],
  ['quotations', '<blockquote><p>a</p><p>b</p></blockquote>', '> a\n>\n> b'],
  ['scripts in links, however they are written', '<p><b>x</b> <a href=" JaVa\tscript:alert(1)">a</a><a href="//x.test">b</a><a href="vbscript:x">c</a></p>', '**x** abc'],
  ['an address that would end the link', '<a href="https://x.test/a)b c">t</a>', '[t](https://x.test/a%29b%20c)'],
  ['words that would end the link', '<a href="https://x.test">a](https://other.test) [b]</a>', '[a\\](https://other.test) \\[b\\]](https://x.test)'],
  ['crossed out, and code with ticks', '<p><s>a</s> <code>`b`</code></p>', '~~a~~ `` `b` ``'],
  ['nothing that is not shown', '<p><b>a</b><span style="display:none">b</span></p>', '**a**'],
  ['two lists side by side', '<ul><li>a</li></ul><ul><li>b</li></ul>', '- a\n\n<!-- -->\n\n- b'],
]) {
  test(`pasted: ${what}`, () => assert.equal(pasted(html)?.text ?? null, want));
}

test('pasted: handlers of events are nowhere, and tags that never end take no longer for it', () => {
  assert.equal(withoutHandlers('<img src=x onerror=a()><a/onclick = "b" title="once on">on = 1</a><b ONCLICK=c'), '<img src=x data-on=a()><a/data-on = "b" title="once on">on = 1</a><b data-on=c');
  assert.equal(withoutHandlers('<a'.repeat(500000)).length, 1000000);
});

test('pasted: a tree that is deep or wide ends', () => {
  assert.ok(pasted('<div>'.repeat(400) + '<b>x</b>'));
  assert.equal(pasted('<p><b>x</b></p>'.repeat(5000)).text.length, 5000 * 7 - 2);
  assert.ok(pasted(`<table><tr>${'<td>a'.repeat(5000)}${'<tr><td>b'.repeat(5000)}</table><hr>`).text.length < 100000);
  assert.ok(pasted(`<p><b>${'。x'}${'。'.repeat(200000)}x</b></p>`));
});
