import type { SessionValues } from './record.js';

/** The id of the user in a session's data; undefined in an anonymous session. */
export function userIdOf(data: SessionValues | undefined): string | number | undefined {
  const user = data?.['user'];
  if (typeof user !== 'object' || user === null || !('id' in user)) return undefined;
  const { id } = user;
  return (typeof id === 'string' && id !== '') || (typeof id === 'number' && Number.isFinite(id)) ? id : undefined;
}
