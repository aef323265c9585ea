/** Saves a file where the browser saves what is downloaded. */
export function saveFile(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The browser has taken it once this task is over.
  setTimeout(() => URL.revokeObjectURL(address));
}

/** A canvas as a PNG file's content. */
export const pngOf = (canvas: HTMLCanvasElement): Promise<Blob> =>
  new Promise((resolve, reject) =>
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error('The picture is too large to be saved.'))),
      'image/png',
    ),
  );

/** The time as part of a file's name: 2026-11-29T15-04-05. */
export const timeInName = (): string => new Date().toISOString().slice(0, 19).replaceAll(':', '-');
