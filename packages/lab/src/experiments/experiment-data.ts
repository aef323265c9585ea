/** What an experiment's runs are trained and judged by. */
export interface ExperimentData {
  /** The data set's name. */
  readonly dataset: string;
  /** Whether a subject is in training and validation images. */
  readonly sharesSubjects: boolean;
}

/** What a table with figures too good for strangers' faces begins with. */
export const sharedSubjectsNote = (sharesSubjects = false): string =>
  sharesSubjects
    ? 'SUBJECTS ARE SHARED between training and validation images, so that the figures are too good for strangers. '
    : '';
