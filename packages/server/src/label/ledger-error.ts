import { UserError } from 'sdnet';

/** What SQLite says of a ledger, for people. All else is answered as it is. */
export function ledgerError(file: string, error: unknown): unknown {
  const { code = '' } = error as { code?: string };
  const [, kind] = /^SQLITE_([A-Z]+)/.exec(code) ?? [];
  const reasons: Readonly<Record<string, string>> = {
    FULL: 'the disk is full. What it held before is kept: make room, and run the same command again',
    READONLY: 'it may not be written to. Name another by --ledger',
    CANTOPEN: 'there is no such folder, or it may not be written to. Name another by --ledger',
    NOTADB: 'this is no ledger. Name another by --ledger',
    CORRUPT: 'it is damaged. Remove it, and label again',
    IOERR:
      'the disk could not be read or written; it may be full. Run the same command again where there is room',
    BUSY: 'another program has it open. Wait for that',
  };
  const reason = kind && reasons[kind];
  return reason
    ? new UserError(`${file}: ${reason}. (${(error as Error).message})`, { cause: error })
    : error;
}
