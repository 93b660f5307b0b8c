// The application that every set-up serves: the same routes, and the actions of the set-up behind them.
import { Controller, Get, Module, Post, Req } from '@nestjs/common';
import { userOf } from '../lib/visitor.mjs';

/** Reading and writing where the session is `req.session`. A set-up brings its own `login` and `logout`. */
export const sessionActions = {
  me: (req) => ({ user: req.session.user }),
  write: (req) => {
    req.session.n = (req.session.n ?? 0) + 1;
    return { n: req.session.n };
  },
};

/** @returns the root module, for `NestFactory.create()` */
export function createApp({ imports = [], actions }, { bytes }) {
  let users = 0;
  let handled = 0;

  class AppController {
    me(req) {
      handled++;
      return actions.me(req);
    }
    write(req) {
      handled++;
      return actions.write(req);
    }
    async login(req) {
      handled++;
      await actions.login(req, userOf(++users, bytes));
      return { ok: true };
    }
    async logout(req) {
      handled++;
      await actions.logout(req);
      return { ok: true };
    }
    anonymous() {
      handled++;
      return { hello: 'world' };
    }
    /** What the process has used, and for how many requests. */
    usage() {
      return { cpu: process.cpuUsage(), handled };
    }
    /** So that nobody pays for the garbage of the slice before. */
    collect() {
      globalThis.gc?.();
      return {};
    }
  }
  // What decorators do, without a compiler.
  const route = (name, decorator) => {
    const { prototype } = AppController;
    decorator(prototype, name, Object.getOwnPropertyDescriptor(prototype, name));
    if (prototype[name].length > 0) Req()(prototype, name, 0);
  };
  route('me', Get('me'));
  route('write', Post('write'));
  route('login', Post('login'));
  route('logout', Post('logout'));
  route('anonymous', Get('anonymous'));
  route('usage', Get('usage'));
  route('collect', Get('collect'));
  Controller()(AppController);

  class AppModule {}
  Module({ controllers: [AppController], imports })(AppModule);
  return AppModule;
}
