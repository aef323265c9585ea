import { effect, signal } from '@preact/signals';
import { texts } from '../texts/texts.js';
import { type ViewName, viewNames } from './view-names.js';

const shown = (): ViewName => viewNames.find((name) => location.hash === `#${name}`) ?? viewNames[0];

/** The view shown: what the address says behind `#`. */
export const route = signal<ViewName>(shown());
addEventListener('hashchange', () => (route.value = shown()));

export function go(view: ViewName): void {
  location.hash = view;
}

effect(() => {
  document.title = `${texts.value.views[route.value]} · ${texts.value.title}`;
});
