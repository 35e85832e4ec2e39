/**
 * `<nf-identity-passkey>`: lets the form within be answered by a passkey.
 *
 * When the form is submitted, the browser runs the ceremony (`data-ceremony`: "get" proves, "create" makes a passkey) with
 * options from the form's attribute `data-options` (JSON) or from the API at `data-options-url`; the answer goes into the form's
 * hidden fields `challenge` and `passkey`, and the form is sent as it is; without an answer, where a recent proof of who
 * one is is asked for first, which the server then leads to and back from. With `autofill` the browser also offers passkeys
 * where the address is typed, and asks for new options before the old ones end, so that a page left open still signs in.
 * Without scripts the element stays hidden: nothing else can ask a passkey.
 *
 * @module
 */
import {startAuthentication, startRegistration} from '@simplewebauthn/browser';
import {LitElement, html} from '../shared/lit.js';
import {ApiError, beginCeremony} from './service.js';

/** @typedef {import('@simplewebauthn/browser').PublicKeyCredentialCreationOptionsJSON} CreationOptions */
/** @typedef {import('@simplewebauthn/browser').PublicKeyCredentialRequestOptionsJSON} RequestOptions */

/** The server takes an answer for ten minutes. */
const RENEW_MS = 8 * 60 * 1000;

/**
 * Has the form within answered by a passkey.
 *
 * @element nf-identity-passkey
 * @attr {'get' | 'create'} data-ceremony - `get` proves who one is, `create` makes a passkey
 * @attr {string} data-options-url - where the options of the ceremony are asked for, if the form does not carry them in its own `data-options`
 * @attr {boolean} autofill - offers passkeys where the address is typed as well
 * @slot - the form, with the hidden fields `challenge` and `passkey`
 */
export class IdentityPasskey extends LitElement {
  static properties = {
    ceremony: {attribute: 'data-ceremony'},
    optionsURL: {attribute: 'data-options-url'},
    autofill: {type: Boolean},
  };

  constructor() {
    super();
    /** @type {'get' | 'create'} */
    this.ceremony = 'get';
    this.optionsURL = '';
    this.autofill = false;
    this._pressed = false;
    /** @type {AbortController | undefined} */
    this._attached = undefined;
  }

  connectedCallback() {
    super.connectedCallback();
    this._attached = new AbortController();
    const {signal} = this._attached;
    if (!globalThis.PublicKeyCredential) {
      this.hidden = true;
      return;
    }
    this.addEventListener('submit', (event) => {
      event.preventDefault();
      void this._ask(false, signal);
    }, {signal});
    if (this.autofill) void this._offer(signal);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this._attached?.abort();
  }

  /** @param {AbortSignal} signal */
  async _offer(signal) {
    const able = await PublicKeyCredential.isConditionalMediationAvailable?.().catch(() => false);
    if (!able || signal.aborted) return;
    let asked = Date.now();
    const ask = () => {
      if (this._pressed) return; // another offer would end the one that is answered now
      asked = Date.now();
      void this._ask(true, signal);
    };
    ask();
    // A timer sleeps with the device and with a page in the background: who comes back is offered anew as well.
    const timer = setInterval(ask, RENEW_MS);
    signal.addEventListener('abort', () => clearInterval(timer));
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden && Date.now() - asked >= RENEW_MS) ask();
    }, {signal});
  }

  /**
   * @param {boolean} autofill
   * @param {AbortSignal} signal
   */
  async _ask(autofill, signal) {
    const form = this.querySelector('form');
    if (!form) return;
    this._showError('');
    this._pressed = !autofill;
    try {
      const {challenge, options} = await this._begin(form, signal);
      if (signal.aborted) return;
      const answer = this.ceremony === 'create' ?
        await startRegistration({optionsJSON: /** @type {CreationOptions} */ (options)}) :
        await startAuthentication({optionsJSON: /** @type {RequestOptions} */ (options), useBrowserAutofill: autofill});
      this._fill(form, 'challenge', challenge);
      this._fill(form, 'passkey', JSON.stringify(answer));
      form.submit();
    } catch (error) {
      if (error instanceof ApiError && error.code === 'identity.recent_authentication_required') {
        form.submit();
        return;
      }
      // What nobody asked for is not complained about; a press of the button ends the offer in the address's field.
      if (!autofill && !signal.aborted) this._showError(explain(error));
    } finally {
      if (!autofill) this._pressed = false;
    }
  }

  /**
   * @param {HTMLFormElement} form
   * @param {AbortSignal} signal
   * @returns {Promise<import('./service.js').Ceremony>} whose options are CreationOptions or RequestOptions
   */
  _begin(form, signal) {
    const {options} = form.dataset;
    if (options) return Promise.resolve({challenge: '', options: JSON.parse(options)});
    return beginCeremony(this.optionsURL, signal);
  }

  /**
   * @param {HTMLFormElement} form
   * @param {string} name
   * @param {string} value
   */
  _fill(form, name, value) {
    const input = form.elements.namedItem(name);
    if (input instanceof HTMLInputElement) input.value = value;
  }

  /** @param {string} text stands where the form has its errors */
  _showError(text) {
    const place = this.querySelector('[data-message]');
    if (!(place instanceof HTMLElement)) return;
    place.textContent = text;
    place.hidden = !text;
  }

  render() {
    return html`<slot></slot>`;
  }
}

/** @param {unknown} error */
function explain(error) {
  if (error instanceof ApiError) return error.message;
  const name = error instanceof Error ? error.name : '';
  if (name === 'InvalidStateError') return 'This device has a passkey for your account already.';
  return 'No passkey was used. Try again, or choose another way.';
}

customElements.define('nf-identity-passkey', IdentityPasskey);
