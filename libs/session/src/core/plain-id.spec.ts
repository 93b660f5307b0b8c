import { expect, it } from 'vitest';
import { isPlainId } from './plain-id.js';

it.each(['', 'a b', 'ü', 'a;b', 'a"b', '\u0000', 'x'.repeat(257), 'a\nb'])('takes %j for no id', (value) => {
  expect(isPlainId(value)).toBe(false);
});

it.each(['a'.repeat(43), 'uid-safe_id', 'a.b~c'])('takes %j for an id', (value) => {
  expect(isPlainId(value)).toBe(true);
});
