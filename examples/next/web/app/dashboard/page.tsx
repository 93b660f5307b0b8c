import type { Metadata } from 'next';
import { SessionFacts } from '../../components/session-facts.tsx';
import { ReloadWhenRestored } from '../../components/reload-when-restored.tsx';
import { NOTE_LENGTH } from '../../../shared/session-data.ts';
import { requireSession } from '../../lib/dal.ts';
import { factsOf } from '../../lib/session.ts';
import { logout, writeNote } from '../actions.ts';

export const metadata: Metadata = { title: 'Dashboard' };

const ELSEWHERE = [
  ['/profile', 'Pages Router', 'A page with getServerSideProps'],
  ['/api/session', 'Route handler', 'JSON from the App Router'],
  ['/api/pages-session', 'API route', 'JSON from the Pages Router'],
  ['/nest/me', 'NestJS', 'JSON from the API, through the same origin'],
] as const;

export default async function Dashboard() {
  const session = await requireSession('/dashboard');
  const { note } = session.data;
  return (
    <>
      <ReloadWhenRestored />
      <div className="intro">
        <h1>Hello, {session.user.name}</h1>
        <form action={logout}>
          <button className="button quiet">Sign out</button>
        </form>
      </div>
      <div className="columns">
        <section className="card" aria-labelledby="facts">
          <h2 id="facts">This session</h2>
          <SessionFacts facts={factsOf(session)} />
        </section>
        <section className="card" aria-labelledby="note-title">
          <h2 id="note-title">Your note</h2>
          <form action={writeNote} className="fields">
            <label htmlFor="note">Written here, read by the API</label>
            <input id="note" name="note" defaultValue={note} key={note} maxLength={NOTE_LENGTH} autoComplete="off" />
            <button className="button">Save</button>
          </form>
        </section>
      </div>
      <section aria-labelledby="elsewhere">
        <h2 id="elsewhere">The same session elsewhere</h2>
        <ul className="tiles">
          {ELSEWHERE.map(([href, name, what]) => (
            <li key={href}>
              <a className="card tile" href={href}>
                <strong>{name}</strong>
                <span>{what}</span>
                <code>{href}</code>
              </a>
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}
