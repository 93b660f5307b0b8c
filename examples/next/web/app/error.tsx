'use client';

/** The store is unavailable, for example. No user is treated as signed out because of it. */
export default function Problem({ reset }: { readonly error: Error; readonly reset: () => void }) {
  return (
    <section className="card narrow">
      <h1>That did not work</h1>
      <p role="alert">Something went wrong. You are still signed in; please try again in a moment.</p>
      <button className="button" onClick={reset}>
        Try again
      </button>
    </section>
  );
}
