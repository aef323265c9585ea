import { isUtf8 } from 'node:buffer';

/** What to do with a text in another encoding, for the end of a message. */
export const saveAsUtf8 =
  'Save it as UTF-8 (Excel: "CSV UTF-8"), or fetch it again; in another encoding different names would become one';

export const otherEncoding = 'is in another encoding (UTF-16 or binary); expected text as ASCII or UTF-8';

/**
 * What is wrong with bytes that should be text: that they are UTF-16 or binary, or which byte is no UTF-8, as GBK or
 * Latin-1 have them. Nothing where they are UTF-8.
 */
export function utf8Problem(bytes: Uint8Array): string | undefined {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(2, bytes.length)).toString('hex');
  if (start === 'fffe' || start === 'feff' || bytes.includes(0)) return otherEncoding;
  if (isUtf8(bytes)) return undefined;
  const { byte, before } = firstInvalid(bytes);
  const after = before === '' ? 'at its start' : `after ${JSON.stringify(before.slice(-20))}`;
  return `has the byte 0x${byte.toString(16).toUpperCase().padStart(2, '0')} ${after}, which is not UTF-8`;
}

/** The first byte that a decoder would replace, and the text before it. */
function firstInvalid(bytes: Uint8Array): { byte: number; before: string } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString('utf8');
  let offset = 0;
  let from = 0;
  for (let at = text.indexOf('\uFFFD'); at >= 0; at = text.indexOf('\uFFFD', from)) {
    offset += Buffer.byteLength(text.slice(from, at));
    // The replacement character itself is UTF-8 as well.
    if (buffer.toString('hex', offset, offset + 3) !== 'efbfbd')
      return { byte: buffer[offset]!, before: text.slice(0, at) };
    offset += 3;
    from = at + 1;
  }
  throw new Error('Bytes that are not UTF-8 have no replacement character.');
}
