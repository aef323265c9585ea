import { constant, formatShape, type Value } from './graph.js';
import { add } from './ops/elementwise.js';

/**
 * The reverse pass: extends the graph by the gradient of `loss` by each of `sources`.
 *
 * Only what lies between the sources and the loss is differentiated, so what is not asked for costs nothing.
 *
 * @param loss a single number
 * @returns for each source a value of its shape; undefined where the loss does not depend on it
 * @throws where the path crosses an operator without derivative
 */
export function gradients(loss: Value, sources: readonly Value[]): (Value | undefined)[] {
  if (loss.shape.some((dimension) => dimension !== 1))
    throw new Error(`gradients: the loss must be a single number, not ${formatShape(loss.shape)}.`);
  const { graph } = loss;
  const depends = new Set(sources);
  const forward = [...graph.nodes];
  for (const node of forward)
    if (node.inputs.some((value) => depends.has(value)))
      for (const output of node.outputs) depends.add(output);

  const seed = constant(
    graph,
    [1],
    loss.shape.map(() => 1),
  );
  const found = new Map<Value, Value>([[loss, seed]]);
  for (const node of forward.reverse()) {
    if (!node.outputs.some((output) => depends.has(output) && found.has(output))) continue;
    if (!node.operator.gradient)
      throw new Error(`gradients: the operator ${node.operator.name} has no derivative.`);
    const needed = node.inputs.map((value) => depends.has(value));
    const outputGradients = node.outputs.map((output) => found.get(output));
    for (const [index, gradient] of node.operator.gradient(node, outputGradients, needed).entries()) {
      if (!gradient || !needed[index]) continue;
      const operand = node.inputs[index]!;
      const earlier = found.get(operand);
      found.set(operand, earlier ? add(earlier, gradient) : gradient);
    }
  }
  return sources.map((source) => found.get(source));
}
