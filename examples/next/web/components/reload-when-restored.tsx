'use client';

import { useEffect } from 'react';

/**
 * For pages with a user's data. After a logout, Back can bring a page out of the browser's memory as it was, even one
 * sent with `no-store`; loaded again, it asks who is signed in.
 */
export function ReloadWhenRestored() {
  useEffect(() => {
    const reload = (event: PageTransitionEvent) => {
      if (event.persisted) window.location.reload();
    };
    window.addEventListener('pageshow', reload);
    return () => window.removeEventListener('pageshow', reload);
  }, []);
  return null;
}
