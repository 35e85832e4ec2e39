/**
 * What the islands and Lit's server renderer expect of their surroundings and the engine does not have. Imported before
 * everything else.
 *
 * @module
 */
import {CustomEvent, Event, EventTarget, HTMLElement, customElements} from '@lit-labs/ssr-dom-shim';

/** @type {any} */
const scope = globalThis;

scope.HTMLElement ??= HTMLElement;
scope.customElements ??= customElements;
scope.EventTarget ??= EventTarget;
scope.Event ??= Event;
scope.CustomEvent ??= CustomEvent;
// Signals ask for these when they are loaded. Nothing is collected or put off while an element is rendered.
scope.FinalizationRegistry ??= class { register() {} };
scope.queueMicrotask ??= () => {};
scope.console ??= Object.fromEntries(['debug', 'error', 'info', 'log', 'warn'].map((name) => [name, () => {}]));
