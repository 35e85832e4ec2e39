/**
 * When to try again what the network refused.
 *
 * @module
 */
import {untilBack} from './api.js';

const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * Tries until it works: when the browser says that it is connected again, when the page is looked at again, and by itself,
 * less and less often. A browser that knows that it is offline is not asked, nor is a server that said when to come back.
 *
 * @param {() => Promise<boolean>} attempt answers whether it worked
 * @param {AbortSignal} signal ends it
 * @param {(ms: number) => void} [waits] is told how long it is until the next attempt, where nothing happens before
 */
export function whenBack(attempt, signal, waits) {
  const over = new AbortController();
  const ended = AbortSignal.any([signal, over.signal]);
  let pause = FIRST_PAUSE_MS;
  let running = false;
  /** @type {ReturnType<typeof setTimeout>} */
  let timer;
  const wait = () => {
    clearTimeout(timer);
    // The jitter keeps many pages from returning at the same moment.
    const own = pause * (0.5 + Math.random() / 2);
    const ms = Math.max(own, untilBack() + own / 4);
    timer = setTimeout(tryNow, ms);
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    waits?.(ms);
  };
  const tryNow = async () => {
    if (running || ended.aborted) return;
    if (untilBack() > 0) return wait();
    running = true;
    const worked = navigator.onLine !== false && await attempt();
    running = false;
    if (worked) over.abort();
    else if (!ended.aborted) wait();
  };
  const soon = () => {
    pause = FIRST_PAUSE_MS;
    void tryNow();
  };
  addEventListener('online', soon, {signal: ended});
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') soon();
  }, {signal: ended});
  ended.addEventListener('abort', () => clearTimeout(timer));
  wait();
}
