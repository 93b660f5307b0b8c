'use client';

import { useActionState } from 'react';
import { login, type LoginState } from '../actions.ts';

const START: LoginState = {};

/** Works without JavaScript too. */
export function LoginForm({ returnTo }: { readonly returnTo: string }) {
  const [{ problem, username }, action, pending] = useActionState(login, START);
  return (
    <form action={action} className="fields">
      {problem !== undefined && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
      <input type="hidden" name="returnTo" value={returnTo} />
      <label htmlFor="username">Username</label>
      <input
        id="username"
        name="username"
        defaultValue={username}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
      />
      <label htmlFor="password">Password</label>
      <input id="password" name="password" type="password" autoComplete="current-password" required />
      <button className="button wide" disabled={pending}>
        {pending ? 'Signing in …' : 'Sign in'}
      </button>
    </form>
  );
}
