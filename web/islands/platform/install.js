/**
 * `<nf-platform-install>`: a button in the footer that installs the site, where the browser offers that. The loader brings it
 * when the browser does, with the browser's event as `prompt`.
 *
 * @module
 */

/** @typedef {Event & {prompt: () => Promise<unknown>, userChoice: Promise<{outcome: string}>}} InstallPrompt */

class PlatformInstall extends HTMLElement {
  connectedCallback() {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'button button--small';
    button.textContent = 'Install as an app';
    button.addEventListener('click', async () => {
      const {prompt} = /** @type {{prompt?: InstallPrompt}} */ (/** @type {unknown} */ (this));
      this.remove(); // an offer can be used once; the browser makes another one
      await prompt?.prompt();
    });
    this.replaceChildren(button);
    addEventListener('appinstalled', () => this.remove(), {once: true});
    const footer = document.querySelector('.site-footer__inner');
    if (footer && this.parentElement !== footer) footer.append(this);
  }
}

customElements.define('nf-platform-install', PlatformInstall);
