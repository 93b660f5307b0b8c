import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Takes the table away from under both servers. @returns puts it back */
export async function breakRevocations(dataDir: string): Promise<() => Promise<void>> {
  const file = join(dataDir, 'revoked-sessions.db');
  change(file, 'ALTER TABLE revocations RENAME TO revocations_away');
  return async () => change(file, 'ALTER TABLE revocations_away RENAME TO revocations');
}

function change(file: string, statement: string): void {
  const database = new DatabaseSync(file, { timeout: 5000 });
  try {
    database.exec(statement);
  } finally {
    database.close();
  }
}
