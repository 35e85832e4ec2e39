/**
 * Lit as islands import it: an element takes over the shadow root that the server rendered instead of painting a second
 * time.
 *
 * @module
 */
import '@lit-labs/ssr-client/lit-element-hydrate-support.js';
import {LitElement} from 'lit';

// Lit calls the support while it is loaded, if the support is there first. A bundler may load them the other way round;
// what the support leaves on the class tells which it was.
if (!Object.hasOwn(LitElement, 'observedAttributes')) {
  /** @type {{litElementHydrateSupport?: (lit: {LitElement: typeof LitElement}) => void}} */ (globalThis).litElementHydrateSupport?.({LitElement});
}

export {LitElement};
export {css, html, nothing, render, svg} from 'lit';
