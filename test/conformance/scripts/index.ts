import type { Script } from '../script.js';
import { cookieScripts } from './cookie.scripts.js';
import { identityScripts } from './identity.scripts.js';
import { lifetimeScripts } from './lifetime.scripts.js';
import { methodScripts } from './method.scripts.js';
import { responseScripts } from './response.scripts.js';
import { storeScripts } from './store.scripts.js';
import { valueScripts } from './values.scripts.js';

/** Every script, by topic. */
export const scripts: readonly Script[] = [
  ...valueScripts,
  ...identityScripts,
  ...cookieScripts,
  ...lifetimeScripts,
  ...methodScripts,
  ...responseScripts,
  ...storeScripts,
];
