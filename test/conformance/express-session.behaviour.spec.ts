import { Logger } from '@nestjs/common';
import { afterAll, beforeAll } from 'vitest';
import { describeCookies } from './behaviour/cookie.cases.js';
import { describeOptions } from './behaviour/options.cases.js';
import { describeSession } from './behaviour/session.cases.js';
import { describeStores } from './behaviour/store.cases.js';

// What the failing stores provoke is not worth reading.
beforeAll(() => Logger.overrideLogger(false));
afterAll(() => Logger.overrideLogger(['log', 'warn', 'error']));

describeOptions();
describeCookies();
describeSession();
describeStores();
