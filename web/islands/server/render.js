/**
 * Renders one island to the bytes that its page carries, inside the program's JavaScript engine or in Node. Every island's
 * module is imported beside this one when it is bundled.
 *
 * @module
 */
import {LitElementRenderer} from '@lit-labs/ssr/lib/lit-element-renderer.js';
import {collectResultSync} from '@lit-labs/ssr/lib/render-result.js';

/** @typedef {import('@lit-labs/ssr/lib/render-value.js').RenderInfo} RenderInfo */

/** @type {string[]} */
const names = [];
const define = customElements.define.bind(customElements);
customElements.define = (name, constructor, options) => {
  names.push(name);
  define(name, constructor, options);
};

/** @param {string} name */
function constructorOf(name) {
  const found = /** @type {any} */ (customElements.get(name));
  if (!found) throw new Error(`There is no island called ${name}.`);
  return found;
}

/**
 * The opening tag and the declarative shadow root. The children and the closing tag are the caller's.
 *
 * @param {string} name
 * @param {[string, string][]} attributes
 * @returns {string}
 */
function renderIsland(name, attributes) {
  if (!LitElementRenderer.matchesClass(constructorOf(name))) throw new Error(`${name} is not a Lit element: write its tag.`);
  const instance = new LitElementRenderer(name);
  const element = instance.element;
  /** @type {RenderInfo} */
  const info = {
    elementRenderers: [LitElementRenderer],
    customElementInstanceStack: [instance],
    customElementHostStack: [instance],
    eventTargetStack: [element],
    slotStack: [],
    deferHydration: false,
  };
  for (const [key, value] of attributes) instance.setAttribute(key, value);
  instance.connectedCallback();
  const {mode = 'open', delegatesFocus} = instance.shadowRootOptions;
  return `<${name}${collectResultSync(instance.renderAttributes())}>`
    + `<template shadowroot="${mode}" shadowrootmode="${mode}"${delegatesFocus ? ' shadowrootdelegatesfocus' : ''}>`
    + collectResultSync(instance.renderShadow(info) ?? [])
    + '</template>';
}

/**
 * The text of every style element that the islands render, so that the page's policy can name its hash.
 *
 * @returns {string[]}
 */
function styles() {
  return names.sort()
    .map((name) => (constructorOf(name).elementStyles ?? []).map((/** @type {{cssText: string}} */ style) => style.cssText).join(''))
    .filter((text) => text !== '');
}

Object.assign(globalThis, {neoforgeIslands: {renderIsland, styles}});
