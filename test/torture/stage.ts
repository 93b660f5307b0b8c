import type { Redis } from 'ioredis';
import { startRedis, type RedisServer } from '../support/redis-server.js';
import type { ServerSettings } from './servers/settings.js';
import type { Fleet, Target } from './target.js';

/** Two processes of a target on one Redis, for everything in which nothing breaks. */
export interface Stage {
  readonly target: Target;
  readonly fleet: Fleet;
  readonly redis: RedisServer;
  /** A look behind the scenes. */
  readonly admin: Redis;
}

/** Sets the stage, plays, and clears it. */
export async function onStage<T>(
  target: Target,
  play: (stage: Stage) => Promise<T>,
  more: Omit<ServerSettings, 'store'> = {},
): Promise<T> {
  const redis = await startRedis();
  try {
    const fleet = await target.start({ kind: 'redis', url: redis.url }, more);
    try {
      return await play({ target, fleet, redis, admin: redis.client() });
    } finally {
      await fleet.stop();
    }
  } finally {
    await redis.stop();
  }
}
