import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { missingPackageError, optionalPackage } from '@sdnet/autograd';
import type { Database } from 'better-sqlite3';
import { UserError } from 'sdnet';
import { difference, type LabelTask } from './label-task.js';
import { ledgerError } from './ledger-error.js';
import type { Source } from './list-sources.js';
import { facesOf, type Labels, type Outcome } from './outcome.js';

/** How many files there are, and what has come of them. */
export interface Progress {
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  /** In all that is done. */
  readonly faces: number;
  /** Files in the last minute of work, a second; absent where there was none in the last five minutes. */
  readonly rate: number | undefined;
}

/** A file that waits for its labels. */
export interface WaitingFile {
  readonly path: string;
  readonly isVideo: boolean;
}

/** A file and what came of it. */
export interface LabelledFile extends WaitingFile {
  readonly outcome: Outcome;
}

/**
 * What is to be labelled and what is labelled already: a SQLite file. What is recorded stays, however the process ends.
 * Its methods throw a `UserError` where it cannot be read or written.
 */
export interface Ledger {
  /**
   * Makes these files those of the ledger. New and changed ones wait, and so do those that failed: they may have been mended.
   * What came of others is known until `forget`: their content may be here under another name.
   */
  list(sources: readonly Source[]): void;
  /**
   * Forgets the files that are not listed.
   *
   * @returns how many of them were labelled, and are not here under another name either
   */
  forget(): number;
  waiting(): WaitingFile[];
  /** What came of a file with this content. */
  known(hash: string): Outcome | undefined;
  /** Records all of these, or none. */
  record(files: readonly LabelledFile[]): void;
  progress(): Progress;
  /** All files that are done or failed, in the order they were listed. */
  files(): Iterable<LabelledFile>;
  close(): void;
}

/** "SDNL", and the version of the tables. */
const applicationId = 0x53444e4c;
const version = 1;

const tables = `
  CREATE TABLE ledger (operands TEXT NOT NULL, task TEXT NOT NULL);
  CREATE TABLE files (
    path TEXT PRIMARY KEY,
    position INTEGER,
    video INTEGER NOT NULL,
    size INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    status TEXT NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'done', 'failed')),
    hash TEXT,
    faces INTEGER,
    labels TEXT,
    error TEXT,
    finished INTEGER
  ) STRICT;
  CREATE INDEX files_position ON files (position);
  CREATE INDEX files_hash ON files (hash) WHERE status = 'done';
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${version};
`;

const minute = 60_000;

/** Opens a ledger for its progress alone. */
export async function readProgress(file: string): Promise<Progress> {
  const database = await open(file, { readonly: true, fileMustExist: true });
  return guarded(file, () => {
    try {
      requireLedger(database, file);
      return progressOf(database);
    } finally {
      database.close();
    }
  });
}

/**
 * Opens the ledger of a task, or begins one. Nobody else can open it for writing until it is closed or this process ends.
 *
 * @throws UserError where it is another data set's or task's, another version's or no ledger, in use, or cannot be written
 */
export async function openLedger(
  file: string,
  operands: readonly string[],
  task: LabelTask,
): Promise<Ledger> {
  const unlock = await lock(file);
  let database: Database;
  try {
    database = await open(file);
  } catch (error) {
    unlock();
    throw error;
  }
  const close = () => {
    database.close();
    unlock();
  };
  try {
    return guarded(file, () => {
      database.pragma('journal_mode = WAL');
      // Against a kill of the process all is safe; what is lost with the machine's power are the last labels, not the file.
      database.pragma('synchronous = NORMAL');
      prepare(database, file, operands, task);
      return { ...methods(database, file), close };
    });
  } catch (error) {
    close();
    throw error;
  }
}

async function open(file: string, options: { readonly?: boolean; fileMustExist?: boolean } = {}) {
  const name = 'better-sqlite3';
  const { default: Database } = await optionalPackage(name, `npm install ${name}`, () => import(name));
  try {
    return new Database(file, options) as Database;
  } catch (error) {
    // Where its script was not run, its library is missing.
    if (/bindings file|NODE_MODULE_VERSION/.test((error as Error).message))
      throw missingPackageError(
        `The library of ${name} is not built. Build it with: npm explore ${name} -- npm run install`,
        error,
      );
    if (options.fileMustExist && (error as { code?: string }).code === 'SQLITE_CANTOPEN')
      throw new UserError(`${file}: there is no such ledger. Nothing was labelled with it yet.`, {
        cause: error,
      });
    throw ledgerError(file, error);
  }
}

/** A lock of the operating system, which ends with the process: readers of the ledger need not wait for it. */
async function lock(file: string): Promise<() => void> {
  const path = `${file}-lock`;
  for (;;) {
    const database = await open(path);
    if (!take(database, file)) {
      database.close();
      throw new UserError(
        `${file}: another sdnet label works with it. Wait for it, or name another by --ledger.`,
      );
    }
    // Its holder before may have removed the file since it was opened: then the path is another file, which is free.
    const again = await open(path);
    const isFree = take(again, file);
    again.close();
    if (!isFree)
      return () => {
        rmSync(path, { force: true });
        database.close();
      };
    database.close();
  }
}

/** Whether nobody else holds the lock, which then is held until the connection is closed. */
function take(database: Database, file: string): boolean {
  try {
    database.pragma('busy_timeout = 0');
    database.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === 'SQLITE_BUSY') return false;
    database.close();
    throw ledgerError(file, error);
  }
}

function guarded<Result>(file: string, task: () => Result): Result {
  try {
    return task();
  } catch (error) {
    throw ledgerError(file, error);
  }
}

function prepare(database: Database, file: string, operands: readonly string[], task: LabelTask): void {
  const places = JSON.stringify(operands.map((operand) => resolve(operand)));
  const isNew = database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0;
  if (isNew)
    database.transaction(() => {
      database.exec(tables);
      database.prepare('INSERT INTO ledger VALUES (?, ?)').run(places, JSON.stringify(task));
    })();
  requireLedger(database, file);
  const made = database.prepare('SELECT operands, task FROM ledger').get() as {
    readonly operands: string;
    readonly task: string;
  };
  if (made.operands !== places)
    throw new UserError(
      `${file}: this is the ledger of ${(JSON.parse(made.operands) as string[]).join(', ')}, and goes on with just these. Name another by --ledger.`,
    );
  const differing = difference(JSON.parse(made.task) as LabelTask, task);
  if (differing !== undefined)
    throw new UserError(
      `${file}: its labels were made with another ${differing}, and would be mixed with those of this one. Name another by --ledger.`,
    );
}

function requireLedger(database: Database, file: string): void {
  if (database.pragma('application_id', { simple: true }) !== applicationId)
    throw new UserError(`${file}: this is no ledger of sdnet label. Name another by --ledger.`);
  const found = database.pragma('user_version', { simple: true });
  if (found !== version)
    throw new UserError(
      `${file}: this ledger is of version ${String(found)}; this command has version ${version}. Go on with the one that made it, or name another by --ledger.`,
    );
}

interface Row {
  readonly path: string;
  readonly video: number;
  readonly hash: string | null;
  readonly labels: string | null;
  readonly error: string | null;
}

const outcomeOf = ({ hash, labels, error }: Row): Outcome => ({
  hash: hash ?? undefined,
  labels: labels === null ? undefined : (JSON.parse(labels) as Labels),
  error: error ?? undefined,
});

function methods(database: Database, file: string): Omit<Ledger, 'close'> {
  const known = database.prepare<[string], Row>(
    "SELECT path, video, hash, labels, error FROM files WHERE hash = ? AND status = 'done' LIMIT 1",
  );
  const update = database.prepare(
    'UPDATE files SET status = ?, hash = ?, faces = ?, labels = ?, error = ?, finished = ? WHERE path = ?',
  );
  return {
    list: (sources) =>
      guarded(file, () =>
        database.transaction(() => {
          database.exec('UPDATE files SET position = NULL');
          const put = database.prepare(
            `INSERT INTO files (path, position, video, size, modified) VALUES (@path, @position, @video, @size, @modified)
             ON CONFLICT (path) DO UPDATE SET
               position = @position,
               status = iif(size = @size AND modified = @modified AND status = 'done', 'done', 'waiting'),
               size = @size, modified = @modified`,
          );
          for (const [position, { path, isVideo, size, modified }] of sources.entries())
            put.run({ path, position, video: Number(isVideo), size, modified });
        })(),
      ),
    forget: () =>
      guarded(file, () =>
        database.transaction(() => {
          const gone = database
            .prepare<[], number>(
              `SELECT count(*) FROM files WHERE position IS NULL AND status <> 'waiting' AND (hash IS NULL OR hash NOT IN
                 (SELECT hash FROM files WHERE position IS NOT NULL AND hash IS NOT NULL))`,
            )
            .pluck()
            .get();
          database.exec('DELETE FROM files WHERE position IS NULL');
          return gone!;
        })(),
      ),
    waiting: () =>
      guarded(file, () =>
        database
          .prepare<[], { path: string; video: number }>(
            "SELECT path, video FROM files WHERE status = 'waiting' AND position IS NOT NULL ORDER BY position",
          )
          .all()
          .map(({ path, video }) => ({ path, isVideo: video === 1 })),
      ),
    known: (hash) =>
      guarded(file, () => {
        const row = known.get(hash);
        return row && outcomeOf(row);
      }),
    record: (files) =>
      guarded(file, () =>
        database.transaction(() => {
          const now = Date.now();
          for (const { path, outcome } of files) {
            const { hash = null, labels, error = null } = outcome;
            const status = error === null ? 'done' : 'failed';
            const text = labels ? JSON.stringify(labels) : null;
            update.run(status, hash, facesOf(labels), text, error, now, path);
          }
        })(),
      ),
    progress: () => guarded(file, () => progressOf(database)),
    *files() {
      const rows = database
        .prepare<[], Row>(
          "SELECT path, video, hash, labels, error FROM files WHERE status <> 'waiting' AND position IS NOT NULL ORDER BY position",
        )
        .iterate();
      for (const row of rows) yield { path: row.path, isVideo: row.video === 1, outcome: outcomeOf(row) };
    },
  };
}

function progressOf(database: Database): Progress {
  const counted = database
    .prepare(
      `SELECT count(*) AS total, coalesce(sum(status = 'done'), 0) AS done, coalesce(sum(status = 'failed'), 0) AS failed,
              coalesce(sum(iif(status <> 'waiting', faces, 0)), 0) AS faces, max(finished) AS last FROM files WHERE position IS NOT NULL`,
    )
    .get() as Omit<Progress, 'rate'> & { readonly last: number | null };
  const { last, ...counts } = counted;
  if (last === null || last < Date.now() - 5 * minute) return { ...counts, rate: undefined };
  const { files, first } = database
    .prepare('SELECT count(*) AS files, min(finished) AS first FROM files WHERE finished > ?')
    .get(last - minute) as { readonly files: number; readonly first: number };
  return { ...counts, rate: last > first ? (1000 * files) / (last - first) : undefined };
}
