import { currentSession } from '../lib/dal.ts';

export default async function Home() {
  const session = await currentSession();
  return (
    <>
      <h1>Sign in once, be known to both</h1>
      <p className="lead">
        An API made with NestJS and this application, made with Next.js, share their sessions. Sign in at one, and the
        other knows you. Sign out at one, and the other has forgotten you.
      </p>
      <p>
        <a className="button" href={session ? '/dashboard' : '/login'}>
          {session ? `Go on as ${session.user.name}` : 'Sign in'}
        </a>
      </p>
    </>
  );
}
