import assert from 'node:assert/strict';
import test from 'node:test';
import {beginningOf} from '../islands/content/sharing.js';

/** A browser's caches, as far as they are asked. */
const kept = new Map();
const cache = {
  keys: async () => [...kept.keys()],
  match: async (key) => kept.get(key)?.clone(),
  put: async (key, response) => { kept.set(key, response); },
  delete: async (key) => kept.delete(key),
};
globalThis.caches = {open: async () => cache, match: cache.match};
const {dropShared, keepShared, readShared} = await import('../islands/shared/shared.js');

test('what was shared begins a post as the server would begin it', () => {
  const begin = (title, text, url, most = 200) => beginningOf({title, text, url}, most);
  assert.deepEqual(begin('  A  found\nthing ', ' Worth reading ', 'https://example.org/a?b=c'), {title: 'A found thing', body_markdown: 'Worth reading\n\n<https://example.org/a?b=c>'});
  assert.equal(begin('', 'See https://example.org/a', 'https://example.org/a').body_markdown, 'See https://example.org/a');
  assert.equal(begin('', 'x', 'javascript:alert(1)').body_markdown, 'x');
  assert.equal(begin('', '', ' https://example.org/ ').body_markdown, '<https://example.org/>');
  assert.deepEqual(begin('', '', 'no address'), {title: '', body_markdown: ''});
  assert.equal(begin('🔥🔥🔥', '', '', 2).title, '🔥🔥');
});

test('what was shared waits until it is taken, and gives way to nothing new', async () => {
  const one = {title: 'One', text: 'x', url: ''};
  const id = await keepShared(one);
  assert.deepEqual(await readShared(id), one);
  for (let i = 1; i < 20; i++) assert.notEqual(await keepShared({...one, title: String(i)}), '');
  assert.equal(await keepShared({...one, title: 'Too many'}), '');
  assert.deepEqual(await readShared(id), one);
  await dropShared(id);
  assert.equal(await readShared(id), null);
  const old = [...kept.keys()][0];
  kept.set(old, new Response('{}', {headers: {Date: new Date(0).toUTCString()}}));
  assert.notEqual(await keepShared(one), '');
  assert.equal(kept.has(old), false);
});
