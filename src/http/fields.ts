import { BadRequestException } from '@nestjs/common';

/**
 * The fields of a JSON object or a form. Only its own ones: `__proto__` is a name like any other.
 * @throws `BadRequestException` if the body is something else
 */
export function fieldsOf(body: unknown): (name: string) => unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new BadRequestException('Send an object, as JSON or as a form.');
  }
  return (name) => (Object.hasOwn(body, name) ? (body as Record<string, unknown>)[name] : undefined);
}
