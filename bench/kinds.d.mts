export const KINDS: Readonly<
  Record<string, { platform: 'express' | 'fastify'; setUp: string; turn: string; options: object }>
>;
