import type { Account } from './user.js';

/** The accounts of the demonstration; their passwords are in the README. */
export const demoAccounts: readonly Account[] = [
  {
    id: '1',
    username: 'johnDoe',
    roles: ['user'],
    passwordHash: '$scrypt$ln=14,r=8,p=5$Aj6bKiEshKisVxBleTqh-w$z7ZgrIEnP-bMAQ5q0mn70B8MVSWaSStX946kAYUgaes',
  },
  {
    id: '2',
    username: 'janeSmith',
    roles: ['user', 'admin'],
    passwordHash: '$scrypt$ln=14,r=8,p=5$ofOQufKpcUxe6Qs4eeA8wA$9-Lk0qI6XaGaAniXi8NIXxp6NluoKy8EDJJasar1gmM',
  },
];
