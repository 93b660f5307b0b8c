import { createSealedSessionReader } from 'nest-session/standalone';
import type { AppSession } from '../../shared/session-data.ts';
import { ABSOLUTE_TIMEOUT, sealedOptions } from '../../shared/session-options.ts';
import { once } from './once.ts';

// A function, so that nothing of the environment is needed while Next builds.
const options = once('sealed-options', () => ({ ...sealedOptions(), absoluteTimeout: ABSOLUTE_TIMEOUT }));

/** Reads and writes the sealed cookie, and knows from the revocation store which sessions were ended. */
export const sealedSessions = createSealedSessionReader<AppSession>(options);
