/** Throws where `values` are not rows of `classes` finite numbers, one for each label, or a label is no class. */
export function requireRows(values: ArrayLike<number>, labels: ArrayLike<number>, classes: number): void {
  if (labels.length === 0) throw new Error('Calibration needs at least one image.');
  if (values.length !== labels.length * classes)
    throw new Error(`There are ${values.length} scores for ${labels.length} labels and ${classes} classes.`);
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row]!;
    if (!(Number.isInteger(label) && label >= 0 && label < classes))
      throw new Error(`Image ${row + 1} has the label ${label}, but there are ${classes} classes.`);
    for (let index = row * classes; index < (row + 1) * classes; index++)
      if (!Number.isFinite(values[index]!))
        throw new Error(`A score of image ${row + 1} is ${values[index]}; finite numbers are expected.`);
  }
}
