import { useSignal } from '@preact/signals';
import { type Recipe, requireRecipe } from '@sdnet/training';
import { Choice } from '../components/Choice.js';
import { texts } from '../texts/texts.js';

interface RecipeFormProps {
  readonly recipe: Recipe;
  readonly onChange: (recipe: Recipe) => void;
  /** What it is by default. */
  readonly usual: Recipe;
}

/** How a lesson teaches: the usual settings as a form, all of them as text. */
export function RecipeForm({ recipe, onChange, usual }: RecipeFormProps) {
  const { teach: words } = texts.value;
  const error = useSignal<string | undefined>(undefined);
  const change = (changes: object) => {
    try {
      onChange(requireRecipe({ ...recipe, ...changes }));
      error.value = undefined;
    } catch (refused) {
      error.value = (refused as Error).message;
    }
  };
  const number = (name: 'epochs' | 'batch' | 'learningRate', step: string) => (
    <label class="field">
      {words[name]}
      <input
        type="number"
        min={step}
        {...{ step }}
        value={recipe[name]}
        onChange={({ currentTarget }) => change({ [name]: currentTarget.valueAsNumber })}
      />
    </label>
  );
  return (
    <fieldset class="recipe">
      <legend>{words.recipe}</legend>
      <Choice
        label={words.trainable}
        value={recipe.trainable ?? 'all'}
        options={[
          { value: 'all', text: words.trainAll },
          { value: 'classifier', text: words.trainClassifier },
        ]}
        onChange={(trainable) => change({ trainable })}
      />
      <div class="fields">
        {number('epochs', '1')}
        {number('batch', '1')}
        {number('learningRate', 'any')}
      </div>
      <label class="check">
        <input
          type="checkbox"
          checked={recipe.batchNorm === 'frozen'}
          onChange={({ currentTarget }) => change({ batchNorm: currentTarget.checked ? 'frozen' : 'batch' })}
        />
        {words.frozen}
      </label>
      <details>
        <summary>{words.wholeRecipe}</summary>
        <p class="hint">{words.wholeRecipeHint}</p>
        <textarea
          aria-label={words.wholeRecipe}
          rows={16}
          spellcheck={false}
          value={JSON.stringify(recipe, undefined, 2)}
          onChange={({ currentTarget }) => {
            try {
              change(withoutOthers(JSON.parse(currentTarget.value) as object, recipe));
            } catch {
              error.value = words.noJson;
            }
          }}
        />
        <button onClick={() => change(withoutOthers(usual, recipe))}>{words.usualRecipe}</button>
      </details>
      <div role="alert">{error.value !== undefined && <p class="error">{error.value}</p>}</div>
    </fieldset>
  );
}

/** Fields that the new recipe does not have are gone. */
const withoutOthers = (wanted: object, recipe: Recipe): object => ({
  ...Object.fromEntries(Object.keys(recipe).map((name) => [name, undefined])),
  ...wanted,
});
