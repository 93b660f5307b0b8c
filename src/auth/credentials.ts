import { BadRequestException } from '@nestjs/common';
import { fieldsOf } from '../http/fields.js';

/** What a user signs in with. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
  /** To stay signed in when the browser closes. */
  readonly remember: boolean;
  readonly returnTo: string | undefined;
}

const MAX_USERNAME = 64;
const MAX_PASSWORD = 256;

/** @throws `BadRequestException` with every problem at once */
export function parseCredentials(body: unknown): Credentials {
  const field = fieldsOf(body);
  const problems: string[] = [];
  const text = (name: string, longest: number): string => {
    const value = field(name);
    if (typeof value === 'string' && value !== '' && value.length <= longest) return value;
    problems.push(`${name} must be a text of 1 to ${longest} characters.`);
    return '';
  };
  const username = text('username', MAX_USERNAME);
  const password = text('password', MAX_PASSWORD);
  const remember = field('remember');
  const returnTo = field('returnTo');
  if (remember !== undefined && remember !== 'on' && typeof remember !== 'boolean') {
    problems.push('remember must be true or false.');
  }
  if (returnTo !== undefined && typeof returnTo !== 'string') problems.push('returnTo must be a text.');
  if (problems.length > 0) throw new BadRequestException(problems);
  return {
    username,
    password,
    remember: remember === true || remember === 'on',
    returnTo: returnTo as string | undefined,
  };
}
