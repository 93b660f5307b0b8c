import { Controller, Get, Module } from '@nestjs/common';
import { SessionModule } from 'nest-session';
import { describe, expect, it } from 'vitest';
import { startApp } from '../support/nest-app.js';

@Controller()
class SomeController {
  @Get()
  get() {
    return {};
  }
}

describe('a SessionModule that is imported wrongly', () => {
  it('twice: the application does not start, and both places are named', async () => {
    @Module({ imports: [SessionModule.forRoot()], controllers: [SomeController] })
    class ShopModule {}
    @Module({ imports: [SessionModule.forRoot({ name: 'other' }), ShopModule] })
    class RootModule {}
    await expect(startApp('express', RootModule)).rejects.toThrow(
      /forRoot\(\) is there more than once, in .*(RootModule and ShopModule|ShopModule and RootModule)/,
    );
  });

  it('without forRoot(): the error says so', async () => {
    @Module({ imports: [SessionModule] })
    class RootModule {}
    await expect(startApp('express', RootModule)).rejects.toThrow(/Write SessionModule\.forRoot\(\)/);
  });
});
