/**
 * `<nf-notices-board>`: the notices, which one can search. The server renders them all; `data` holds `{items}`.
 *
 * @module
 */
import {LitElement, css, html} from 'neoforge/lit.js';

customElements.define('nf-notices-board', class extends LitElement {
  static properties = {
    data: {type: Object},
    _sought: {state: true},
  };

  static styles = css`
    ul { padding: 0; list-style: none; }
    li { padding-block: 0.5rem; border-block-end: 1px solid currentColor; }
    @media (scripting: none) { label { display: none; } }
  `;

  constructor() {
    super();
    /** @type {{items: {id: string, text: string, byline: string}[]} | null} */
    this.data = null;
    this._sought = '';
  }

  render() {
    const sought = this._sought.toLowerCase();
    const items = (this.data?.items ?? []).filter((n) => n.text.toLowerCase().includes(sought));
    return html`
      <label>Search <input type="search" .value=${this._sought} @input=${(/** @type {any} */ e) => { this._sought = e.target.value; }}></label>
      <ul>${items.map((n) => html`<li>${n.text} <small>${n.byline}</small></li>`)}</ul>`;
  }
});
