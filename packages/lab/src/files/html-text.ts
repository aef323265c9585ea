/** Text as it is written into HTML, in an element or a quoted attribute. */
export const htmlText = (text: string): string =>
  text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
