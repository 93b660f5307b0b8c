import { RequestMethod, VersioningType, VERSION_NEUTRAL, type OnModuleInit } from '@nestjs/common';
import type { ApplicationConfig, DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';

/** Metadata that marks such a route. */
export const NO_SESSION = 'nest-session:no-session';

interface Route {
  readonly method: string | undefined;
  readonly path: RegExp;
}

// Where Nest's own decorators keep what they were given.
const PATH = 'path';
const METHOD = 'method';
const VERSION = '__version__';

/**
 * Knows the routes marked `@NoSession()`, because middleware runs before the router has found one. A path that is
 * written in another way (`//health`) is not recognized: the record is then read for nothing, and nothing else happens.
 */
export class NoSessionRoutes implements OnModuleInit {
  private readonly routes: Route[] = [];

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
    private readonly config: ApplicationConfig,
  ) {}

  onModuleInit(): void {
    for (const { instance, metatype } of this.discovery.getControllers()) {
      if (typeof instance !== 'object' || instance === null || typeof metatype !== 'function') continue;
      const prototype: unknown = Object.getPrototypeOf(instance);
      if (typeof prototype !== 'object' || prototype === null) continue;
      for (const name of this.scanner.getAllMethodNames(prototype)) {
        const handler: unknown = Reflect.get(prototype, name);
        if (typeof handler !== 'function' || !Reflect.hasMetadata(PATH, handler)) continue;
        if (this.reflector.getAllAndOverride<boolean>(NO_SESSION, [handler, metatype])) this.add(handler, metatype);
      }
    }
  }

  /** Whether a request asks for such a route. */
  includes(method: string | undefined, url: string): boolean {
    if (this.routes.length === 0) return false;
    const end = url.search(/[?#]/);
    const path = end === -1 ? url : url.slice(0, end);
    const asked = method === 'HEAD' ? 'GET' : method;
    return this.routes.some((route) => (route.method === undefined || route.method === asked) && route.path.test(path));
  }

  private add(handler: object, controller: object): void {
    const method = Reflect.getMetadata(METHOD, handler) as RequestMethod;
    const name = RequestMethod[method];
    for (const version of this.versionPrefixes(handler, controller)) {
      for (const root of paths(Reflect.getMetadata(PATH, controller))) {
        for (const leaf of paths(Reflect.getMetadata(PATH, handler))) {
          const path = pattern([this.config.getGlobalPrefix(), version, root, leaf]);
          if (path) this.routes.push({ method: name === 'ALL' ? undefined : name, path });
        }
      }
    }
  }

  private versionPrefixes(handler: object, controller: object): string[] {
    const versioning = this.config.getVersioning();
    if (versioning?.type !== VersioningType.URI) return [''];
    const version: unknown =
      Reflect.getMetadata(VERSION, handler) ??
      Reflect.getMetadata(VERSION, controller) ??
      versioning.defaultVersion ??
      VERSION_NEUTRAL;
    const prefix = versioning.prefix === false ? '' : (versioning.prefix ?? 'v');
    return [version].flat().map((one) => (typeof one === 'string' ? `${prefix}${one}` : ''));
  }
}

const paths = (metadata: unknown): string[] => [metadata ?? ''].flat().filter((path) => typeof path === 'string');

/** @returns undefined for a path with more than plain segments and `:parameters` */
function pattern(parts: readonly string[]): RegExp | undefined {
  const segments = parts.flatMap((part) => part.split('/')).filter((segment) => segment !== '');
  if (!segments.every((segment) => /^:?[\w.-]+$/.test(segment))) return undefined;
  const source = segments.map((segment) => (segment.startsWith(':') ? '[^/]+' : segment.replaceAll('.', '\\.')));
  return new RegExp(`^/${source.join('/')}/?$`);
}
