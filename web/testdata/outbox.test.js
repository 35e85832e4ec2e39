import assert from 'node:assert/strict';
import test from 'node:test';

/** A browser's storage; its keys are what Object.keys answers. */
class Storage {
  getItem(key) { return Object.hasOwn(this, key) ? this[key] : null; }
  setItem(key, value) { this[key] = String(value); }
  removeItem(key) { delete this[key]; }
}
globalThis.localStorage = new Storage();
globalThis.sessionStorage = new Storage();
globalThis.location = {pathname: '/here'};
let open = [];
const locks = {
  request: async (_, options, use) => (use ?? options)({}),
  query: async () => ({held: open.map((name) => ({name: `nf-tab:${name}`}))}),
};
Object.defineProperty(globalThis, 'navigator', {value: {locks, onLine: true}, configurable: true});
let calls = [];
let answers = [];
globalThis.fetch = async (path, {method, headers}) => {
  calls.push({path, method, key: headers['Idempotency-Key'], version: headers['If-Match']});
  const {status = 200, code, detail, ...held} = [answers.shift() ?? {}].map((answer) => typeof answer === 'number' ? {status: answer} : answer)[0];
  if (status === 0) throw new TypeError('Failed to fetch');
  const body = JSON.stringify(status < 400 ? held : {status, code, detail, title: `refused with ${status}`});
  return new Response(body, {status, headers: {'Content-Type': status < 400 ? 'application/json' : 'application/problem+json'}});
};

const {discardKept, dropFromOutbox, holds, keepToSend, outboxOf, sendOutbox, wordsOf} = await import('../islands/shared/outbox.js');
const {ApiError, arrivedPost, checkPost} = await import('../islands/content/service.js');
const {keepDraft} = await import('../islands/shared/drafts.js');

const note = (over = {}) => ({label: 'A remark', page: '/notes/1', method: 'POST', path: '/api/v1/remarks', body: {text: 'x'}, idempotencyKey: 'k1', ...over});

async function sent(user) {
  const told = [];
  calls = [];
  const done = await sendOutbox(user, (entry, outcome) => told.push(`${entry.label} ${outcome}`));
  return {done, told, calls};
}

function begin(...statuses) {
  for (const key of Object.keys(localStorage)) localStorage.removeItem(key);
  answers = statuses;
  open = [];
}

test('what was typed after the words that were sent stays', async () => {
  begin();
  const draft = 'nf-draft:u1:p1:closed';
  keepDraft(draft, 1, {text: 'sent, and typed since'});
  await keepToSend('u1', note({draft}), undefined, '2020-01-01T00:00:00.000Z');
  assert.deepEqual((await sent('u1')).told, ['A remark sent']);
  assert.match(localStorage.getItem(draft), /typed since/);
});

test('what may arrive twice needs a key or a version', async () => {
  begin();
  await assert.rejects(keepToSend('u1', note({idempotencyKey: undefined})), /idempotencyKey/);
  await assert.rejects(keepToSend('u1', note({method: 'PATCH', idempotencyKey: undefined})), /version/);
  assert.deepEqual(outboxOf('u1'), []);
});

test('everything of one person is sent in order, with its key and version, and nothing of another', async () => {
  begin();
  await keepToSend('u1', note({label: 'First'}));
  await new Promise((resolve) => { setTimeout(resolve, 2); }); // the times are in milliseconds
  await keepToSend('u1', note({label: 'Second', method: 'PATCH', path: '/api/v1/remarks/2', idempotencyKey: undefined, version: 3}));
  await keepToSend('u11', note({label: 'Of another'}));
  const {done, told, calls: made} = await sent('u1');
  assert.equal(done, true);
  assert.deepEqual(told, ['First sent', 'Second sent']);
  assert.deepEqual(made, [{path: '/api/v1/remarks', method: 'POST', key: 'k1', version: undefined}, {path: '/api/v1/remarks/2', method: 'PATCH', key: undefined, version: '"3"'}]);
  assert.deepEqual([outboxOf('u1').length, outboxOf('u11').length], [0, 1]);
});

test('out of reach, and signed out, it waits', async () => {
  for (const status of [500, 401]) {
    begin(status);
    await keepToSend('u1', note());
    await keepToSend('u1', note({label: 'Behind it'}));
    const {done, told} = await sent('u1');
    assert.equal(done, false);
    assert.equal(told.length, 1);
    assert.equal(outboxOf('u1').length, 2, String(status));
  }
});

test('until its person has proven who they are, it waits', async () => {
  for (const code of ['identity.second_factor_needed', 'identity.recent_authentication_required', 'http.signed_in_as_another']) {
    begin({status: 403, code, detail: 'Prove it first.'});
    await keepToSend('u1', note({draft: 'nf-draft:u1:p1:closed'}));
    const said = [];
    assert.equal(await sendOutbox('u1', (entry, outcome, text) => said.push([outcome, text])), false);
    assert.deepEqual(said, [['signed-out', 'Prove it first.']], code);
    assert.equal(outboxOf('u1')[0]?.entry.refused, undefined);
    assert.equal((await sent('u1')).done, true, code);
  }
});

test('what the server refuses stays for its person, and is not sent again', async () => {
  begin(422);
  await keepToSend('u1', note());
  assert.deepEqual((await sent('u1')).told, ['A remark refused']);
  const [{key, entry}] = outboxOf('u1');
  assert.deepEqual(entry.refused, {status: 422, text: 'refused with 422'});
  assert.deepEqual((await sent('u1')).calls, []);
  dropFromOutbox(key);
  assert.deepEqual(outboxOf('u1'), []);
});

test('a draft goes when it has arrived, unless it was written on, and stays when it is refused', async () => {
  for (const [status, later, left] of [[200, false, 0], [200, true, 1], [412, false, 1]]) {
    begin(status);
    keepDraft('nf-draft:u1:p1:closed', 1, {text: 'x'});
    await keepToSend('u1', note({draft: 'nf-draft:u1:p1:closed'}));
    if (later) localStorage.setItem('nf-draft:u1:p1:closed', JSON.stringify({savedAt: '2999-01-01T00:00:00Z', version: 1, fields: {text: 'more'}}));
    await sent('u1');
    assert.equal(outboxOf('u1').length, 0);
    assert.equal(Object.keys(localStorage).filter((key) => key.startsWith('nf-draft:')).length, left, `${status} ${later}`);
  }
});

test('what was written on a page that is not there any more stays, with its draft, until its person discards it', async () => {
  for (const status of [403, 404, 410]) {
    begin(status);
    keepDraft('nf-draft:u1:p1:closed', 1, {text: 'x'});
    await keepToSend('u1', note({body: {title: 'T', tags: ['a'], body_markdown: 'Words.', slug: ''}, draft: 'nf-draft:u1:p1:closed'}));
    const refused = [];
    await sendOutbox('u1', (entry) => refused.push(entry.refused?.status));
    assert.deepEqual(refused, [status]);
    assert.deepEqual((await sent('u1')).calls, [], 'it is not sent again');
    const [{key, entry}] = outboxOf('u1');
    assert.equal(wordsOf(entry), 'T\n\na\n\nWords.');
    discardKept(key, entry);
    assert.deepEqual(Object.keys(localStorage).filter((at) => /^nf-(draft|outbox):/.test(at)), []);
  }
});

test('nothing is sent while its person is signed out, and all of it when they are back', async () => {
  begin(401, {}, {});
  await keepToSend('u1', note());
  await keepToSend('u1', note({label: 'Behind it'}));
  await keepToSend('u2', note({label: 'Of another'}));
  assert.equal((await sent('u1')).told.length, 1);
  assert.deepEqual((await sent('u1')).told.sort(), ['A remark sent', 'Behind it sent']);
  assert.deepEqual([outboxOf('u1').length, outboxOf('u2').length], [0, 1]);
});

test('how the server writes the same text is no other text', () => {
  assert.ok(holds({title: 'Café', tags: ['a', 'b'], more: 1}, {title: ' Cafe\u0301 ', tags: ['A', 'b', 'a']}));
  assert.ok(holds({}, {slug: ''}));
  assert.ok(!holds({title: 'T', tags: ['a', 'b']}, {title: 'T', tags: ['b', 'a']}));
  assert.ok(!holds({title: 'T'}, {title: 't'}));
  assert.ok(holds({body_markdown: 'a\nb'}, {body_markdown: 'a\r\nb'}));
  assert.ok(!holds({body_markdown: 'code'}, {body_markdown: '    code'}));
  assert.ok(holds({title: 'T', slug: 'made'}, {title: 'T', slug: ''}, ['slug']));
});

test('a change whose answer was lost has arrived, where the thing holds what was sent', async () => {
  const change = note({method: 'PATCH', path: '/api/v1/posts/p1', idempotencyKey: undefined, version: 3, body: {title: 'T', tags: ['a', 'b'], slug: ''}, draft: 'nf-draft:u1:p1:closed', check: checkPost('p1')});
  for (const [now, want, drafts, stays = 0] of [
    [{title: 'T', tags: ['a', 'b'], slug: 'made-of-it', version: 4}, 'sent', 0],
    [{title: 'T', tags: ['a'], slug: '', version: 4}, 'refused', 1],
    [{status: 404}, 'refused', 1, 1],
  ]) {
    begin(412, now);
    keepDraft('nf-draft:u1:p1:closed', 3, {text: 'x'});
    await keepToSend('u1', change);
    const {told, calls: made} = await sent('u1');
    assert.deepEqual(told, [`A remark ${want}`]);
    assert.deepEqual(made.map(({method, path}) => `${method} ${path}`), ['PATCH /api/v1/posts/p1', 'GET /api/v1/posts/p1']);
    assert.equal(outboxOf('u1').length, stays);
    assert.equal(Object.keys(localStorage).filter((key) => key.startsWith('nf-draft:')).length, drafts, want);
  }
  begin(412, {status: 401});
  await keepToSend('u1', change);
  assert.deepEqual([(await sent('u1')).told, outboxOf('u1').length], [['A remark signed-out'], 1]);
});

test('the editor and the outbox see by the same rule that a post has arrived', async () => {
  begin({title: 'T', slug: 'other'});
  assert.equal((await arrivedPost(new ApiError(412, {}), {title: 'T', slug: ''}, 'p1')).slug, 'other');
  begin({title: 'Theirs'});
  await assert.rejects(arrivedPost(new ApiError(412, {}), {title: 'T'}, 'p1'), {status: 412});
  begin();
  await assert.rejects(arrivedPost(new ApiError(409, {}), {title: 'T'}, 'p1'), {status: 409});
});

test('an open tab, and the page of the entry itself, look after their own', async () => {
  begin();
  await keepToSend('u1', note());
  open = [outboxOf('u1')[0].entry.tab];
  assert.deepEqual((await sent('u1')), {done: false, told: [], calls: []});
  open = [];
  globalThis.location.pathname = '/notes/1';
  assert.deepEqual((await sent('u1')).calls, []);
  globalThis.location.pathname = '/here';
  assert.equal((await sent('u1')).done, true);
});

test('an entry that cannot be read hides none of the others', async () => {
  begin();
  await keepToSend('u1', note({label: 'Good'}));
  const good = JSON.parse(localStorage.getItem(outboxOf('u1')[0].key));
  const spoil = (name, value) => localStorage.setItem(`nf-outbox:u1:${name}`, typeof value === 'string' ? value : JSON.stringify({...good, ...value}));
  for (const [name, value] of Object.entries({
    0: '{"label"', 1: 'null', 2: '7', 3: {keptAt: undefined}, 4: {keptAt: 'soon'}, 5: {keptAt: 7}, 6: {path: '//elsewhere/api/'}, 7: {method: 'GET'},
    8: {idempotencyKey: undefined}, 9: {method: 'PATCH'}, a: {label: undefined}, b: {page: 'javascript:alert(1)'}, e: {page: '//elsewhere/'}, c: {refused: {}}, d: {check: {path: 'https://elsewhere/', except: []}},
  })) spoil(name, value);
  assert.deepEqual(outboxOf('u1').map(({entry}) => entry.label), ['Good']);
  assert.deepEqual((await sent('u1')).told, ['Good sent']);
});
