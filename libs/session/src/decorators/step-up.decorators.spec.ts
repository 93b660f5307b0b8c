import 'reflect-metadata';
import { Reflector } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import { AalRequired, RecentLoginRequired, RequireAal, RequireRecentLogin } from './step-up.decorators.js';

@RequireAal(2)
@RequireRecentLogin('10m')
class Controller {
  @RequireAal(3, { allowImpersonated: true })
  @RequireRecentLogin(1_000)
  handler() {}

  plain() {}
}

describe('step-up decorators', () => {
  const reflector = new Reflector();
  const { prototype } = Controller;

  it('say what a controller asks for, and a handler instead', () => {
    const of = (handler: () => void) => [
      reflector.getAllAndOverride(RecentLoginRequired, [handler, Controller]),
      reflector.getAllAndOverride(AalRequired, [handler, Controller]),
    ];
    expect(of(prototype.plain)).toEqual([
      { maxAge: 600_000, allowImpersonated: false },
      { aal: 2, allowImpersonated: false },
    ]);
    expect(of(prototype.handler)).toEqual([
      { maxAge: 1_000, allowImpersonated: false },
      { aal: 3, allowImpersonated: true },
    ]);
  });

  it.each([0, -1, '10', 'soon', null, undefined])('refuse %j as an age', (age) => {
    expect(() => RequireRecentLogin(age as never)).toThrow(/maxAge/);
  });

  it.each([0, 4, 1.5, '2', null, undefined])('refuse %j as a level', (level) => {
    expect(() => RequireAal(level as never)).toThrow(/assurance level/);
  });
});
