/** The views, in the order of the navigation; the first is shown first. */
export const viewNames = ['photo', 'live', 'why', 'teach', 'compare', 'about'] as const;

export type ViewName = (typeof viewNames)[number];
