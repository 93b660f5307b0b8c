import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SessionValues } from '../core/record.js';
import { isDataKey } from '../core/session-data.js';
import { flashInto, flashOf } from './flash.js';

const type = fc.string({ minLength: 1 }).filter((name) => isDataKey(name) && !(name in {}));

describe('flash messages', () => {
  it('come back in order, whatever they are called, and leave nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(type, fc.string()), { maxLength: 15 }), (added) => {
        const values: SessionValues = { other: 1 };
        for (const [name, message] of added) flashInto(name, message)(values);
        for (const name of new Set(added.map(([one]) => one)))
          expect(flashOf(name)(values)).toEqual(added.filter(([one]) => one === name).map(([, message]) => message));
        expect(values).toEqual({ other: 1 });
      }),
    );
  });

  it('are read from whatever others have left there', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (flash) => {
        const shown = flashOf(undefined)({ flash });
        for (const messages of Object.values(shown)) expect(Array.isArray(messages)).toBe(true);
        expect(Array.isArray(flashOf('info')({ flash }))).toBe(true);
      }),
    );
  });
});
