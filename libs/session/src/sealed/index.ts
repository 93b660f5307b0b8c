export type { SealedCookieAttributes, SealedCookieOptions, Seconds } from '../sealing/sealed-options.js';
export type { RevocationState, SessionRevocation } from '../sealing/session-revocation.js';
export type { MemoryRevocationOptions } from '../sealing/memory-revocation-options.js';
export { memoryRevocation, MemoryRevocation } from '../sealing/memory-revocation.js';
export { sealedCookie, SealedCookieStore } from './sealed-cookie.js';
