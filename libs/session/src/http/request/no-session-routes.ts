import { RequestMethod, type OnModuleInit } from '@nestjs/common';
import type {
  ApplicationConfig,
  DiscoveryService,
  HttpAdapterHost,
  MetadataScanner,
  ModulesContainer,
  Reflector,
} from '@nestjs/core';
import { RoutePathFactory } from '@nestjs/core/router/route-path-factory.js';
import { pathToRegexp } from 'path-to-regexp';
import { isCaseSensitive, ordered } from './route-order.js';

/** Metadata that marks such a route. */
export const NO_SESSION = 'nest-session:no-session';

interface Route {
  /** Undefined for every method. */
  readonly method: string | undefined;
  readonly path: string;
  readonly pattern: RegExp;
  readonly marked: boolean;
}

// The metadata keys of Nest's own decorators.
const PATH = 'path';
const METHOD = 'method';
const VERSION = '__version__';
const MODULE_PATH = '__module_path__';

/**
 * Finds the routes marked `@NoSession()`, because middleware runs before the router. The paths are those that Nest registers
 * with the router, and are matched in the same way and order. For a path that is still not recognized, such as `//health`,
 * the record is read unnecessarily.
 */
export class NoSessionRoutes implements OnModuleInit {
  private routes: readonly Route[] = [];
  private marked: readonly Route[] = [];
  /** Whether there are any, known once the application starts. */
  any = false;

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
    private readonly config: ApplicationConfig,
    private readonly modules: ModulesContainer,
    private readonly host: HttpAdapterHost,
  ) {}

  onModuleInit(): void {
    const found = this.discovery.getControllers().flatMap((wrapper) => this.routesOf(wrapper));
    if (!found.some(({ marked }) => marked)) return;
    this.routes = ordered(found, this.host);
    this.marked = found.filter(({ marked }) => marked);
    this.any = true;
  }

  /** Whether a request is for such a route. */
  includes(method: string | undefined, url: string): boolean {
    const end = url.search(/[?#]/);
    const path = end === -1 ? url : url.slice(0, end);
    const asked = method === 'HEAD' ? 'GET' : method;
    const isAsked = (route: Route): boolean =>
      (route.method === undefined || route.method === asked) && route.pattern.test(path);
    // Most requests are not for one of the few marked routes, so those are checked first.
    return this.marked.some(isAsked) && this.routes.find(isAsked)?.marked === true;
  }

  private routesOf({ instance, metatype, host }: ReturnType<DiscoveryService['getControllers']>[number]): Route[] {
    if (typeof instance !== 'object' || instance === null || typeof metatype !== 'function') return [];
    const prototype: unknown = Object.getPrototypeOf(instance);
    if (typeof prototype !== 'object' || prototype === null) return [];
    return this.scanner.getAllMethodNames(prototype).flatMap((name) => {
      const handler: unknown = Reflect.get(prototype, name);
      if (typeof handler !== 'function' || !Reflect.hasMetadata(PATH, handler)) return [];
      return this.routesTo(handler, metatype, host?.metatype);
    });
  }

  private routesTo(handler: object, controller: object, module: object | undefined): Route[] {
    const marked = this.reflector.getAllAndOverride<boolean>(NO_SESSION, [
      handler as () => unknown,
      controller as () => unknown,
    ]);
    const method = Reflect.getMetadata(METHOD, handler) as RequestMethod;
    const name = RequestMethod[method];
    const sensitive = isCaseSensitive(this.host);
    return this.pathsOf(handler, controller, module, method).flatMap((path) => {
      const pattern = patternOf(path, sensitive);
      return pattern ? [{ method: name === 'ALL' ? undefined : name, path, pattern, marked: marked ?? false }] : [];
    });
  }

  /** As Nest's router makes them: prefix and its exceptions, RouterModule, versions. */
  private pathsOf(handler: object, controller: object, module: object | undefined, method: RequestMethod): string[] {
    const versioningOptions = this.config.getVersioning();
    const methodVersion: unknown = Reflect.getMetadata(VERSION, handler);
    const controllerVersion: unknown = Reflect.getMetadata(VERSION, controller) ?? versioningOptions?.defaultVersion;
    const { applicationId } = this.modules;
    const modulePath: unknown =
      module &&
      (Reflect.getMetadata(`${MODULE_PATH}${applicationId}`, module) ?? Reflect.getMetadata(MODULE_PATH, module));
    const factory = new RoutePathFactory(this.config);
    const metadata = {
      globalPrefix: this.config.getGlobalPrefix(),
      modulePath,
      ctrlPath: Reflect.getMetadata(PATH, controller) as unknown,
      methodPath: Reflect.getMetadata(PATH, handler) as unknown,
      methodVersion,
      controllerVersion,
      versioningOptions,
    };
    return factory.create(metadata as Parameters<RoutePathFactory['create']>[0], method);
  }
}

/** @returns undefined for a path that the router would refuse too */
function patternOf(path: string, sensitive: boolean): RegExp | undefined {
  try {
    // A star without a name is how Fastify writes the rest of a path.
    return pathToRegexp(path.replace(/\*(?!\w)/g, '{*rest}'), { sensitive }).regexp;
  } catch {
    return undefined;
  }
}
