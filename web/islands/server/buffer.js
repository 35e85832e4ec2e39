/**
 * Stands for Node's "buffer" in the server's bundle: Lit's template digest is the one use, and it asks for base64 only.
 *
 * @module
 */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

export const Buffer = {
  /**
   * @param {string} binary one character a byte
   * @param {'binary'} _encoding
   */
  from(binary, _encoding) {
    return {
      /** @param {'base64'} _to */
      toString(_to) {
        let text = '';
        for (let i = 0; i < binary.length; i += 3) {
          const [a, b, c] = [binary.charCodeAt(i), binary.charCodeAt(i + 1), binary.charCodeAt(i + 2)];
          text += ALPHABET[a >> 2] + ALPHABET[((a & 3) << 4) | (b >> 4)];
          text += Number.isNaN(b) ? '=' : ALPHABET[((b & 15) << 2) | (c >> 6)];
          text += Number.isNaN(c) ? '=' : ALPHABET[c & 63];
        }
        return text;
      },
    };
  },
};
