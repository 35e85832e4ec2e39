/**
 * Lit as islands import it. Hydration support has to run before LitElement is defined, so that an element takes over the
 * shadow root that the server rendered instead of painting a second time; importing Lit from here makes sure of it.
 *
 * @module
 */
import '@lit-labs/ssr-client/lit-element-hydrate-support.js';

export {LitElement, css, html, nothing, render, svg} from 'lit';
