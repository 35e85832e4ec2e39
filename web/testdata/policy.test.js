import assert from 'node:assert/strict';
import test from 'node:test';
import {isGone, isKept, isPrivate, mayKeep, titleOf} from '../pwa/policy.js';

const site = {edition: 'e1', pages: ['/notes', '/notes/{slug}', '/desk/open', '/a/{b}/c'], private: ['/api/', '/desk', '/login']};

test('what lies under a private path is never kept, even where a page of it is declared', () => {
  for (const path of ['/api/v1/notes', '/api', '/desk', '/desk/open', '/Desk/open', '/desk/a/b', '/login']) {
    assert.equal(isPrivate(path, site), true, path);
    assert.equal(isKept(path, site), false, path);
  }
  assert.equal(isPrivate('/desktop', site), false);
});

test('declared pages are kept, and no others', () => {
  for (const path of ['/notes', '/notes/welcome', '/notes/%2e%2e', '/a/x/c']) assert.equal(isKept(path, site), true, path);
  for (const path of ['/', '/notes/', '/notes/a/b', '/note', '/a//c', '/a/x/d', '/notes/welcome/']) assert.equal(isKept(path, site), false, path);
  assert.equal(isKept('/notes', {edition: '', pages: [], private: []}), false);
});

const answer = (headers, over = {}) => ({status: 200, redirected: false, type: 'basic', headers: new Headers(headers), ...over});

test('only an answer that everybody gets is kept, as the server sends it', () => {
  const shared = {'Cache-Control': 'public, s-maxage=60, stale-while-revalidate=600', Vary: 'Accept-Encoding, Cookie'};
  assert.equal(mayKeep(answer(shared)), true);
  const refused = [
    answer({}), answer({'Cache-Control': 'private, no-store', Vary: 'Accept-Encoding'}), answer({'Cache-Control': 'private, no-cache', Vary: 'Accept-Encoding, Cookie'}),
    answer({'Cache-Control': 'no-store'}), answer({'Cache-Control': 'Private, No-Store'}), answer({'Cache-Control': 'max-age=60'}),
    answer({...shared, Vary: '*'}), answer({...shared, Vary: 'Accept, authorization'}), answer({'Cache-Control': 'public, no-store'}),
    answer(shared, {status: 206}), answer(shared, {status: 404}), answer(shared, {status: 500}), answer(shared, {redirected: true}), answer(shared, {type: 'opaque'}),
    answer(shared, {type: 'opaqueredirect', status: 0}),
  ];
  for (const response of refused) assert.equal(mayKeep(response), false, JSON.stringify([...response.headers]));
});

test('a server in trouble takes nothing away; one that has no such page does', () => {
  for (const status of [500, 502, 503, 504, 429, 408]) assert.equal(isGone(answer({}, {status})), false, String(status));
  for (const status of [404, 410, 401, 403, 200]) assert.equal(isGone(answer({}, {status})), true, String(status));
  assert.equal(isGone(answer({}, {status: 0, type: 'opaqueredirect'})), true);
});

test('the title of a page is text', () => {
  assert.equal(titleOf('<head><title>Salt &amp; &#34;iron&#34; &lt;b&gt; &#x1F525;&nope; · Forge</title>'), 'Salt & "iron" <b> 🔥&nope; · Forge');
  assert.equal(titleOf('<p>none</p>'), '');
});
