import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Settings } from './config/settings.js';

/** What protects every response and every request that changes something. */
export function secure(app: NestExpressApplication, { corsOrigins, trustProxy, production }: Settings): void {
  app.set('trust proxy', trustProxy);
  app.useSecurityHeaders({
    contentSecurityPolicy: {
      directives: {
        // Nothing inline and nothing from elsewhere.
        defaultSrc: "'none'",
        fontSrc: null,
        imgSrc: "'self'",
        // The script that warns before the session ends, and what it asks.
        scriptSrc: "'self'",
        connectSrc: "'self'",
        styleSrc: "'self'",
        frameAncestors: "'none'",
        // Over plain http, as in development, the style sheet could not be loaded.
        upgradeInsecureRequests: production,
      },
    },
    // With Nest's default, no-referrer, browsers send `Origin: null` with a form, and over plain http the CSRF
    // protection has nothing else to go by.
    referrerPolicy: { policy: 'same-origin' },
    xFrameOptions: { action: 'deny' },
  });
  // A page that may read answers is not thereby trusted to change things: each needs its own permission.
  app.enableCsrfProtection({ trustedOrigins: [...corsOrigins] });
  if (corsOrigins.length > 0) app.enableCors({ origin: [...corsOrigins], credentials: true });
}
