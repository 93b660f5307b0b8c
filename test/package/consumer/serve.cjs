/**
 * The smallest application with sessions: starts it, asks it once over HTTP, and says what came back.
 * It is given the modules, so that those that were imported and those that were required run through the same lines.
 */
module.exports = async function serve({ common, core, session }) {
  class AppController {
    read() {
      return 'ok';
    }
  }
  const { prototype } = AppController;
  common.Get()(prototype, 'read', Object.getOwnPropertyDescriptor(prototype, 'read'));
  common.Controller()(AppController);

  class AppModule {}
  common.Module({ imports: [session.SessionModule.forRoot()], controllers: [AppController] })(AppModule);

  const app = await core.NestFactory.create(AppModule, { logger: ['error', 'fatal'] });
  try {
    await app.listen(0, '127.0.0.1');
    const response = await fetch(await app.getUrl());
    return { status: response.status, body: await response.text() };
  } finally {
    await app.close();
  }
};
