/**
 * `<nf-identity-acting>`: the bar that says in whose name an administrator acts, and ends it.
 *
 * Pages made for one person hold the bar already; on a page that is the same for everybody this island draws it, in light
 * DOM and the styles of the page.
 *
 * @module
 */
import {SignalWatcher} from '@lit-labs/signals';
import {LitElement, css, html, nothing, render} from '../shared/lit.js';
import {askWhoIsSignedIn, displayName, me} from './store.js';

/**
 * Draws the bar that says in whose name an administrator acts, on pages that are the same for everybody.
 *
 * @element nf-identity-acting
 * @slot - the bar, which the element draws itself when there is somebody to name
 */
export class IdentityActing extends SignalWatcher(LitElement) {
  static styles = css`:host { display: contents; }`;

  connectedCallback() {
    super.connectedCallback();
    void askWhoIsSignedIn();
  }

  updated() {
    const acts = me.get()?.impersonated === true;
    render(acts ? barFor(displayName.get()) : nothing, this);
  }

  render() {
    return html`<slot></slot>`;
  }
}

/**
 * The same picture as of impersonationBar in web/pages/layout/shell.templ.
 *
 * @param {string} name
 */
function barFor(name) {
  return html`<form class="acting" method="post" action="/impersonation/stop" aria-label="Impersonation">
    <span>You act for ${name}. Everything you do is logged in your name.</span>
    <button class="acting__stop" type="submit">Stop</button>
  </form>`;
}

customElements.define('nf-identity-acting', IdentityActing);
