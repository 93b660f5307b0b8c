import { memoryRevocation } from '../../libs/session/src/sealing/memory-revocation.js';
import { ManualClock } from '../support/manual-clock.js';
import { manualTime } from './revocation-bench.js';
import { describeRevocationContract } from './session-revocation.contract.js';

describeRevocationContract('memoryRevocation', async () => {
  const clock = new ManualClock();
  const revocation = memoryRevocation({ clock });
  return { revocation, time: manualTime(clock), cleanup: () => revocation.close() };
});
