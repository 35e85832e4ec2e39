// Measures pages of the release with Lighthouse and its mobile profile, and prints a Markdown table of medians.
//
//   node deploy/tools/lighthouse/run.js --program bin/neoforge --sampler bin/neoforge-sampler [--runs 5] [--pages /,/posts]
//               [--throttling simulate|devtools] [--only performance]
//
// The program runs on loopback with a database of its own, which the sampler (the same program with its sample data, as it
// is built without -tags release) fills. With --floor 100 it fails when the median of a score is lower.

import {spawn, spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {parseArgs} from 'node:util';
import {launch} from 'chrome-launcher';
import lighthouse from 'lighthouse';

const {values: options} = parseArgs({options: {
  program: {type: 'string'},
  sampler: {type: 'string'},
  runs: {type: 'string', default: '5'},
  pages: {type: 'string', default: '/,/posts,/posts/a-budget-for-slowness,/pricing,/docs,/login,/register,/account'},
  throttling: {type: 'string', default: 'simulate'},
  only: {type: 'string', default: 'performance,accessibility,best-practices,seo'},
  floor: {type: 'string', default: '0'},
}});
if (!options.program || !options.sampler) {
  console.error('Name the program (--program) and the one that writes sample data (--sampler).');
  process.exit(2);
}

const person = {email: 'cleo@neoforge.test', password: 'forge-ahead-2026'};

async function freePort() {
  const server = createServer();
  await new Promise((done, failed) => server.once('error', failed).listen(0, '127.0.0.1', done));
  const {port} = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

function median(numbers) {
  const sorted = numbers.filter((n) => typeof n === 'number').sort((a, b) => a - b);
  return sorted.length === 0 ? null : sorted[Math.floor(sorted.length / 2)];
}

async function ready(site, program) {
  for (let left = 200; left > 0; left--) {
    if (program.exitCode !== null) throw new Error('the program ended');
    try {
      if ((await fetch(`${site}/readyz`)).ok) return;
    } catch {
      // It does not listen yet.
    }
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error('the program is not ready after ten seconds');
}

async function signIn(site) {
  const answer = await fetch(`${site}/login`, {
    method: 'POST', redirect: 'manual', headers: {Origin: site}, body: new URLSearchParams(person),
  });
  const cookies = answer.headers.getSetCookie().map((cookie) => cookie.split(';')[0]);
  if (answer.status !== 303 || cookies.length === 0) throw new Error(`${person.email} cannot sign in: ${answer.status}`);
  return cookies.join('; ');
}

/** A browser on a busy machine sometimes misses the beginning of a page: such a run is no measurement, and is made again. */
async function load(site, port, path, cookie, left = 3) {
  const {lhr} = await lighthouse(site + path, {
    port, logLevel: 'error', onlyCategories: options.only.split(','), throttlingMethod: options.throttling,
    ...(cookie ? {extraHeaders: {Cookie: cookie}} : {}),
  });
  if (!lhr.runtimeError) return lhr;
  if (left === 0) throw new Error(`${path}: ${lhr.runtimeError.message}`);
  return load(site, port, path, cookie, left - 1);
}

async function measure(site, port, path, cookie) {
  const lhr = await load(site, port, path, cookie);
  const score = (name) => lhr.categories[name] && Math.round(lhr.categories[name].score * 100);
  const number = (name) => lhr.audits[name]?.numericValue;
  const lost = Object.values(lhr.categories).flatMap((category) => category.auditRefs)
    .filter(({id, weight}) => weight > 0 && lhr.audits[id].score !== null && lhr.audits[id].score < 0.9).map(({id}) => id);
  return {
    scores: ['performance', 'accessibility', 'best-practices', 'seo'].map(score),
    fcp: number('first-contentful-paint'), lcp: number('largest-contentful-paint'), cls: number('cumulative-layout-shift'),
    tbt: number('total-blocking-time'), lost,
  };
}

const folder = mkdtempSync(join(tmpdir(), 'neoforge-lighthouse-'));
const port = await freePort();
const site = `http://localhost:${port}`;
const environ = {
  PATH: process.env.PATH, HOME: folder, ADDR: `127.0.0.1:${port}`, ADMIN_ADDR: 'off', RATE_LIMIT: 'off', LOG_LEVEL: 'error',
  DATABASE_URL: `sqlite://${join(folder, 'neoforge.db')}`, SECRET_KEY: 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=',
};
let program;
let browser;
let failed = false;
try {
  for (const command of [['migrate', 'up'], ['seed']]) {
    const done = spawnSync(resolve(options.sampler), command, {cwd: folder, env: environ, encoding: 'utf8'});
    if (done.status !== 0) throw new Error(`${command.join(' ')}: ${done.error ?? done.stderr}`);
  }
  program = spawn(resolve(options.program), ['serve'], {cwd: folder, env: environ, stdio: ['ignore', 'ignore', 'inherit']});
  await ready(site, program);
  const cookie = await signIn(site);
  browser = await launch({chromePath: process.env.CHROME_PATH || '/usr/bin/chromium', chromeFlags: ['--headless=new', '--no-sandbox', '--disable-gpu']});
  console.log('| page | performance | accessibility | best practices | SEO | first paint | largest paint | layout shift | blocked |');
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- |');
  const lost = new Map();
  for (const path of options.pages.split(',')) {
    await fetch(site + path); // the first one of all makes the page; the measured ones get what readers get
    const runs = [];
    for (let n = Number(options.runs); n > 0; n--) runs.push(await measure(site, browser.port, path, path === '/account' ? cookie : ''));
    const scores = [0, 1, 2, 3].map((i) => median(runs.map((run) => run.scores[i])));
    const milliseconds = (name) => `${Math.round(median(runs.map((run) => run[name])) ?? 0)} ms`;
    console.log(`| \`${path}\` | ${scores.map((s) => s ?? '–').join(' | ')} | ${milliseconds('fcp')} | ${milliseconds('lcp')} | ` +
      `${(median(runs.map((run) => run.cls)) ?? 0).toFixed(3)} | ${milliseconds('tbt')} |`);
    if (scores.some((score) => score !== null && score < Number(options.floor))) failed = true;
    const reasons = [...new Set(runs.flatMap((run) => run.lost))];
    if (reasons.length > 0) lost.set(path, reasons);
  }
  for (const [path, reasons] of lost) console.error(`${path} lost points for ${reasons.join(', ')}`);
} finally {
  await browser?.kill();
  if (program && program.exitCode === null) {
    const ended = new Promise((done) => program.once('exit', done));
    program.kill('SIGTERM');
    await ended;
  }
  rmSync(folder, {recursive: true, force: true});
}
if (failed) {
  console.error(`A score is under ${options.floor}.`);
  process.exit(1);
}
