/** Made by build-plugins/model-card.ts. All but `weights` is HTML of our own files. */
declare module 'virtual:model-card' {
  const card: {
    /** The metadata in the file of weights. */
    readonly weights: Readonly<Record<string, string>>;
    /** The networks in the page, and what must be said of each. */
    readonly networks: readonly {
      readonly name: string;
      readonly license: string;
      readonly notice: string;
    }[];
    readonly accuracy: string;
    readonly limits: string;
    readonly training: string;
    readonly calibration: string;
  };
  export default card;
}
