import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import card from 'virtual:model-card';
import { isServedByWorker, offline } from '../offline/offline.js';
import { requests } from '../offline/requests.js';
import { storedBytes } from '../offline/stored-data.js';
import { threads } from '../recognition/engine.js';
import { isRemembering } from '../shell/settings.js';
import { texts } from '../texts/texts.js';
import { DeleteEverything } from './DeleteEverything.js';

/** What the page is, what it must not be used for, and what it keeps. */
export function AboutView() {
  const stored = useSignal<number | undefined>(undefined);
  const measure = async () => (stored.value = await storedBytes());
  useEffect(() => void measure(), [offline.value]);
  const { about: words, engine, appearance } = texts.value;
  const isolation = !crossOriginIsolated ? 'none' : isServedByWorker ? 'worker' : 'headers';
  return (
    <section class="about">
      <h1>{words.heading}</h1>
      <p>{words.introduction}</p>
      <div class="columns">
        <article class="card">
          <h2>{words.privacy.heading}</h2>
          <ul>
            <li>{words.privacy.policy}</li>
            <li>{words.privacy.requests(requests.value.own, requests.value.elsewhere)}</li>
            <li>{words.privacy.offline[offline.value]}</li>
            <li>{words.privacy.stored(stored.value)}</li>
          </ul>
          <label class="check">
            <input
              type="checkbox"
              checked={isRemembering.value}
              onChange={({ currentTarget }) => (isRemembering.value = currentTarget.checked)}
            />
            {words.privacy.remember(`${appearance.language}, ${appearance.theme}`)}
          </label>
          <DeleteEverything onDone={measure} />
        </article>
        <article class="card">
          <h2>{words.computing.heading}</h2>
          <ul>
            <li>
              WebAssembly, {engine.threads(threads)}: {words.computing.isolation[isolation]}
            </li>
            <li>{words.computing.network}</li>
            <li>{words.computing.weights(card.weights['sdnet.sha256']!.slice(0, 12))}</li>
          </ul>
        </article>
      </div>
      {words.englishOnly && <p class="hint">{words.englishOnly}</p>}
      {(['limits', 'accuracy', 'training', 'calibration'] as const).map((part) => (
        <article class="card prose" key={part}>
          <h2>{words.parts[part]}</h2>
          {/* Of our own repository, made at build time. */}
          <div lang="en" dangerouslySetInnerHTML={{ __html: card[part] }} />
        </article>
      ))}
      <article class="card">
        <h2>{words.parts.licenses}</h2>
        <ul>
          {card.networks.map(({ name, license, notice }) => (
            <li key={name}>
              {name}: {license}
              {notice && <pre lang="en">{notice}</pre>}
            </li>
          ))}
        </ul>
        <p>
          <a href="./licenses.txt">{words.licenses}</a>
        </p>
      </article>
    </section>
  );
}
