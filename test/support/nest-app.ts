import 'reflect-metadata';
import type { INestApplication, NestInterceptor, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { tap } from 'rxjs';

/** What carries a Nest application. */
export type Platform = 'express' | 'fastify';
export const platforms: readonly Platform[] = ['express', 'fastify'];

/** A Nest application that listens. */
export interface ListeningApp {
  readonly app: INestApplication;
  readonly url: string;
}

/**
 * Starts a module's application on a free port, without a word in the log.
 * @param configure runs before it listens
 * @throws what Nest throws, instead of ending the process
 */
export async function startApp(
  platform: Platform,
  module: Type,
  configure?: (app: INestApplication) => void,
): Promise<ListeningApp> {
  const quiet = { logger: false, abortOnError: false } as const;
  const app: INestApplication =
    platform === 'express'
      ? await NestFactory.create(module, quiet)
      : await NestFactory.create(module, new FastifyAdapter(), quiet);
  configure?.(app);
  await app.listen(0, '127.0.0.1');
  return { app, url: await app.getUrl() };
}

/** Keeps what handlers throw, which an answer does not tell. */
export const rememberErrors = (errors: unknown[]): NestInterceptor => ({
  intercept: (_context, next) => next.handle().pipe(tap({ error: (error: unknown) => errors.push(error) })),
});
