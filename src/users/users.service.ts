import { Injectable } from '@nestjs/common';
import { demoAccounts } from './demo-accounts.js';
import { PasswordHasher } from './password-hasher.service.js';
import type { Account, User } from './user.js';

/** The accounts. An application of yours asks its database here. */
@Injectable()
export class UsersService {
  private readonly accounts = new Map<string, Account>(demoAccounts.map((account) => [account.username, account]));

  constructor(private readonly hasher: PasswordHasher) {}

  list(): User[] {
    return Array.from(this.accounts.values(), withoutHash);
  }

  /** Undefined if no user has this id. */
  find(id: string): User | undefined {
    return this.list().find((user) => user.id === id);
  }

  /** The user of this name and password. An unknown name takes as long as a wrong password, so that it tells nothing. */
  async verify(username: string, password: string): Promise<User | undefined> {
    const account = this.accounts.get(username);
    const matches = await this.hasher.verify(password, account?.passwordHash ?? PasswordHasher.DUMMY);
    return account && matches ? withoutHash(account) : undefined;
  }
}

const withoutHash = ({ id, username, roles }: Account): User => ({ id, username, roles });
