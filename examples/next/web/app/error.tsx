'use client';

/** The store is out of order, for example. Nobody is called signed out because of it. */
export default function Problem({ reset }: { readonly error: Error; readonly reset: () => void }) {
  return (
    <section className="card narrow">
      <h1>That did not work</h1>
      <p role="alert">Something is out of order. Your session is kept; try again in a moment.</p>
      <button className="button" onClick={reset}>
        Try again
      </button>
    </section>
  );
}
