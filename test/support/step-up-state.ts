import type { SessionUser } from 'nest-session';
import type { HttpClient } from './http-client.js';

export const statusOf = async (response: Promise<Response>): Promise<number> => (await response).status;

export const ascending = (one: number, other: number): number => one - other;

/** What a browser is told to be. */
export const HTML = { accept: 'text/html,application/xhtml+xml' };

export interface State {
  readonly user: SessionUser | null;
  readonly values: Record<string, unknown>;
  readonly info: {
    readonly handle: string;
    readonly createdAt: number;
    readonly authenticatedAt?: number;
    readonly expiresAt: number;
    readonly impersonatedBy?: string;
  };
  readonly actor: { readonly user: SessionUser; readonly until: number; readonly reason?: string } | null;
  readonly pending: { readonly user: SessionUser; readonly expiresAt: number } | null;
}

export const stateOf = async (client: HttpClient): Promise<State> =>
  (await (await client.get('/state')).json()) as State;
