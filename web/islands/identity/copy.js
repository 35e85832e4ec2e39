/**
 * `<nf-identity-copy>`: a button that copies what is shown only once.
 *
 * The button is its child. `data-from` is the id of the element that holds it; what stands in its `code` elements is
 * copied, a line each. Where the browser does not allow it the text is selected, to be copied by hand. Without scripts the
 * element is hidden.
 *
 * @module
 */
import {LitElement, css, html, nothing} from '../shared/lit.js';

/**
 * Copies what is shown only once; where the browser does not allow it, selects it to be copied by hand.
 *
 * @element nf-identity-copy
 * @attr {string} data-from - the id of the element whose `code` elements are copied, a line each
 * @slot - the button that is pressed
 * @cssprop [--text-sm] - the size of what it says
 * @cssprop [--color-muted] - the colour of what it says
 */
export class IdentityCopy extends LitElement {
  static properties = {
    from: {attribute: 'data-from'},
    _status: {state: true},
  };

  static styles = css`
    .status { font-size: var(--text-sm); color: var(--color-muted); }
    .status:empty { display: none; }
  `;

  constructor() {
    super();
    this.from = '';
    this._status = '';
    this.addEventListener('click', (event) => {
      if (event.target instanceof Element && event.target.closest('button')) void this._copy();
    });
  }

  async _copy() {
    const source = document.getElementById(this.from);
    if (!source) return;
    const lines = Array.from(source.querySelectorAll('code'), (code) => code.textContent ?? '');
    this._status = '';
    try {
      await navigator.clipboard.writeText(lines.join('\n'));
      this._status = 'Copied.';
    } catch {
      getSelection()?.selectAllChildren(source);
      this._status = 'The browser did not allow it. It is selected: copy it from there.';
    }
  }

  render() {
    // An empty text leaves no node in what the server rendered, which a later text would be written into.
    return html`<slot></slot><span class="status" role="status">${this._status || nothing}</span>`;
  }
}

customElements.define('nf-identity-copy', IdentityCopy);
