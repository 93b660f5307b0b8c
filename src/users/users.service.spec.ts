import { expect, it, vi } from 'vitest';
import { PasswordHasher } from './password-hasher.service.js';
import { UsersService } from './users.service.js';

const hasher = new PasswordHasher();
const users = new UsersService(hasher);

it('knows the accounts of the demonstration', async () => {
  await expect(users.verify('johnDoe', 'password123')).resolves.toEqual({
    id: '1',
    username: 'johnDoe',
    roles: ['user'],
  });
  const jane = { id: '2', username: 'janeSmith', roles: ['user', 'admin'] };
  await expect(users.verify('janeSmith', 'securePass')).resolves.toEqual(jane);
  await expect(users.verify('johnDoe', 'securePass')).resolves.toBeUndefined();
  expect(JSON.stringify(users.list())).not.toContain('scrypt');
});

it.each(['unknown', '__proto__', 'johndoe', ''])('does not know %j, and takes its time all the same', async (name) => {
  const verify = vi.spyOn(hasher, 'verify');
  await expect(users.verify(name, 'password123')).resolves.toBeUndefined();
  expect(verify).toHaveBeenCalledExactlyOnceWith('password123', PasswordHasher.DUMMY);
  verify.mockRestore();
});
