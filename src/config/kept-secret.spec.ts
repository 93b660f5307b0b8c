import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { keptSecret } from './kept-secret.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nest-session-secret-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const modeOf = (path: string): number => statSync(path).mode & 0o777;

it('makes a secret once, for its owner only', () => {
  const data = join(folder, 'a', 'b');
  const secret = keptSecret(data);
  expect(secret).toMatch(/^[\w-]{43}$/);
  expect(keptSecret(data)).toBe(secret);
  expect(readdirSync(data)).toEqual(['session-secret']);
  expect([modeOf(data), modeOf(join(data, 'session-secret'))]).toEqual([0o700, 0o600]);
  expect(keptSecret(join(folder, 'other'))).not.toBe(secret);
});

it('closes a file that others can read', () => {
  const secret = keptSecret(folder);
  chmodSync(join(folder, 'session-secret'), 0o644);
  expect(keptSecret(folder)).toBe(secret);
  expect(modeOf(join(folder, 'session-secret'))).toBe(0o600);
});

it.each(['', 'short\n'])('refuses a file without a secret: %j', (text) => {
  writeFileSync(join(folder, 'session-secret'), text);
  expect(() => keptSecret(folder)).toThrow(/session-secret holds no secret\. Delete it/);
});

it('says so when the file cannot be read', () => {
  mkdirSync(join(folder, 'session-secret'));
  expect(() => keptSecret(folder)).toThrow(/EISDIR/);
});
