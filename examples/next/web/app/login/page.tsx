import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { currentSession } from '../../lib/dal.ts';
import { safeReturnTo } from '../../lib/return-to.ts';
import { LoginForm } from './login-form.tsx';

export const metadata: Metadata = { title: 'Sign in' };

interface LoginProps {
  readonly searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export default async function Login({ searchParams }: LoginProps) {
  const returnTo = safeReturnTo((await searchParams).returnTo);
  if (await currentSession()) redirect(returnTo);
  return (
    <section className="card narrow">
      <h1>Sign in</h1>
      <LoginForm returnTo={returnTo} />
      <p className="note">
        Try it as <code>ada</code> with the password <code>analytical engine</code>.
      </p>
    </section>
  );
}
