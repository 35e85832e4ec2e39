/**
 * `<nf-identity-copy>`: a button that copies what is shown only once.
 *
 * `data-from` is the id of the element that holds it; what stands in its `code` elements is copied, a line each. Where the
 * browser does not allow it the text is selected, to be copied by hand. Without scripts the element is hidden.
 *
 * @module
 */
class IdentityCopy extends HTMLElement {
  /** @type {AbortController | undefined} */
  #attached;

  connectedCallback() {
    this.#attached = new AbortController();
    this.querySelector('button')?.addEventListener('click', () => this.#copy(), {signal: this.#attached.signal});
  }

  disconnectedCallback() {
    this.#attached?.abort();
  }

  async #copy() {
    const source = document.getElementById(this.dataset.from ?? '');
    if (!source) return;
    const lines = Array.from(source.querySelectorAll('code'), (code) => code.textContent ?? '');
    this.#say('');
    try {
      await navigator.clipboard.writeText(lines.join('\n'));
      this.#say('Copied.');
    } catch {
      getSelection()?.selectAllChildren(source);
      this.#say('The browser did not allow it. It is selected: copy it from there.');
    }
  }

  /** @param {string} text */
  #say(text) {
    const place = this.querySelector('[data-message]');
    if (place) place.textContent = text;
  }
}

customElements.define('nf-identity-copy', IdentityCopy);
