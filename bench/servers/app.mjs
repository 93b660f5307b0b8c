// The application that every set-up serves: the same routes, and the actions of the set-up behind them.
import { Controller, Get, Module, Post, Req, UseGuards } from '@nestjs/common';
import { userOf } from '../lib/visitor.ts';

/** Reading and writing where the session is `req.session`. A set-up brings its own `login` and `logout`. */
export const sessionActions = {
  me: (req) => ({ user: req.session.user }),
  write: (req) => {
    req.session.n = (req.session.n ?? 0) + 1;
    return { n: req.session.n };
  },
};

/** Lets all in, and waits as a guard does that asks something. */
class OpenGuard {
  async canActivate() {
    return true;
  }
}

/** @returns the root module, for `NestFactory.create()`. `guard` is what stands before one of the routes. */
export function createApp({ imports = [], actions, guard = OpenGuard }, { bytes }) {
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
    guarded() {
      handled++;
      return { hello: 'world' };
    }
    /** What the process has used, and for how many requests. */
    usage() {
      return { cpu: process.cpuUsage(), handled };
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
  route('guarded', Get('guarded'));
  UseGuards(guard)(
    AppController.prototype,
    'guarded',
    Object.getOwnPropertyDescriptor(AppController.prototype, 'guarded'),
  );
  Controller()(AppController);

  class AppModule {}
  Module({ controllers: [AppController], imports })(AppModule);
  return AppModule;
}
