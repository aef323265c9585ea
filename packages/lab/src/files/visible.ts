const hidden = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/**
 * Text that is not ours, such as a file's or a class's name, fit for one line of a terminal: control and format
 * characters and line separators as escapes, so that it can neither forge a line nor move the cursor.
 */
export const visible = (text: string): string =>
  text.replace(hidden, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);

/** A value as JSON of one line, or of several, in which strings are as they are but for the same characters. */
export const visibleJson = (value: unknown, indent?: number): string =>
  JSON.stringify(value, undefined, indent).replace(hidden, (character) =>
    // Line ends that JSON.stringify writes are between strings; those within are escapes already.
    character === '\n'
      ? character
      : Array.from(
          { length: character.length },
          (_, unit) => `\\u${character.charCodeAt(unit).toString(16).padStart(4, '0')}`,
        ).join(''),
  );
