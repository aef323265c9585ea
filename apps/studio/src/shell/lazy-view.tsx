import { signal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { errorText, texts } from '../texts/texts.js';

/** A view whose code is loaded when it is first shown. */
export function lazyView(load: () => Promise<ComponentType>): ComponentType {
  const loaded = signal<ComponentType | undefined>(undefined);
  const failed = signal<unknown>(undefined);
  return function LazyView() {
    useEffect(() => {
      failed.value = undefined;
      load().then(
        (view) => (loaded.value = view),
        (error: unknown) => (failed.value = error),
      );
    }, []);
    const View = loaded.value;
    if (View) return <View />;
    if (failed.value === undefined) return <p role="status">{texts.value.engine.loading}</p>;
    return (
      <p class="error" role="alert">
        {errorText(failed.value)}
      </p>
    );
  };
}
