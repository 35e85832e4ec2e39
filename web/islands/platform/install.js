/**
 * `<nf-platform-install>`: a button in the footer that installs the site, where the browser offers that. The loader brings it
 * when the browser does and the page is touched, with the browser's event as `prompt`. It has no shadow root: it is made in the
 * browser alone, and looks as the page's buttons do.
 *
 * @module
 */
import {LitElement, html} from '../shared/lit.js';

/** @typedef {Event & {prompt: () => Promise<unknown>}} InstallPrompt */

/**
 * Offers to install the site. It draws light DOM, in the styles of the page.
 *
 * @element nf-platform-install
 * @prop {InstallPrompt | null} prompt - the browser's event, which the loader hands over
 */
export class PlatformInstall extends LitElement {
  static properties = {prompt: {attribute: false}};

  constructor() {
    super();
    /** @type {InstallPrompt | null} */
    this.prompt = null;
    this._installed = () => this.remove();
  }

  createRenderRoot() {
    return this;
  }

  connectedCallback() {
    super.connectedCallback();
    addEventListener('appinstalled', this._installed);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    removeEventListener('appinstalled', this._installed);
  }

  async _install() {
    this.remove(); // an offer can be used once; the browser makes another one
    await this.prompt?.prompt();
  }

  render() {
    return html`<button type="button" class="button button--small" @click=${this._install}>Install as an app</button>`;
  }
}

customElements.define('nf-platform-install', PlatformInstall);
