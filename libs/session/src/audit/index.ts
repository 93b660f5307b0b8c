export { auditLine, type AuditEntry } from './audit-entry.js';
export type { SessionAuditOptions } from './audit-options.js';
export type { AuditQuery, AuditWriter } from './audit-writer.js';
export { SessionAuditModule } from './session-audit.module.js';
export { SessionAudit } from './session-audit.service.js';
export { sqliteAudit, SqliteAudit, type SqliteAuditOptions } from './sqlite-audit.js';
