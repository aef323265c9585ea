/** Longest part of a message that comes from a file. */
const longest = 200;

/**
 * What a file says, fit for a message: control and format characters as escapes, so that a name cannot forge a line or
 * move the cursor, and not longer than a person reads.
 */
export function printable(text: string): string {
  const cut = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return cut.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
}
