/** Most images a step: what fits into no memory is refused before it is compiled. */
export const largestBatch = 65_536;
