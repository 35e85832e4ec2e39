import assert from 'node:assert/strict';
import test from 'node:test';

globalThis.document = Object.assign(new EventTarget(), {visibilityState: 'visible', querySelector: () => null});
Object.defineProperty(globalThis, 'navigator', {value: {onLine: true}, configurable: true});
const page = new EventTarget();
globalThis.addEventListener = page.addEventListener.bind(page);
const {whenBack} = await import('../islands/shared/connection.js');
const {request} = await import('../islands/shared/api.js');

const settled = () => new Promise((resolve) => { setImmediate(resolve); });

/** Begins with a clock that stands still until it is told to go on. */
function begin(t) {
  t.mock.timers.enable({apis: ['setTimeout']});
  let now = begin.last = (begin.last ?? 0) + 10_000_000; // what an earlier test was told to wait for is over
  t.mock.method(performance, 'now', () => now);
  const over = new AbortController();
  t.after(() => over.abort());
  return {
    signal: over.signal,
    pass: async (ms) => {
      now += ms;
      t.mock.timers.tick(ms);
      await settled();
    },
  };
}

test('what fails is tried less and less often, and once more when the connection is back', async (t) => {
  const {signal, pass} = begin(t);
  const waits = [];
  let tries = 0;
  let works = false;
  whenBack(async () => { tries++; return works; }, signal, (ms) => waits.push(ms));
  for (let i = 0; i < 8; i++) await pass(waits.at(-1));
  assert.equal(tries, 8);
  for (const [i, ms] of waits.entries()) {
    const most = Math.min(2_000 * 2 ** i, 60_000);
    assert.ok(ms >= most / 2 && ms <= most, `the pause ${i} is ${ms}`);
  }
  works = true;
  page.dispatchEvent(new Event('online'));
  await settled();
  await pass(600_000);
  assert.equal(tries, 9);
});

test('a server that says when to come back is not asked before, whatever happens', async (t) => {
  const {signal, pass} = begin(t);
  t.mock.method(globalThis, 'fetch', async () => new Response('busy', {status: 503, headers: {'Retry-After': '120'}}));
  await assert.rejects(request('/api/v1/x', {method: 'PATCH', body: {}}), {status: 503});
  const waits = [];
  let tries = 0;
  whenBack(async () => { tries++; return true; }, signal, (ms) => waits.push(ms));
  assert.ok(waits[0] > 120_000 && waits[0] < 125_000, String(waits[0]));
  await pass(60_000);
  page.dispatchEvent(new Event('online'));
  document.dispatchEvent(new Event('visibilitychange'));
  await settled();
  assert.equal(tries, 0);
  await pass(62_000);
  assert.equal(tries, 1);
});

test('a server that asks for longer than an hour is asked after one', async (t) => {
  const {signal} = begin(t);
  t.mock.method(globalThis, 'fetch', async () => new Response('busy', {status: 503, headers: {'Retry-After': '99999999'}}));
  await assert.rejects(request('/api/v1/x', {method: 'PATCH', body: {}}), {status: 503});
  const waits = [];
  whenBack(async () => true, signal, (ms) => waits.push(ms));
  assert.ok(waits[0] < 3_605_000, String(waits[0]));
});
