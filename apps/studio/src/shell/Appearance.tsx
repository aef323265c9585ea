import { type Language, language, languages, texts } from '../texts/texts.js';
import { type Theme, theme, themes } from './appearance.js';

/** Choice of language and colours. */
export function Appearance() {
  const { appearance } = texts.value;
  return (
    <div class="appearance">
      <select
        aria-label={appearance.language}
        value={language.value}
        onChange={({ currentTarget }) => (language.value = currentTarget.value as Language)}
      >
        {Object.entries(languages).map(([name, { language: shown }]) => (
          <option key={name} value={name} lang={name}>
            {shown}
          </option>
        ))}
      </select>
      <select
        aria-label={appearance.theme}
        value={theme.value}
        onChange={({ currentTarget }) => (theme.value = currentTarget.value as Theme)}
      >
        {themes.map((name) => (
          <option key={name} value={name}>
            {appearance[name]}
          </option>
        ))}
      </select>
    </div>
  );
}
