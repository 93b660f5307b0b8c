import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { adviseOnUser } from './login-advice.js';

class AdvisedRow {
  constructor(
    readonly id: string,
    readonly pinHash = 'argon2-of-it',
  ) {}
}

const development = { NODE_ENV: 'development' };

describe('what login() is given', () => {
  const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
  afterEach(() => warn.mockClear());

  it('is told of in production never, and of plain users neither', () => {
    adviseOnUser('login()', new AdvisedRow('u1'), { NODE_ENV: 'production' });
    adviseOnUser('login()', { id: 'u1', roles: ['admin'] }, development);
    expect(warn).not.toHaveBeenCalled();
  });

  it('is warned of once for each class and key, without a value', () => {
    for (const id of ['u1', 'u2']) adviseOnUser('login()', new AdvisedRow(id), development);
    for (const id of ['u1', 'u2']) adviseOnUser('login()', { id, apiToken: 'argon2-of-it' }, development);
    const told = warn.mock.calls.map(([message]) => String(message));
    expect(told).toHaveLength(3);
    expect(told[0]).toContain('an instance of AdvisedRow');
    expect(told[1]).toContain('"pinHash"');
    expect(told[2]).toContain('"apiToken"');
    expect(told.join()).not.toContain('argon2-of-it');
  });
});
