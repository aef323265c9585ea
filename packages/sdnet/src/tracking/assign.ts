import { munkres } from 'munkres';

/**
 * Pairs rows with columns so that the sum of the costs of all pairs is least, where leaving a row and a column alone
 * costs `limit` together: the Hungarian method. Rows and columns that could only be paired among themselves are solved by
 * themselves, which keeps hundreds of faces cheap.
 *
 * @returns for each row its column, or undefined
 */
export function assign(
  rows: number,
  columns: number,
  cost: (row: number, column: number) => number,
  limit: number,
): (number | undefined)[] {
  /** The gain of each pair that is better than none. */
  const gains = Array.from({ length: rows }, () => new Map<number, number>());
  const rowsOfColumn = Array.from({ length: columns }, (): number[] => []);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const gain = limit - cost(row, column);
      if (!(gain > 0)) continue;
      gains[row]!.set(column, gain);
      rowsOfColumn[column]!.push(row);
    }
  const assigned: (number | undefined)[] = Array(rows).fill(undefined);
  const seen = new Set<number>();
  for (let start = 0; start < rows; start++) {
    if (seen.has(start) || gains[start]!.size === 0) continue;
    const group = groupOf(start, gains, rowsOfColumn);
    for (const row of group.rows) seen.add(row);
    // The library is several times as fast where there are no more rows than columns.
    const isTall = group.rows.length > group.columns.length;
    const [first, second] = isTall ? [group.columns, group.rows] : [group.rows, group.columns];
    const gain = (a: number, b: number) => (isTall ? gains[b]!.get(a) : gains[a]!.get(b));
    for (const [i, j] of munkres(first.map((a) => second.map((b) => -(gain(a, b) ?? 0))))) {
      const [row, column] = isTall ? [second[j]!, first[i]!] : [first[i]!, second[j]!];
      if (gains[row]!.has(column)) assigned[row] = column;
    }
  }
  return assigned;
}

/** All rows and columns that are connected with a row by possible pairs. */
function groupOf(
  start: number,
  gains: readonly ReadonlyMap<number, number>[],
  rowsOfColumn: readonly (readonly number[])[],
): { rows: number[]; columns: number[] } {
  const rows = new Set([start]);
  const columns = new Set<number>();
  // A set is iterated in the order of insertion, also over what is added meanwhile.
  for (const row of rows)
    for (const column of gains[row]!.keys()) {
      if (columns.has(column)) continue;
      columns.add(column);
      for (const other of rowsOfColumn[column]!) rows.add(other);
    }
  return { rows: [...rows], columns: [...columns] };
}
