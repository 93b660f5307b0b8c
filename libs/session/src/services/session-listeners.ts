import type { OnModuleInit } from '@nestjs/common';
import type { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { SessionUsageError } from '../errors/session-usage.error.js';
import type { NamedSessionEvent, SessionEventName, SessionEvents } from '../events/session-events.js';

/** Metadata of a method that listens: names of events, or `'*'`. */
export const LISTENS_TO = 'nest-session:listens-to';

type Wrapper = ReturnType<DiscoveryService['getProviders']>[number];
type Method = (event: NamedSessionEvent) => unknown;

/** The part of EventEmitter2 that is used here. */
interface Emitter {
  emit(name: string, event: NamedSessionEvent): unknown;
}

/** Connects the methods marked `@OnSessionEvent()`, and the emitter of @nestjs/event-emitter, to the events. */
export class SessionListeners implements OnModuleInit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly events: SessionEvents,
  ) {}

  onModuleInit(): void {
    // An instance may be provided under several tokens.
    const seen = new Set<object>();
    const emitters = new Set<Emitter>();
    for (const wrapper of [...this.discovery.getProviders(), ...this.discovery.getControllers()]) {
      const prototype = prototypeOf(wrapper);
      if (!prototype) continue;
      const instance: unknown = wrapper.instance;
      if (!wrapper.isDependencyTreeStatic()) this.requireNone(prototype);
      else if (isObject(instance) && !seen.has(instance)) {
        seen.add(instance);
        this.connect(instance, prototype);
        if (isEmitter(wrapper, instance)) emitters.add(instance);
      }
    }
    for (const emitter of emitters) this.events.onAny((event) => emitter.emit(`session.${event.name}`, event));
  }

  private connect(instance: object, prototype: object): void {
    for (const { method, names } of this.listenersOf(prototype)) {
      const listener: Method = (event) => method.call(instance, event);
      if (names.includes('*')) this.events.onAny(listener);
      else for (const name of new Set(names)) this.listen(name as SessionEventName, listener);
    }
  }

  private listen(name: SessionEventName, listener: Method): void {
    this.events.on(name, (event) => listener({ name, ...event } as NamedSessionEvent));
  }

  /** A request-scoped instance does not exist any more when the event is emitted. */
  private requireNone(prototype: object): void {
    const [first] = this.listenersOf(prototype);
    if (first) throw SessionUsageError.scopedListener(`${prototype.constructor.name}.${first.method.name}()`);
  }

  private listenersOf(prototype: object): { method: Method; names: readonly string[] }[] {
    return this.scanner.getAllMethodNames(prototype).flatMap((key) => {
      const method: unknown = Reflect.get(prototype, key);
      if (typeof method !== 'function') return [];
      const names: unknown = Reflect.getMetadata(LISTENS_TO, method);
      return Array.isArray(names) ? [{ method: method as Method, names: names as readonly string[] }] : [];
    });
  }
}

/** The prototype of a class. A request-scoped one has no instance yet. */
function prototypeOf({ instance, metatype }: Wrapper): object | undefined {
  const own: unknown = isObject(instance) ? Object.getPrototypeOf(instance) : undefined;
  const prototype: unknown = own ?? (typeof metatype === 'function' ? metatype.prototype : undefined);
  return isObject(prototype) ? prototype : undefined;
}

/** By name and shape, so that nothing of that module has to be installed. */
const isEmitter = ({ host }: Wrapper, instance: object): instance is Emitter =>
  host?.metatype.name === 'EventEmitterModule' && 'emit' in instance && 'emitAsync' in instance;

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
