import assert from 'node:assert/strict';
import test from 'node:test';
import {isPost, isPrivate, mayKeep} from '../pwa/policy.js';

test('private paths and feeds are never kept', () => {
  for (const path of ['/api/v1/posts/welcome', '/account', '/account/sessions', '/billing', '/studio/new', '/admin', '/dev/idp', '/auth/dev', '/login', '/logout', '/Account', '/feed.xml', '/feed.json', '/rss.xml', '/robots.txt']) {
    assert.equal(isPrivate(path), true, path);
    assert.equal(isPost(path), false, path);
  }
});

test('posts are kept; lists and other pages are not', () => {
  assert.equal(isPost('/posts/welcome'), true);
  for (const path of ['/', '/posts', '/posts/', '/posts/a/b', '/tags/go', '/accounting']) assert.equal(isPost(path), false, path);
  assert.equal(isPrivate('/accounting'), false);
});

const answer = (headers, over = {}) => ({status: 200, redirected: false, type: 'basic', headers: new Headers(headers), ...over});

test('only an answer that says it is public is kept', () => {
  assert.equal(mayKeep(answer({'Cache-Control': 'public, s-maxage=60'})), true);
  assert.equal(mayKeep(answer({'Cache-Control': 'public, s-maxage=60', Vary: 'Accept-Encoding'})), true);
  const refused = [
    answer({}), answer({'Cache-Control': 'private'}), answer({'Cache-Control': 'no-store'}), answer({'Cache-Control': 'Private, No-Store'}),
    answer({'Cache-Control': 'public', Vary: 'Cookie'}), answer({'Cache-Control': 'public', Vary: '*'}), answer({'Cache-Control': 'public', Vary: 'Accept, authorization'}),
    answer({'Cache-Control': 'public'}, {status: 206}), answer({'Cache-Control': 'public'}, {redirected: true}), answer({'Cache-Control': 'public'}, {type: 'opaque'}),
  ];
  for (const response of refused) assert.equal(mayKeep(response), false, JSON.stringify([...response.headers]));
});
