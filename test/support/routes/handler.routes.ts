import { Controller, HttpCode, Injectable, Param, Post } from '@nestjs/common';
import { Public, SessionService } from 'nest-session';
import type { HttpClient } from '../http-client.js';

/** What a handler does with the session of its request. */
export type Work<T> = (sessions: SessionService) => T | Promise<T>;

/** Handlers that a test has written, until their request comes. */
@Injectable()
export class Handlers {
  private readonly waiting = new Map<string, (sessions: SessionService) => Promise<void>>();

  /**
   * Sends a request whose handler does the given work.
   * @returns what the work returned, once the response has come
   * @throws what the work threw; an error with the status if the request failed elsewhere
   */
  async within<T>(browser: HttpClient, work: Work<T>): Promise<T> {
    const id = crypto.randomUUID();
    let outcome: { readonly value: T } | { readonly error: unknown } | undefined;
    this.waiting.set(id, async (sessions) => {
      try {
        outcome = { value: await work(sessions) };
      } catch (error) {
        outcome = { error };
        throw error;
      }
    });
    const response = await browser.post(`/handlers/${id}`);
    if (outcome !== undefined && 'error' in outcome) throw outcome.error;
    if (outcome === undefined || !response.ok)
      throw new Error(`The request of a handler answered ${response.status}: ${await response.text()}`);
    return outcome.value;
  }

  async run(id: string, sessions: SessionService): Promise<void> {
    const work = this.waiting.get(id);
    this.waiting.delete(id);
    if (!work) throw new Error(`No handler waits as ${id}.`);
    await work(sessions);
  }
}

/** Runs what a test wrote as if it stood in a controller. */
@Public()
@Controller('handlers')
export class HandlerRoutes {
  constructor(
    private readonly handlers: Handlers,
    private readonly sessions: SessionService,
  ) {}

  @Post(':id')
  @HttpCode(200)
  async handle(@Param('id') id: string) {
    await this.handlers.run(id, this.sessions);
    return {};
  }
}
