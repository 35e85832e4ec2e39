/**
 * Markdown of what other programs put into the clipboard as HTML: Google Docs, Word, Notion, pages. A walk over a tree that is
 * not in the page; it knows of its nodes what every DOM has, and nothing of what it meets is run, loaded or kept: of an element
 * it takes what it means.
 *
 * @module
 */

/** @typedef {{b?: boolean, i?: boolean, s?: boolean, code?: boolean, href?: string}} Format */
/** @typedef {Format & {text: string}} Run text in Markdown, or as it is where it is code; "\n" is a break of the line */
/** @typedef {{text: string, list?: boolean}} Block */
/** @typedef {{left: number, rich: boolean}} Met pictures that were left out, and whether there was anything but plain text */

const LEFT_OUT = new Set(['script', 'style', 'head', 'title', 'meta', 'link', 'template', 'svg', 'math', 'noscript', 'object', 'embed', 'button', 'select', 'textarea', 'xml', 'video', 'audio', 'canvas']);
const BLOCKS = new Set(['address', 'article', 'aside', 'blockquote', 'body', 'center', 'dd', 'details', 'div', 'dl', 'dt', 'fieldset', 'figcaption', 'figure', 'footer', 'form',
  'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'header', 'hr', 'html', 'iframe', 'li', 'main', 'nav', 'ol', 'p', 'pre', 'section', 'summary', 'table', 'tbody', 'td', 'tfoot', 'th', 'thead', 'tr', 'ul']);
const ELEMENT = 1, TEXT = 3, COMMENT = 8;
/** Punctuation of scripts without spaces, next to which the marks of emphasis are read as text. */
const WIDE = /[\u3000-\u303f\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]/;
/** The cells of a table, empty ones included, beyond which it is no table that somebody wrote. */
const MOST_CELLS = 20000;

/**
 * @param {Node} root whose children were pasted
 * @returns {{text: string, left: number} | null} Markdown, and how many pictures lie elsewhere; null where the plain text says it all
 */
export function markdownOf(root) {
  /** @type {Met} */
  const met = {left: 0, rich: false};
  const text = joined(blocksOf(root, {}, met));
  return met.rich && text !== '' ? {text, left: met.left} : null;
}

/**
 * The policy refuses handlers in attributes even of a tree that is not in the page, and would report each.
 *
 * @param {string} html
 * @returns {string} the same without any; a tag that never ends is looked at once
 */
export function withoutHandlers(html) {
  return html.replace(/<[a-z][^>]*(?:>|$)/gi, (tag) => tag.replace(/([\s/"'])on\w+(?=\s*=)/gi, '$1data-on'));
}

/** @param {Node} node */
function nameOf(node) {
  return node.nodeType === ELEMENT ? node.nodeName.toLowerCase() : '';
}

/**
 * @param {Node} node
 * @param {string} name
 */
function attribute(node, name) {
  return /** @type {Element} */ (node).getAttribute?.(name) ?? '';
}

/**
 * @param {Node} node
 * @param {string} property
 */
function styleOf(node, property) {
  for (const rule of attribute(node, 'style').split(';')) {
    const [name = '', ...value] = rule.split(':');
    if (name.trim().toLowerCase() === property) return value.join(':').trim().toLowerCase();
  }
  return '';
}

/**
 * @param {Node} node
 * @param {string} name
 */
function hasClass(node, name) {
  return attribute(node, 'class').split(/\s+/).some((one) => one === name || one.startsWith(`${name}-`));
}

/** @param {Node} node */
function isLeftOut(node) {
  return LEFT_OUT.has(nameOf(node)) || styleOf(node, 'display') === 'none' || /(^|;)\s*mso-list\s*:\s*ignore/i.test(attribute(node, 'style'));
}

/**
 * @param {Node} node
 * @returns {boolean} whether it is a block, or holds one, as the element does that Google Docs puts around everything
 */
function isBlock(node) {
  return BLOCKS.has(nameOf(node)) || node.nodeType === ELEMENT && !isLeftOut(node) && [...node.childNodes].some(isBlock);
}

/**
 * @param {Node} node
 * @param {Format} format of what is around it
 * @returns {Format}
 */
function formatOf(node, format) {
  const name = nameOf(node);
  const out = {...format};
  const weight = styleOf(node, 'font-weight');
  if (weight) out.b = weight === 'bold' || Number(weight) >= 600;
  else if (name === 'b' || name === 'strong') out.b = true;
  const slant = styleOf(node, 'font-style');
  if (slant) out.i = slant === 'italic' || slant === 'oblique';
  else if (name === 'i' || name === 'em' || name === 'cite') out.i = true;
  if (['s', 'del', 'strike'].includes(name) || styleOf(node, 'text-decoration').includes('line-through')) out.s = true;
  if (['code', 'kbd', 'samp', 'tt'].includes(name)) out.code = true;
  if (name === 'a') out.href = linkOf(attribute(node, 'href')) || format.href;
  return out;
}

/**
 * @param {string} href
 * @returns {string} where a link may lead to; empty for nowhere: what is relative leads elsewhere here, and a script is none
 */
function linkOf(href) {
  try {
    const url = new URL(href.trim());
    const through = /(^|\.)google\.[a-z.]+$/.test(url.hostname) && url.pathname === '/url' ? url.searchParams.get('q') : null;
    if (through) return linkOf(through);
    if (!['http:', 'https:', 'mailto:', 'tel:'].includes(url.protocol)) return '';
    return url.href === `${href.trim()}/` ? href.trim() : url.href.replace(/[()<>\s\\]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  } catch {
    return '';
  }
}

/**
 * @param {Node} parent
 * @param {Format} format
 * @param {Met} met
 * @returns {Block[]}
 */
function blocksOf(parent, format, met) {
  /** @type {Block[]} */
  const out = [];
  /** @type {Run[]} */
  let runs = [];
  const flush = () => {
    const text = lineOf(runs, met);
    runs = [];
    if (text) out.push({text: startOf(text)});
  };
  const children = [...parent.childNodes];
  for (let at = 0; at < children.length; at++) {
    const node = /** @type {Node} */ (children[at]);
    if (node.nodeType === COMMENT && /^\s*(more|members-only)\s*$/.test(node.nodeValue ?? '')) {
      flush();
      met.rich = true;
      out.push({text: '<!--more-->'});
    } else if (wordLevel(node)) {
      flush();
      const items = [];
      for (; at < children.length && (wordLevel(/** @type {Node} */ (children[at])) || children[at]?.nodeType === TEXT && !children[at]?.nodeValue?.trim()); at++) items.push(/** @type {Node} */ (children[at]));
      at--;
      out.push({text: wordList(items, met), list: true});
    } else if (node.nodeType === ELEMENT && !isLeftOut(node) && isBlock(node)) {
      flush();
      out.push(...blockOf(node, formatOf(node, format), met));
    } else {
      runs.push(...runsOf(node, format, met));
    }
  }
  flush();
  return out;
}

/**
 * @param {Node} node a block, or what holds one
 * @param {Format} format
 * @param {Met} met
 * @returns {Block[]}
 */
function blockOf(node, format, met) {
  const name = nameOf(node);
  const heading = /^h([1-6])$/.exec(name)?.[1];
  if (heading) {
    const text = lineOf([...node.childNodes].flatMap((child) => runsOf(child, {...format, b: false}, met)).map((run) => ({...run, b: false})), met).replaceAll('\\\n', ' ');
    met.rich = true;
    return text ? [{text: `${'#'.repeat(Number(heading))} ${text}`}] : [];
  }
  if (hasClass(node, 'callout') || hasClass(node, 'kg-callout')) {
    const text = blocksOf(node, format, met).map((block) => block.text).join(' ');
    met.rich = true;
    return text ? [{text: quoted(text)}] : [];
  }
  switch (name) {
    case 'hr':
      met.rich = true;
      return [{text: '---'}];
    case 'pre':
      return preOf(node, met);
    case 'blockquote': {
      const text = joined(blocksOf(node, format, met));
      met.rich = true;
      return text ? [{text: quoted(text)}] : [];
    }
    case 'ul':
    case 'ol':
      return listOf(node, format, met);
    case 'table':
      return tableOf(node, format, met);
    case 'iframe': {
      const video = /^https:\/\/www\.youtube(?:-nocookie)?\.com\/embed\/([\w-]+)/.exec(attribute(node, 'src'))?.[1];
      const vimeo = /^https:\/\/player\.vimeo\.com\/video\/(\d+)/.exec(attribute(node, 'src'))?.[1];
      if (!video && !vimeo) return [];
      met.rich = true;
      return [{text: video ? `<https://www.youtube.com/watch?v=${video}>` : `<https://vimeo.com/${vimeo}>`}];
    }
    case 'figcaption': {
      const text = lineOf([...node.childNodes].flatMap((child) => runsOf(child, {i: true}, met)), met);
      return text ? [{text}] : [];
    }
    case 'summary':
      return blocksOf(node, {...format, b: true}, met);
    default:
      return blocksOf(node, format, met);
  }
}

/**
 * @param {Node} node
 * @param {Format} format
 * @param {Met} met
 * @returns {Run[]}
 */
function runsOf(node, format, met) {
  if (node.nodeType === TEXT) {
    const text = (node.nodeValue ?? '').replace(/[\s\u00a0]+/g, ' ');
    // A bracket within a link would end its words, and what follows could be another address.
    return [{...format, text: format.code ? text : format.href ? escaped(text).replaceAll(']', '\\]') : escaped(text)}];
  }
  if (node.nodeType !== ELEMENT || isLeftOut(node)) return [];
  switch (nameOf(node)) {
    case 'br':
      return [{text: '\n'}];
    case 'img':
      return pictureOf(node, format, met);
    case 'input':
      if (attribute(node, 'type') !== 'checkbox') return [];
      met.rich = true;
      return [{text: /** @type {Element} */ (node).hasAttribute('checked') ? '[x] ' : '[ ] '}];
    case 'annotation':
      return [{text: node.textContent ?? '', code: true}];
  }
  const inner = formatOf(node, format);
  return [...node.childNodes].flatMap((child) => runsOf(child, inner, met));
}

/**
 * @param {Node} node
 * @param {Format} format
 * @param {Met} met
 * @returns {Run[]}
 */
function pictureOf(node, format, met) {
  let src = attribute(node, 'src');
  if (!/^https?:/i.test(src) || !linkOf(src)) {
    met.left++;
    return [];
  }
  if (hasClass(node, 'wp-image')) src = src.replace(/-\d+x\d+(?=\.\w+$)/, '');
  met.rich = true;
  return [{href: format.href, text: `![${attribute(node, 'alt').replace(/[\\[\]]/g, '\\$&').replace(/\s+/g, ' ').trim()}](${linkOf(src)})`}];
}

/** @param {string} text */
function escaped(text) {
  return text
    .replace(/[\\`*[<]/g, '\\$&')
    .replace(/~~/g, '\\~~')
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\_')
    .replace(/&(?=#?\w+;)/g, '\\&');
}

/**
 * What would make something else of a paragraph at its beginning.
 *
 * @param {string} text
 */
function startOf(text) {
  return text.replace(/^(#{1,6})(?=\s|$)/gm, '\\$1').replace(/^([-+>])/gm, (_, mark) => `\\${mark}`).replace(/^(\d{1,9})([.)])(?=\s)/gm, '$1\\$2').replace(/^(?==+\s*$)/gm, '\\');
}

/**
 * @param {Run[]} runs
 * @param {Met} met
 * @returns {string} the text of one paragraph
 */
function lineOf(runs, met) {
  const trimmed = [...runs];
  const blank = (/** @type {Run | undefined} */ run) => run !== undefined && run.text.trim() === '';
  while (blank(trimmed[0])) trimmed.shift();
  while (blank(trimmed.at(-1))) trimmed.pop();
  if (trimmed.some(({b, i, s, code, href}) => b || i || s || code || href)) met.rich = true;
  return marked(trimmed, ['href', 'b', 'i', 's', 'code']).replace(/ +/g, ' ').replace(/ ?\n ?/g, '\\\n').trim();
}

/**
 * Puts the marks around all that stands side by side and has them.
 *
 * @param {Run[]} runs
 * @param {('href' | 'b' | 'i' | 's' | 'code')[]} marks
 * @returns {string}
 */
function marked(runs, [mark, ...inner]) {
  if (!mark) return runs.map(({text}) => text).join('');
  let out = '';
  for (let at = 0; at < runs.length;) {
    const has = runs[at]?.[mark];
    let end = at + 1;
    // Space between two marked words may be marked or not.
    while (end < runs.length && (runs[end]?.[mark] === has || Boolean(has) && mark !== 'href' && runs[end]?.text.trim() === '' && !runs[end]?.text.includes('\n') && runs[end + 1]?.[mark] === has)) end++;
    const text = marked(runs.slice(at, end), inner);
    out += has ? wrap(mark, text, String(has)) : text;
    at = end;
  }
  return out;
}

/**
 * @param {'href' | 'b' | 'i' | 's' | 'code'} mark
 * @param {string} text
 * @param {string} href
 */
function wrap(mark, text, href) {
  const [, before = '', inside = '', after = ''] = /^(\s*)([\s\S]*?)(\s*)$/.exec(text) ?? [];
  if (inside === '') return text;
  switch (mark) {
    case 'href':
      return `${before}[${inside.replaceAll('\n', ' ')}](${href})${after}`;
    case 'code': {
      const ticks = '`'.repeat(Math.max(0, ...[...inside.matchAll(/`+/g)].map(([run]) => run.length)) + 1);
      const pad = inside.startsWith('`') || inside.endsWith('`') ? ' ' : '';
      return `${before}${ticks}${pad}${inside}${pad}${ticks}${after}`;
    }
  }
  let from = 0, to = inside.length;
  while (from < to && WIDE.test(inside.charAt(from))) from++;
  while (to > from && WIDE.test(inside.charAt(to - 1))) to--;
  const sign = {b: '**', i: '*', s: '~~'}[mark];
  return from === to ? text : `${before}${inside.slice(0, from)}${sign}${inside.slice(from, to)}${sign}${inside.slice(to)}${after}`;
}

/** @param {string} text */
function quoted(text) {
  return text.split('\n').map((line) => (line ? `> ${line}` : '>')).join('\n');
}

/**
 * @param {Node} node
 * @param {Met} met
 * @returns {Block[]}
 */
function preOf(node, met) {
  const text = (node.textContent ?? '').replace(/\n$/, '');
  if (text.trim() === '') return [];
  met.rich = true;
  const code = [...node.childNodes].find((child) => nameOf(child) === 'code');
  const language = /(?:^|\s)lang(?:uage)?-([\w+#.-]+)/.exec(`${attribute(node, 'class')} ${code ? attribute(code, 'class') : ''}`)?.[1] ?? '';
  const fence = '`'.repeat(Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length)) + 1);
  return [{text: `${fence}${language}\n${text}\n${fence}`}];
}

/** @param {Block[]} blocks */
function joined(blocks) {
  return blocks.map(({text, list}, i) => (i === 0 ? '' : list && blocks[i - 1]?.list ? '\n\n<!-- -->\n\n' : '\n\n') + text).join('');
}

/**
 * @param {Node} list
 * @param {Format} format
 * @param {Met} met
 * @returns {Block[]}
 */
function listOf(list, format, met) {
  met.rich = true;
  /** @type {{parts: Block[]}[]} */
  const items = [];
  for (const child of list.childNodes) {
    if (child.nodeType !== ELEMENT || isLeftOut(child)) continue;
    const inner = formatOf(child, format);
    const within = ['ul', 'ol'].includes(nameOf(child)) ? listOf(child, inner, met) : null;
    const last = items.at(-1);
    if (within && last) last.parts.push(...within); // Google Docs puts a list beside the item that it belongs to
    else items.push({parts: within ?? blocksOf(child, inner, met)});
  }
  const first = Number(attribute(list, 'start')) || 1;
  const text = itemsOf(items, nameOf(list) === 'ol' ? (i) => `${first + i}. ` : () => '- ');
  return text ? [{text, list: true}] : [];
}

/**
 * @param {{parts: Block[]}[]} items
 * @param {(i: number) => string} mark
 */
function itemsOf(items, mark) {
  const texts = items.filter(({parts}) => parts.length > 0).map(({parts}, i) => {
    const inside = parts.map(({text, list}, at) => (at === 0 ? '' : list ? '\n' : '\n\n') + text).join('').replace(/^\\\[([ xX])\] /, '[$1] ');
    return mark(i) + inside.split('\n').map((line, at) => (at === 0 || line === '' ? line : ' '.repeat(mark(i).length) + line)).join('\n');
  });
  return texts.join(texts.some((text) => text.includes('\n\n')) ? '\n\n' : '\n');
}

/**
 * @param {Node} node
 * @returns {number} at which level a paragraph of Word's is an item of a list; 0: it is none
 */
function wordLevel(node) {
  if (nameOf(node) !== 'p') return 0;
  const level = /\blevel(\d)/.exec(styleOf(node, 'mso-list'))?.[1];
  return level ? Number(level) : 0;
}

/**
 * @param {Node[]} nodes paragraphs of Word's, each an item
 * @param {Met} met
 */
function wordList(nodes, met) {
  met.rich = true;
  /** @type {number[]} */
  const counts = [];
  return nodes.filter((node) => wordLevel(node) > 0).map((node) => {
    const level = Math.min(wordLevel(node), 6);
    counts.length = level;
    counts[level - 1] = (counts[level - 1] ?? 0) + 1;
    const sign = /^\(?[\p{L}\d]{1,4}[.)]/u.test(signOf(node).trim()) ? `${counts[level - 1]}. ` : '- ';
    const text = blocksOf(node, {}, met).map((block) => block.text).join(' ');
    return `${'   '.repeat(level - 1)}${sign}${text}`;
  }).join('\n');
}

/**
 * @param {Node} node
 * @returns {string} what Word writes before an item
 */
function signOf(node) {
  if (/mso-list\s*:\s*ignore/i.test(attribute(node, 'style'))) return node.textContent ?? '';
  return [...node.childNodes].map(signOf).join('');
}

/**
 * @param {Node} table
 * @param {Format} format
 * @param {Met} met
 * @returns {Block[]}
 */
function tableOf(table, format, met) {
  const rows = rowsOf(table).map((row) => [...row.childNodes].filter((cell) => ['td', 'th'].includes(nameOf(cell))));
  const width = Math.max(0, ...rows.map((row) => row.length));
  if (width < 2 || width * rows.length > MOST_CELLS) return rows.flat().flatMap((cell) => blocksOf(cell, format, met)); // it places things
  met.rich = true;
  const lines = rows.map((row) => {
    const cells = row.map((cell) => blocksOf(cell, nameOf(cell) === 'th' ? {...format, b: false} : format, met).map(({text}) => text).join(' ').replace(/\\?\n\s*/g, ' ').replaceAll('|', '\\|'));
    return `| ${[...cells, ...Array(width - cells.length).fill('')].join(' | ')} |`;
  });
  return [{text: [lines[0], `|${' --- |'.repeat(width)}`, ...lines.slice(1)].join('\n')}];
}

/**
 * @param {Node} node
 * @returns {Node[]}
 */
function rowsOf(node) {
  return [...node.childNodes].flatMap((child) => (nameOf(child) === 'tr' ? [child] : ['tbody', 'thead', 'tfoot'].includes(nameOf(child)) ? rowsOf(child) : []));
}
