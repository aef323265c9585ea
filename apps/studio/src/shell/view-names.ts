/** The views, in the order of the navigation; the first is shown first. */
export const viewNames = ['photo', 'live', 'teach'] as const;

export type ViewName = (typeof viewNames)[number];
