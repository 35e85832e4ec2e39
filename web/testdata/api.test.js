import assert from 'node:assert/strict';
import {createServer} from 'node:http';
import test from 'node:test';
import {ApiError, get, newIdempotencyKey, patch, post, untilRoom} from '../islands/shared/api.js';

/** Answers requests with the given handlers in turn, the last one for ever. */
async function serve(t, ...handlers) {
  const seen = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => { body += chunk; });
    request.on('end', () => {
      seen.push({url: request.url, method: request.method, headers: request.headers, body});
      handlers[Math.min(seen.length, handlers.length) - 1](response, request);
    });
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  t.after(() => { server.closeAllConnections(); server.close(); });
  return {url: `http://127.0.0.1:${server.address().port}/`, seen};
}

const answer = (status, body, headers = {}) => (response) => {
  response.writeHead(status, {'Content-Type': 'application/json', ...headers});
  response.end(body === undefined ? undefined : JSON.stringify(body));
};
const drop = (response) => response.destroy();

test('the body is decoded, and null when there is none', async (t) => {
  const {url} = await serve(t, answer(200, {name: 'x'}), (response) => response.writeHead(204).end());
  assert.deepEqual(await get(url), {name: 'x'});
  assert.equal(await get(url), null);
});

test('what stands in braces is filled in, as one segment of the path', async (t) => {
  const {url, seen} = await serve(t, answer(200, {}));
  await get(`${url}posts/{slug}`, {params: {slug: 'a/b ?'}});
  await patch(`${url}posts/{id}`, {title: 'x'}, {params: {id: 7}, version: 3});
  assert.deepEqual(seen.map(({url: path}) => path), ['/posts/a%2Fb%20%3F', '/posts/7']);
  assert.deepEqual([seen[1].method, seen[1].headers['if-match'], seen[1].body], ['PATCH', '"3"', '{"title":"x"}']);
});

test('a problem becomes an error with its parts', async (t) => {
  const {url} = await serve(t, answer(422, {
    title: 'Invalid', detail: 'The title is missing.', code: 'content.invalid', request_id: 'r1', errors: [{field: 'title', message: 'is missing'}],
  }, {'Content-Type': 'application/problem+json'}));
  await assert.rejects(get(url), (error) => {
    assert.ok(error instanceof ApiError);
    assert.deepEqual([error.status, error.code, error.message, error.requestId, error.errors[0].field], [422, 'content.invalid', 'The title is missing.', 'r1', 'title']);
    return true;
  });
});

test('an error that is not JSON is an error all the same', async (t) => {
  const {url} = await serve(t, answer(502, undefined, {'Content-Type': 'text/html', 'X-Request-Id': 'r2'}));
  await assert.rejects(get(url), (error) => error instanceof ApiError && error.status === 502 && error.requestId === 'r2');
});

test('a page that stands between and says that all is well has saved nothing', async (t) => {
  for (const status of [200, 201]) {
    const {url} = await serve(t, (response) => response.writeHead(status, {'Content-Type': 'text/html'}).end('<h1>Sign in to this network</h1>'));
    await assert.rejects(post(url, {a: 1}), (error) => error instanceof ApiError && error.status === 0 && error.code === 'bad_answer');
  }
  const {url} = await serve(t, (response) => response.writeHead(200).end());
  await assert.rejects(post(url, {a: 1}), (error) => error instanceof ApiError && error.status === 0 && error.code === 'bad_answer');
});

test('a read is repeated after a lost connection and a 503', async (t) => {
  const {url, seen} = await serve(t, drop, answer(503, {}, {'Retry-After': '0'}), answer(200, {ok: true}));
  assert.deepEqual(await get(url), {ok: true});
  assert.equal(seen.length, 3);
});

test('a read gives up after three attempts', async (t) => {
  const {url, seen} = await serve(t, answer(503, {code: 'unavailable'}, {'Retry-After': '0'}));
  await assert.rejects(get(url), (error) => error instanceof ApiError && error.status === 503);
  assert.equal(seen.length, 3);
});

test('a long Retry-After is not waited for', async (t) => {
  const {url, seen} = await serve(t, answer(503, {}, {'Retry-After': '3600'}));
  await assert.rejects(get(url), (error) => error instanceof ApiError && error.status === 503);
  assert.equal(seen.length, 1);
});

test('a write is sent once, unless a key makes it safe to repeat', async (t) => {
  const plain = await serve(t, drop);
  await assert.rejects(post(plain.url, {a: 1}), (error) => error instanceof ApiError && error.code === 'network');
  assert.equal(plain.seen.length, 1);

  const keyed = await serve(t, drop, answer(201, {ok: true}));
  const idempotencyKey = newIdempotencyKey();
  assert.deepEqual(await post(keyed.url, {a: 1}, {idempotencyKey}), {ok: true});
  assert.deepEqual(keyed.seen.map(({headers}) => headers['idempotency-key']), [idempotencyKey, idempotencyKey]);
  assert.equal(keyed.seen[1].body, '{"a":1}');
});

test('an aborted call ends at once, while waiting too', async (t) => {
  const {url, seen} = await serve(t, answer(503, {}, {'Retry-After': '9'}));
  const controller = new AbortController();
  const call = get(url, {signal: controller.signal});
  while (seen.length === 0) await new Promise((resolve) => { setImmediate(resolve); });
  controller.abort();
  await assert.rejects(call, {name: 'AbortError'});
  assert.equal(seen.length, 1);
});

test('what the page sends by itself leaves a quarter of every limit to its person', async (t) => {
  const policy = '"address";q=600;w=60, "person";q=100;w=3600';
  const told = (rateLimit, status = 200, more = {}) => answer(status, {}, {'RateLimit-Policy': policy, RateLimit: rateLimit, ...more});
  const {url} = await serve(t,
    told('"address";r=599;t=1, "person";r=99;t=36'), told('"address";r=140;t=46, "person";r=99;t=36'), answer(200, {}),
    told('"address";r=150;t=45, "person";r=24;t=2736'), told('"address";r=150;t=45, "person";r=25;t=2700'),
    answer(429, {}, {'Retry-After': '7'}), told('"address";r=599;t=1, "person";r=99;t=36'));
  const within = (most) => {
    const wait = untilRoom();
    assert.ok(wait > most - 900 && wait <= most, `${wait} of ${most}`);
  };
  await get(url);
  assert.equal(untilRoom(), 0);
  await get(url);
  within(1000); // ten of the address return in a second
  await get(url);
  within(1000); // which an answer without the fields does not change
  await get(url);
  within(36_000);
  await get(url);
  assert.equal(untilRoom(), 0);
  await assert.rejects(get(url), {status: 429});
  within(7000);
  await get(url);
  assert.equal(untilRoom(), 0);
});
