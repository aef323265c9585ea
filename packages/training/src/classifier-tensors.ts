import { layoutsOf, type NetworkDescription } from 'sdnet';

/** The names of the tensors that belong to the classes: those that another number of classes would change. */
export function classifierTensors(description: NetworkDescription): string[] {
  const { parameters } = layoutsOf(description);
  const [first, ...others] = description.classNames;
  const { parameters: changed } = layoutsOf({
    ...description,
    classNames: others.length > 0 ? others : [first!, 'another'],
  });
  return parameters.entries.flatMap(({ name, size }, index) =>
    size === changed.entries[index]!.size ? [] : [name],
  );
}
