import { expect, it } from 'vitest';
import { PasswordHasher } from './password-hasher.service.js';

const hasher = new PasswordHasher();

it('verifies what it hashed, and nothing else', async () => {
  const hash = await hasher.hash('pässword 🔑');
  expect(hash).toMatch(/^\$scrypt\$ln=14,r=8,p=5\$[\w-]{22}\$[\w-]{43}$/);
  await expect(hasher.verify('pässword 🔑', hash)).resolves.toBe(true);
  await expect(hasher.verify('pässword', hash)).resolves.toBe(false);
  await expect(hasher.verify('', hash)).resolves.toBe(false);
});

it('salts: the same password has another hash each time', async () => {
  expect(await hasher.hash('same')).not.toBe(await hasher.hash('same'));
});

it('verifies a hash of another cost', async () => {
  // RFC 7914, section 12: password "pleaseletmein", salt "SodiumChloride", N=16384, r=8, p=1, first 32 bytes.
  const key = Buffer.from('7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2', 'hex');
  const salt = Buffer.from('SodiumChloride').toString('base64url');
  const hash = `$scrypt$ln=14,r=8,p=1$${salt}$${key.toString('base64url')}`;
  await expect(hasher.verify('pleaseletmein', hash)).resolves.toBe(true);
});

it('compares with the dummy as with any other hash, and nothing matches it', async () => {
  const cost = (hash: string) => hash.split('$')[2];
  expect(cost(PasswordHasher.DUMMY)).toBe(cost(await hasher.hash('x')));
  await expect(hasher.verify('', PasswordHasher.DUMMY)).resolves.toBe(false);
});

it('refuses what is no hash', async () => {
  await expect(hasher.verify('x', 'password123')).rejects.toThrow('no scrypt hash');
});
