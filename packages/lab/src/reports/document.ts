/** A report before it is written as a page of one format or another: what it says, in order. */
export interface ReportDocument {
  readonly title: string;
  /** Beneath the title: what is reported, in a sentence or two. */
  readonly summary: string;
  readonly blocks: readonly Block[];
}

export type Block =
  Heading | Paragraph | Figures | Charts | Table | Matrix | Commands | References | Tables | Pictures;

export interface Heading {
  readonly kind: 'heading';
  readonly level: 2 | 3;
  readonly text: string;
}

export interface Paragraph {
  readonly kind: 'paragraph';
  readonly text: string;
}

/** The few figures that matter most. */
export interface Figures {
  readonly kind: 'figures';
  readonly figures: readonly { readonly name: string; readonly value: string; readonly note: string }[];
}

/** Charts that are looked at beside each other, and what stands among them. */
export interface Charts {
  readonly kind: 'charts';
  readonly charts: readonly (Chart | Matrix)[];
}

export interface Chart {
  readonly kind: 'chart';
  readonly title: string;
  /** What is to be seen, for those who do not see it. */
  readonly description: string;
  readonly svg: string;
  /** Beneath it: how it is read, or what is to be noticed. */
  readonly note?: string;
  /** Its figures. */
  readonly table: Rows;
}

/** The first column names the row. */
export interface Rows {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface Table extends Rows {
  readonly kind: 'table';
  readonly title: string;
  /** Its first columns hold text, the others numbers; default: one. */
  readonly textColumns?: number;
}

/** Numbers of images, true classes in rows and recognised ones in columns. */
export interface Matrix {
  readonly kind: 'matrix';
  readonly title: string;
  readonly classNames: readonly string[];
  readonly counts: readonly (readonly number[])[];
}

export interface Commands {
  readonly kind: 'commands';
  readonly lines: readonly string[];
}

/** Small tables that are looked at beside each other. */
export interface Tables {
  readonly kind: 'tables';
  readonly tables: readonly Table[];
}

/** Words or marks, and what stands behind them. */
export interface References {
  readonly kind: 'references';
  readonly references: readonly { readonly label: string; readonly text: string }[];
}

/** Images of the data set. */
export interface Pictures {
  readonly kind: 'pictures';
  readonly pictures: readonly {
    /** PNG. */
    readonly png: Uint8Array;
    readonly description: string;
    readonly lines: readonly string[];
  }[];
}

export const heading = (level: Heading['level'], text: string): Heading => ({ kind: 'heading', level, text });
export const paragraph = (text: string): Paragraph => ({ kind: 'paragraph', text });
export const table = (title: string, rows: Rows, textColumns = 1): Table => ({
  kind: 'table',
  title,
  ...rows,
  textColumns,
});
