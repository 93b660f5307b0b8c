import { memoryRevocation } from '../../libs/session/src/revocation/memory-revocation.js';
import { TestClock } from '../support/test-clock.js';
import { manualTime } from './revocation-bench.js';
import { describeRevocationContract } from './session-revocation.contract.js';

describeRevocationContract('memoryRevocation', async () => {
  const clock = new TestClock();
  const revocation = memoryRevocation({ clock });
  return { revocation, time: manualTime(clock), cleanup: () => revocation.close() };
});
