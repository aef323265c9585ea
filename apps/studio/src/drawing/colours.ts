/** Colours that stand out on pictures and from each other, also to who is colour-blind (after Okabe and Ito, lighter). */
const faceColours = ['#ffb938', '#56c7ff', '#3ddca0', '#ff8a5c', '#e48cff', '#f4e04d', '#8fa8ff', '#ff7fa8'];

/** The colour of a face by its number from 1: the same for as long as it is followed. */
export const faceColour = (number: number): string => faceColours[(number - 1) % faceColours.length]!;

const classColours = ['#e5484d', '#2f9e62', '#8e6fe0', '#d99000', '#3b82f6', '#d6409f', '#7d8590', '#0d9aa6'];

/** The colour of a class in curves, by its place in the network's order; on light and dark ground. */
export const classColour = (index: number): string => classColours[index % classColours.length]!;
