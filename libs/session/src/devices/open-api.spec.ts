import * as swagger from '@nestjs/swagger';
import { describe, expect, it } from 'vitest';
import { loadOpenApi } from './open-api.js';

const missing = (name: string) => (): Promise<typeof swagger> => import(/* @vite-ignore */ name);

describe('loadOpenApi', () => {
  it('finds @nestjs/swagger where it is installed', async () => {
    expect((await loadOpenApi())?.ApiProperty).toBe(swagger.ApiProperty);
  });

  it('goes on without it where it is not', async () => {
    expect(await loadOpenApi(missing('@nestjs/swagger-that-is-not-there'))).toBeUndefined();
  });

  it('hides nothing else that goes wrong', async () => {
    await expect(loadOpenApi(missing('something-else-that-is-not-there'))).rejects.toThrow('something-else');
    await expect(loadOpenApi(() => Promise.reject(new Error('@nestjs/swagger is broken')))).rejects.toThrow('broken');
  });
});
