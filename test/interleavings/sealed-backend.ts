import { memoryRevocation, sealedCookie } from 'nest-session/sealed';
import type { Backend } from './world.js';

/** Records in the cookie; what is over is remembered in a store that all processes share. */
export const sealed: Backend = {
  name: 'sealed',
  // They need an index, or a record that is changed in its store.
  lacks: [
    'update',
    'registryUpdate',
    'registryUpdateActed',
    'revokeOthers',
    'revokeOthersElsewhere',
    'loginLimited',
    'loginRefused',
  ],
  unpromised: { I2: 'Each write is a cookie of its own, and the last one to arrive counts.' },
  async begin(clock, stage) {
    const revocation = memoryRevocation({ clock });
    return () =>
      sealedCookie({
        password: 'a password for interleavings, 32 characters at least',
        revocation: stage.schedule(revocation, 'revocation ', true),
      });
  },
};
