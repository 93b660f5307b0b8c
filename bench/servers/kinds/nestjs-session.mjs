// nestjs-session, as its README and its example with Redis have it: express-session as a module of Nest.
import { SessionModule } from 'nestjs-session';
import { expressSessionActions, expressSessionOptions } from './express-session.mjs';

export const setUp = (options) => ({
  imports: [SessionModule.forRoot({ session: expressSessionOptions({ ...options, store: 'redis' }) })],
  actions: expressSessionActions,
});
