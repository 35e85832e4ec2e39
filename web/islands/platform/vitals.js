/**
 * `<nf-platform-vitals>`: measures what the visitor of this page feels, and says so once, when they leave it: the largest paint
 * (LCP), the slowest answer to what they did (INP), how much the page jumped (CLS) and the first byte (TTFB), by the browser's own
 * timings. It says the path, and nothing of who they are. It draws nothing, so it needs no Lit.
 *
 * @module
 */

/** An entry of a kind that TypeScript's own list does not have. @typedef {PerformanceEntry & {value: number, hadRecentInput: boolean, interactionId: number}} Timing */

/** The name under which the server takes what is measured. */
const address = '/vitals';

/** Of so many slow answers one is the worst by chance (web.dev/articles/inp). */
const perOutlier = 50;
const kept = 10;

/**
 * Measures what a visitor feels, and says so once, without saying who they are. It draws nothing.
 *
 * @element nf-platform-vitals
 */
class PlatformVitals extends HTMLElement {
  /** @type {{lcp?: number, inp?: number, cls?: number, ttfb?: number}} */
  #measured = {};
  /** The slowest answers, by the interaction that they are to. @type {Map<number, number>} */
  #slowest = new Map();
  #shifts = {sum: 0, first: 0, last: 0};
  /** Each with what takes its entries. @type {Map<PerformanceObserver, (entries: PerformanceEntryList) => void>} */
  #observers = new Map();
  #gone = new AbortController();

  connectedCallback() {
    if (document.querySelector('nf-platform-vitals') !== this) return; // one speaks for the page
    const navigation = performance.getEntriesByType('navigation')[0];
    // A page that waited in the background was painted when nobody looked.
    const hidden = performance.getEntriesByType('visibility-state').some((entry) => entry.name === 'hidden') || document.visibilityState === 'hidden';
    if (!(navigation instanceof PerformanceNavigationTiming) || hidden) return;
    const start = /** @type {{activationStart?: number}} */ (navigation).activationStart ?? 0; // made ahead of need
    this.#measured.ttfb = Math.max(navigation.responseStart - start, 0);
    this.#observe('largest-contentful-paint', (entry) => this.#measured.lcp = Math.max(entry.startTime - start, 0));
    if (this.#observe('layout-shift', (entry) => this.#shift(entry))) this.#measured.cls = 0;
    this.#observe('first-input', (entry) => this.#answer(entry));
    this.#observe('event', (entry) => this.#answer(entry));
    const {signal} = this.#gone;
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'hidden') this.#send();
    }, {signal});
    addEventListener('pagehide', () => this.#send(), {signal});
  }

  disconnectedCallback() {
    this.#end();
  }

  /**
   * @param {string} type
   * @param {(entry: Timing) => void} take
   */
  #observe(type, take) {
    if (!PerformanceObserver.supportedEntryTypes.includes(type)) return false;
    const takeAll = (/** @type {PerformanceEntryList} */ entries) => entries.forEach((entry) => take(/** @type {Timing} */ (entry)));
    const observer = new PerformanceObserver((list) => takeAll(list.getEntries()));
    observer.observe(/** @type {any} */ ({type, buffered: true, durationThreshold: 40}));
    this.#observers.set(observer, takeAll);
    return true;
  }

  /** The worst run of shifts, none a second after another, five seconds at the most. @param {Timing} entry */
  #shift({startTime, value, hadRecentInput}) {
    if (hadRecentInput) return;
    const run = this.#shifts;
    if (startTime - run.last > 1000 || startTime - run.first > 5000) Object.assign(run, {sum: 0, first: startTime});
    run.sum += value;
    run.last = startTime;
    this.#measured.cls = Math.max(this.#measured.cls ?? 0, run.sum);
  }

  /** @param {Timing} entry */
  #answer({interactionId, duration}) {
    if (!interactionId) return;
    const all = this.#slowest;
    all.set(interactionId, Math.max(all.get(interactionId) ?? 0, duration));
    if (all.size > kept) all.delete([...all].reduce((a, b) => (b[1] < a[1] ? b : a))[0]);
    const slow = [...all.values()].sort((a, b) => b - a);
    const count = /** @type {{interactionCount?: number}} */ (performance).interactionCount ?? all.size;
    this.#measured.inp = slow[Math.min(slow.length - 1, Math.floor(count / perOutlier))];
  }

  #send() {
    if (this.#gone.signal.aborted) return;
    // Who leaves by what they pressed is gone before the observers are called.
    for (const [observer, takeAll] of this.#observers) takeAll(observer.takeRecords());
    this.#end();
    navigator.sendBeacon(address, new Blob([JSON.stringify({path: location.pathname, ...this.#measured})], {type: 'application/json'}));
  }

  #end() {
    this.#gone.abort();
    for (const observer of this.#observers.keys()) observer.disconnect();
  }
}

customElements.define('nf-platform-vitals', PlatformVitals);
