/**
 * Loads islands when their moment comes: `<nf-… on="load | idle | visible | interaction | signed-in">`. What
 * says `never` stays as the server rendered it.
 *
 * The module of each element stands in the script tag's `data-islands` (JSON: element name to address); what is missing
 * there follows the naming rule nf-<context>-<thing> -> <context>/<thing>.js beside this file. `data-service-worker` on
 * the same tag registers the worker. Until an element's module has arrived, a press on one of its script-only buttons is
 * kept and repeated afterwards; links and forms work by themselves. Before anything else it drops what
 * the browser keeps of people who have signed out of it. It brings the islands of what no page comes with: a new version of
 * the site (see pwa/worker.js), the browser's offer to install it, what was written offline, and at Ctrl+K the palette.
 *
 * @module
 */

// What fails in the scripts of this page is told to the server, three times at the most: the words, the stack and the path.
let faults = 3;

/**
 * @param {any} error
 * @param {string} [at]
 */
function reportFault(error, at) {
  if (faults-- <= 0) return;
  const text = (/** @type {unknown} */ said, length = 500) => String(said ?? '').slice(0, length);
  navigator.sendBeacon('/faults', new Blob([JSON.stringify({
    path: location.pathname, type: text(error?.name), message: text(error?.message ?? error) || 'nothing', stack: text(error?.stack ?? at, 3000),
  })], {type: 'application/json'}));
}
addEventListener('error', ({error, message, filename, lineno}) => {
  if (error || filename) reportFault(error ?? {message}, `@${filename}:${lineno}`);
});
addEventListener('unhandledrejection', ({reason}) => reportFault(reason));

forgetWhoLeft();

/** The server names in a cookie who signed out; their drafts and what they wrote offline (`nf-…:<id>:`), and the pages kept, go. */
function forgetWhoLeft() {
  const [, name = '', people = ''] = /(?:^|;\s*)((?:__Host-)?signed_out)=([0-9a-z.-]+)/.exec(document.cookie) ?? [];
  if (!people) return;
  try {
    for (const key of Object.keys(localStorage)) {
      const [kind, id = ''] = key.split(':');
      if (kind?.startsWith('nf-') && people.split('.').includes(id)) localStorage.removeItem(key);
    }
  } catch {
    // A browser that refuses storage has kept nothing.
  }
  void navigator.serviceWorker?.ready.then(({active}) => active?.postMessage({type: 'signed-out'}));
  document.cookie = `${name}=; Max-Age=0; Path=/${name.startsWith('__Host-') ? '; Secure' : ''}`;
}

// A form says for whom its page was made: whoever has signed in in this browser since is not taken for them.
document.addEventListener('formdata', (event) => {
  const {target, formData} = event;
  if (!user || !(target instanceof HTMLFormElement)) return;
  const [method, action] = ['method', 'action'].map((name) => target.getAttribute(name) ?? ''); // a field may be named so
  if (method.toLowerCase() === 'post' && new URL(action, location.href).origin === location.origin) {
    formData.set('signed_in_as', user);
  }
});

// "/" leads to the field that searches, or to the page that has one, unless somebody writes.
addEventListener('keydown', (event) => {
  const at = event.composedPath()[0];
  if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
  if (at instanceof HTMLElement && (at.isContentEditable || at.matches('input, select, textarea'))) return;
  const field = /** @type {HTMLInputElement | null} */ (document.querySelector('[aria-keyshortcuts="/"]'));
  if (!field) return;
  event.preventDefault();
  if (!field.checkVisibility()) return location.assign(field.form?.action ?? '');
  field.focus();
  field.select();
});

// Ctrl+K or ⌘K leads anywhere, on layouts without a K, too; in a field that takes the key for itself it stays that field's.
addEventListener('keydown', (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey || event.isComposing || event.defaultPrevented) return;
  if (event.key !== 'k' && (event.code !== 'KeyK' || /^[a-z]$/i.test(event.key))) return;
  event.preventDefault();
  const palette = /** @type {any} */ (document.querySelector('nf-platform-palette:not([inline])'));
  if (palette) palette.show?.();
  else bring('nf-platform-palette');
});

const script = /** @type {HTMLScriptElement | null} */ (document.querySelector('script[type="module"][data-islands]'));
const user = script?.dataset.user;
/** @type {Record<string, string>} */
const modules = JSON.parse(script?.dataset.islands || '{}');

/** @type {Map<string, Promise<unknown>>} */
const imports = new Map();
/** @type {WeakSet<Element>} */
const known = new WeakSet();

/** @param {string} name */
function addressOf(name) {
  const [, context, ...thing] = name.split('-');
  return modules[name] ?? new URL(`./${context}/${thing.join('-')}.js`, import.meta.url).href;
}

/**
 * What the network dropped is asked for once more, a second later. Browsers also drop what a page loads when somebody
 * leaves it: that page is gone before the second is over, and tells of no fault.
 *
 * @param {string} address
 */
async function importFrom(address) {
  try {
    return await import(address);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    await new Promise((resolve) => { setTimeout(resolve, 1000); });
    return import(address);
  }
}

/** @param {Element} element */
function load(element) {
  const name = element.localName;
  let module = imports.get(name);
  if (!module) {
    module = importFrom(addressOf(name));
    imports.set(name, module);
  }
  return module.then(() => /** @type {any} */ (element).updateComplete);
}

/**
 * @param {Element} element
 * @param {() => void} begin
 */
function keepFirstPress(element, begin) {
  /** @type {HTMLElement | undefined} */
  let pressed;
  /** @param {Event} event */
  const keep = (event) => {
    const button = event.composedPath().find((node) => node instanceof HTMLButtonElement && node.type === 'button');
    if (button) {
      event.preventDefault();
      event.stopImmediatePropagation();
      pressed = /** @type {HTMLElement} */ (button);
    }
    begin();
  };
  element.addEventListener('click', keep, true);
  element.addEventListener('focusin', begin, {once: true});
  return () => {
    element.removeEventListener('click', keep, true);
    element.removeEventListener('focusin', begin);
    pressed?.click();
  };
}

const visible = 'IntersectionObserver' in window && new IntersectionObserver((entries) => {
  for (const {isIntersecting, target} of entries) {
    if (isIntersecting) target.dispatchEvent(new Event('nf-island-visible'));
  }
});

/** The cookie that tells that there may be a session; of what is in it scripts see nothing. */
const hint = /(?:^|;\s*)(?:__Host-)?signed_in=1(?:;|$)/;

/** @param {Element} element */
function arm(element) {
  if (known.has(element) || !element.localName.startsWith('nf-')) return;
  known.add(element);
  const moment = element.getAttribute('on');
  if (moment === 'never' || (moment === 'signed-in' && !hint.test(document.cookie))) return;
  let begun = false;
  const begin = () => {
    if (begun) return;
    begun = true;
    if (visible) visible.unobserve(element);
    load(element).then(release, (error) => {
      release();
      reportFault(error);
      console.error(`The island ${element.localName} could not be loaded.`, error);
    });
  };
  const release = keepFirstPress(element, begin);
  switch (moment) {
    case 'interaction':
      break;
    case 'visible':
      if (!visible) return begin();
      element.addEventListener('nf-island-visible', begin, {once: true});
      visible.observe(element);
      break;
    case 'idle':
      if ('requestIdleCallback' in window) requestIdleCallback(begin, {timeout: 2000});
      else setTimeout(begin, 200);
      break;
    default:
      begin();
  }
}

/** @param {ParentNode} root */
function armAll(root) {
  for (const element of root.querySelectorAll('[on]')) arm(element);
}

armAll(document);
new MutationObserver((records) => {
  for (const {addedNodes} of records) {
    for (const node of addedNodes) {
      if (!(node instanceof Element)) continue;
      if (node.hasAttribute('on')) arm(node);
      armAll(node);
    }
  }
}).observe(document.documentElement, {childList: true, subtree: true});

const worker = script?.dataset.serviceWorker;
if (worker && 'serviceWorker' in navigator) {
  /** @type {any} */
  const factory = /** @type {any} */ (window).trustedTypes;
  const policy = factory?.createPolicy('neoforge', {
    /** @param {string} address */
    createScriptURL(address) {
      if (address !== worker) throw new TypeError(`${address} is not this site's service worker.`);
      return address;
    },
  });
  addEventListener('load', async () => {
    try {
      const registration = await navigator.serviceWorker.register(policy ? policy.createScriptURL(worker) : worker);
      const tell = () => {
        if (registration.waiting && navigator.serviceWorker.controller) bring('nf-platform-update', {registration});
      };
      tell();
      registration.addEventListener('updatefound', () => registration.installing?.addEventListener('statechange', tell));
    } catch (error) {
      console.error('The offline worker could not be registered.', error);
    }
  });
  addEventListener('beforeinstallprompt', (prompt) => {
    prompt.preventDefault();
    // Whoever only reads loads no more than the page needs: the offer comes when they touch it.
    const over = new AbortController();
    for (const type of ['pointerdown', 'keydown', 'scroll']) {
      addEventListener(type, () => {
        over.abort();
        bring('nf-platform-install', {prompt}, document.querySelector('.site-footer__inner'));
      }, {signal: over.signal});
    }
  });
}

// What this person sent offline, in a tab that is closed now.
try {
  if (user && Object.keys(localStorage).some((key) => key.startsWith(`nf-outbox:${user}:`))) bring('nf-platform-outbox');
} catch {
  // As above.
}

/**
 * Adds an island that the page does not come with, once.
 *
 * @param {string} name
 * @param {object} [properties]
 * @param {Element | null} [where]
 */
function bring(name, properties, where) {
  if (document.querySelector(`${name}:not([inline])`)) return;
  const element = Object.assign(document.createElement(name), properties);
  (where ?? document.body).append(element);
  load(element).catch((error) => console.error(`The island ${name} could not be loaded.`, error));
}
