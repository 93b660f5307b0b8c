// iron-session, as its README has it: asked for where it is needed, saved before the answer.
import { getIronSession } from 'iron-session';

const options = {
  password: 'q7Zk2mV9xR4tB8nL1cW6yH3jD5fG0sAp',
  cookieName: 'session',
  ttl: 1800,
  cookieOptions: { secure: false },
};
const sessionOf = (req) => getIronSession(req, req.res, options);

export const setUp = ({ idleSeconds }) => ({
  actions: {
    async me(req) {
      const session = await sessionOf(req);
      // Nothing else renews it.
      if (idleSeconds !== undefined) await session.save();
      return { user: session.user };
    },
    async write(req) {
      const session = await sessionOf(req);
      session.n = (session.n ?? 0) + 1;
      await session.save();
      return { n: session.n };
    },
    async login(req, user) {
      const session = await sessionOf(req);
      session.user = user;
      await session.save();
    },
    async logout(req) {
      const session = await sessionOf(req);
      session.destroy();
    },
  },
});
