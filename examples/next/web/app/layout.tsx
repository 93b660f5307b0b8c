import type { Metadata, Viewport } from 'next';
import type { ReactNode } from 'react';
import { Frame } from '../components/frame.tsx';
import './style.css';

export const metadata: Metadata = {
  title: { default: 'One session, two servers', template: '%s · One session, two servers' },
  description: 'NestJS and Next.js read and write the same session.',
};

export const viewport: Viewport = { colorScheme: 'light dark' };

/** Does not check the session: a layout is not rendered again when the page in it changes. */
export default function RootLayout({ children }: { readonly children: ReactNode }) {
  return (
    <html lang="en">
      <body>
        <Frame>{children}</Frame>
      </body>
    </html>
  );
}
