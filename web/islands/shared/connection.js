/**
 * When to try again what the network refused.
 *
 * @module
 */

const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * Tries until it works: when the browser says that it is connected again, when the page is looked at again, and by itself,
 * less and less often. A browser that knows that it is offline is not asked.
 *
 * @param {() => Promise<boolean>} attempt answers whether it worked
 * @param {AbortSignal} signal ends it
 */
export function whenBack(attempt, signal) {
  const over = new AbortController();
  const ended = AbortSignal.any([signal, over.signal]);
  let pause = FIRST_PAUSE_MS;
  let running = false;
  /** @type {ReturnType<typeof setTimeout>} */
  let timer;
  const wait = () => {
    clearTimeout(timer);
    // The jitter keeps many pages from returning at the same moment.
    timer = setTimeout(tryNow, pause * (0.5 + Math.random() / 2));
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  };
  const tryNow = async () => {
    if (running || ended.aborted) return;
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
