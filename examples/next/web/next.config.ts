import { join } from 'node:path';
import type { NextConfig } from 'next';

// Written into the build: when the API moves, build again.
const apiUrl = process.env['API_URL'] ?? 'http://127.0.0.1:3001';

const config: NextConfig = {
  poweredByHeader: false,
  // The folder with the lock file; there is another one further up.
  turbopack: { root: join(import.meta.dirname, '..') },
  rewrites: async () => [
    // One origin for both: the browser sends the same cookie to Next and to Nest, and needs no CORS.
    { source: '/nest/:path*', destination: `${apiUrl}/:path*` },
    // What browsers ask for where no page has named an icon, such as the answers of the API.
    { source: '/favicon.ico', destination: '/icon.svg' },
  ],
  headers: async () => [
    {
      source: '/:path*',
      headers: [
        { key: 'X-Content-Type-Options', value: 'nosniff' },
        { key: 'X-Frame-Options', value: 'DENY' },
        { key: 'Referrer-Policy', value: 'same-origin' },
      ],
    },
  ],
};

export default config;
