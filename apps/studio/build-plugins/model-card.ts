import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { marked, Renderer } from 'marked';
import type { Plugin } from 'vite';

const name = 'virtual:model-card';

/** The text below a heading of a Markdown file, up to the next of its rank. */
function section(text: string, heading: string): string {
  const parts = text.split(/^(?=#{1,2} )/m);
  const found = parts.find((part) => part.replace(/^#+ /, '').startsWith(`${heading}\n`));
  if (found === undefined) throw new Error(`There is no section “${heading}” any more.`);
  return found.slice(found.indexOf('\n') + 1).trim();
}

/** HTML without links: those in a repository's files lead nowhere in the page. Tables can be scrolled, also by keys. */
function html(markdown: string, tableLabel: string): string {
  const renderer = new Renderer();
  renderer.link = function ({ tokens }) {
    return this.parser.parseInline(tokens);
  };
  const table = renderer.table;
  renderer.table = function (token) {
    return `<div class="scroll" tabindex="0" role="group" aria-label="${tableLabel}">${table.call(this, token)}</div>`;
  };
  // A table of names and values has an empty head, as Markdown knows no table without.
  return marked
    .parse(markdown, { renderer, async: false })
    .replace(/<thead>\s*<tr>\s*(<th><\/th>\s*)+<\/tr>\s*<\/thead>/g, '');
}

/** What the model's card, its file of weights and the README say of it, as the module `virtual:model-card`. */
export function modelCard(repository: string): Plugin {
  const read = (file: string) => readFileSync(resolve(repository, file), 'utf8');
  function content() {
    const card = read('models/sdnet-fer2013/README.md');
    const readme = read('README.md');
    const weights = readFileSync(resolve(repository, 'models/sdnet-fer2013/weights.safetensors'));
    const headerLength = Number(weights.readBigUInt64LE(0));
    const header = JSON.parse(weights.toString('utf8', 8, 8 + headerLength)) as {
      readonly __metadata__: Readonly<Record<string, string>>;
    };
    const firstTable = card.slice(card.indexOf('\n|'), card.indexOf('\n## '));
    const networks = ['models/sdnet-fer2013', 'models/blazeface'].map((folder) => {
      const { name: called, license } = JSON.parse(read(`${folder}/package.json`)) as Record<string, string>;
      const notice = existsSync(resolve(repository, folder, 'NOTICE')) ? read(`${folder}/NOTICE`) : '';
      return { name: called, license, notice };
    });
    return {
      networks,
      weights: header.__metadata__,
      accuracy: html(section(card, 'Figures'), 'Figures'),
      limits: html(section(readme, 'What it must not be used for'), 'Limits'),
      training: html(firstTable, 'Training'),
      calibration: html(section(card, 'Calibration'), 'Calibration'),
    };
  }
  return {
    name,
    resolveId: (id) => (id === name ? `\0${name}` : undefined),
    load: (id) => (id === `\0${name}` ? `export default ${JSON.stringify(content())}` : undefined),
  };
}
