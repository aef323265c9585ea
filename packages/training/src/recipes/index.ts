import { UserError } from 'sdnet';
import { type Recipe, recipeSchema } from '../recipe.js';
import { distilled } from './distilled.js';
import { fineTune } from './fine-tune.js';
import { paper } from './paper.js';
import { strong } from './strong.js';

const recipes = { paper, strong, distilled, 'fine-tune': fineTune };

export const recipeNames = Object.keys(recipes);

/** A recipe by name. Throws a `UserError` that lists the known ones. */
export function recipeNamed(name: string): Recipe {
  const recipe = Object.hasOwn(recipes, name) ? recipes[name as keyof typeof recipes] : undefined;
  if (!recipe) throw new UserError(`There is no recipe ${name}; choose one of ${recipeNames.join(', ')}.`);
  return recipeSchema.parse(recipe);
}
