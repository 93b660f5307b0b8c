import type { ReactNode } from 'react';

/** What is around every page, of the App Router and of the Pages Router. */
export function Frame({ children }: { readonly children: ReactNode }) {
  return (
    <>
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <header className="bar">
        <div className="bar-inner">
          {/* Plain links: from one router to the other the browser loads a page anyway. */}
          <a className="brand" href="/">
            One session, two servers
          </a>
          <nav aria-label="Pages">
            <a href="/dashboard">Dashboard</a>
            <a href="/profile">Profile</a>
          </nav>
        </div>
      </header>
      <main id="content" tabIndex={-1}>
        {children}
      </main>
      <footer className="foot">NestJS and Next.js read and write the same session.</footer>
    </>
  );
}
