import { ConfigurableModuleBuilder, Module, type DynamicModule } from '@nestjs/common';
import { resolveAuditOptions, type SessionAuditOptions } from './audit-options.js';
import { AUDIT_OPTIONS, SessionAudit } from './session-audit.service.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<SessionAuditOptions>({ moduleName: 'SessionAudit' })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createSessionAuditOptions')
    .build();

/**
 * Writes an audit trail of sessions. Import it beside `SessionModule`, and inject {@link SessionAudit} to read it.
 *
 * @example
 * SessionAuditModule.forRoot({ writer: sqliteAudit({ path: './data/audit.db', retention: '90d' }) })
 */
@Module({
  providers: [
    { provide: AUDIT_OPTIONS, inject: [MODULE_OPTIONS_TOKEN], useFactory: resolveAuditOptions },
    SessionAudit,
  ],
  exports: [SessionAudit],
})
export class SessionAuditModule extends ConfigurableModuleClass {
  /** @throws `SessionConfigError` when the application starts, with every problem at once */
  static override forRoot(options: SessionAuditOptions): DynamicModule {
    return super.forRoot(options);
  }

  /**
   * As {@link forRoot}, with options from other providers, such as a writer that injects something.
   * @example
   * SessionAuditModule.forRootAsync({ imports: [LogModule], inject: [LogWriter], useFactory: (writer: LogWriter) => ({ writer }) })
   */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    return super.forRootAsync(options);
  }
}
