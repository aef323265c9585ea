/** A file and where it lies below the folder that was chosen or dropped. */
export interface PlacedFile {
  readonly file: File;
  /** With `/`, and its own name at the end. */
  readonly path: string;
}

/** The files that were chosen. */
export const chosenFiles = (files: FileList): PlacedFile[] =>
  [...files].map((file) => ({ file, path: file.webkitRelativePath || file.name }));

/** The files of a drop, those in folders too. To be called while the event lasts: its items are gone afterwards. */
export async function droppedFiles({ items }: DataTransfer): Promise<PlacedFile[]> {
  const entries = [...items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  return (await Promise.all(entries.map(filesBelow))).flat();
}

async function filesBelow(entry: FileSystemEntry): Promise<PlacedFile[]> {
  if (!entry.isDirectory) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    );
    return [{ file, path: entry.fullPath.slice(1) }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: PlacedFile[] = [];
  // It gives some at a time, and none in the end.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return found;
    for (const below of some) found.push(...(await filesBelow(below)));
  }
}
