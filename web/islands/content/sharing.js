/**
 * How a post begins that comes of what another program shared: as the server begins it where no offline worker stands between
 * (adapters/fiberhttp/contenthttp/share.go).
 *
 * @module
 */

/**
 * @param {import('../shared/shared.js').Shared} shared
 * @param {number} maxTitle in characters
 * @returns {{title: string, body_markdown: string}}
 */
export function beginningOf({title, text, url}, maxTitle) {
  let body = text.trim();
  const address = webAddress(url);
  if (address && !body.includes(address)) body = `${body}\n\n<${address}>`.trim(); // many programs end the text with it
  return {title: [...title.trim().replace(/\s+/g, ' ')].slice(0, maxTitle).join(''), body_markdown: body};
}

/** @param {string} text */
function webAddress(text) {
  try {
    const url = new URL(text.trim());
    return ['http:', 'https:'].includes(url.protocol) ? text.trim() : '';
  } catch {
    return '';
  }
}
