import type { GetServerSideProps } from 'next';
import Head from 'next/head';
import { ReloadWhenRestored } from '../components/reload-when-restored.tsx';
import { SessionFacts, type Facts } from '../components/session-facts.tsx';
import { factsOf, readSession } from '../lib/session.ts';

/** A page of the Pages Router: the session comes from `context.req`. */
export const getServerSideProps = (async ({ req }) => {
  const session = await readSession(req);
  if (!session) return { redirect: { destination: '/login?returnTo=%2Fprofile', permanent: false } };
  return { props: { facts: factsOf(session) } };
}) satisfies GetServerSideProps<{ facts: Facts }>;

export default function Profile({ facts }: { readonly facts: Facts }) {
  return (
    <>
      <Head>
        <title>Profile · One session, two servers</title>
      </Head>
      <ReloadWhenRestored />
      <div className="intro">
        <h1>Profile</h1>
      </div>
      <section className="card" aria-labelledby="facts">
        <h2 id="facts">The session, seen by the Pages Router</h2>
        <SessionFacts facts={facts} />
      </section>
    </>
  );
}
