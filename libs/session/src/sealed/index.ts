export type { SealedCookieAttributes, SealedCookieOptions, Seconds } from '../seals/sealed-options.js';
export type { RaisedBy, RevocationEntry } from '../revocation/revocation-entry.js';
export type { RevocationRaise, RevocationState, SessionRevocation } from '../revocation/session-revocation.js';
export type { MemoryRevocationOptions } from '../revocation/memory-revocation-options.js';
export { memoryRevocation, MemoryRevocation } from '../revocation/memory-revocation.js';
export { sealedCookie, SealedCookieStore } from './sealed-cookie.js';
