import astronaut from '../../../../samples/astronaut.png';
import crop from '../../../../samples/astronaut-grey-48.png';
import portrait from '../../../../samples/portrait.jpg';

/** NASA's portrait of Eileen Collins (public domain), in the ways that pictures come. */
export const samples = { portrait, astronaut, crop } as const;

export type SampleName = keyof typeof samples;
