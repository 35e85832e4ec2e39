/**
 * HTML as a tree that is not in the page: of what it holds nothing is run, shown or loaded.
 *
 * @module
 */
import {unsafeHTML} from 'lit/directives/unsafe-html.js';
import {render} from '../shared/lit.js';
import {withoutHandlers} from './paste.js';

/**
 * Lit may make trees of text under the policy of the page; in a document without a window they stay what they are.
 *
 * @param {string} html
 * @returns {Node}
 */
export function inertTree(html) {
  const scope = document.implementation.createHTMLDocument('');
  const tree = scope.createElement('div');
  render(unsafeHTML(withoutHandlers(html)), tree, {creationScope: scope});
  return tree;
}
