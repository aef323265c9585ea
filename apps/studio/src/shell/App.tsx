import type { ComponentType } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { AboutView } from '../about/AboutView.js';
import { CompareView } from '../compare/CompareView.js';
import { LiveView } from '../live/LiveView.js';
import { PhotoView } from '../photo/PhotoView.js';
import { WhyView } from '../why/WhyView.js';
import { texts } from '../texts/texts.js';
import { Appearance } from './Appearance.js';
import { lazyView } from './lazy-view.js';
import { route } from './route.js';
import { StatusBar } from './StatusBar.js';
import { type ViewName, viewNames } from './view-names.js';

const views: Readonly<Record<ViewName, ComponentType>> = {
  photo: PhotoView,
  live: LiveView,
  teach: lazyView(async () => (await import('../teach/TeachView.js')).TeachView),
  why: WhyView,
  compare: CompareView,
  about: AboutView,
};

export function App() {
  const { title, tagline, skip, navigation, views: names } = texts.value;
  const View = views[route.value];
  const main = useRef<HTMLElement>(null);
  const isFirst = useRef(true);
  useEffect(() => {
    // Who changes the view by keyboard goes on from its beginning.
    if (!isFirst.current) main.current?.focus();
    isFirst.current = false;
  }, [route.value]);
  return (
    <>
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        {skip}
      </a>
      <header class="top">
        <a class="brand" href={`#${viewNames[0]}`}>
          <img src="./icon.svg" alt="" width="32" height="32" />
          <span>
            <strong>{title}</strong>
            <small>{tagline}</small>
          </span>
        </a>
        <nav aria-label={navigation}>
          {viewNames.map((name) => (
            <a key={name} href={`#${name}`} aria-current={name === route.value ? 'page' : undefined}>
              {names[name]}
            </a>
          ))}
        </nav>
        <Appearance />
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        <View key={route.value} />
      </main>
      <StatusBar />
    </>
  );
}
