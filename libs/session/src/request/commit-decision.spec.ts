import { describe, expect, it } from 'vitest';
import { decideCommit, type CommitFacts } from './commit-decision.js';

const clean: CommitFacts = {
  isNew: false,
  inBrowser: true,
  recordInCookie: false,
  dataChanged: false,
  cookieChanged: false,
  persistent: () => false,
  renewalDue: false,
  touched: false,
  endedSent: false,
  refused: undefined,
  rolling: false,
  resave: false,
  saveUninitialized: false,
};
const fresh: CommitFacts = { ...clean, isNew: true, inBrowser: false };

describe('decideCommit', () => {
  it.each<[string, CommitFacts, string, string]>([
    ['clean', clean, 'none', 'none'],
    ['changed', { ...clean, dataChanged: true }, 'save', 'none'],
    [
      'changed, with a cookie that the browser keeps',
      { ...clean, dataChanged: true, persistent: () => true },
      'save',
      'set',
    ],
    ['changed attributes of the cookie', { ...clean, cookieChanged: true }, 'save', 'set'],
    ['changed, signed with an old secret', { ...clean, dataChanged: true, inBrowser: false }, 'save', 'set'],
    ['changed, rolling', { ...clean, dataChanged: true, rolling: true }, 'save', 'set'],
    ['changed, in the cookie itself', { ...clean, dataChanged: true, recordInCookie: true }, 'save', 'set'],
    ['due, in the cookie itself', { ...clean, renewalDue: true, recordInCookie: true }, 'renew', 'set'],
    ['clean, in the cookie itself', { ...clean, recordInCookie: true }, 'none', 'none'],
    ['resave', { ...clean, resave: true }, 'save', 'none'],
    ['due', { ...clean, renewalDue: true }, 'renew', 'none'],
    [
      'due, with a cookie that the browser keeps',
      { ...clean, renewalDue: true, persistent: () => true },
      'renew',
      'set',
    ],
    ['due, signed with an old secret', { ...clean, renewalDue: true, inBrowser: false }, 'renew', 'set'],
    ['touched', { ...clean, touched: true }, 'renew', 'none'],
    ['rolling', { ...clean, rolling: true }, 'renew', 'set'],
    ['saved by hand, not in the browser yet', { ...clean, inBrowser: false }, 'none', 'set'],
    ['new and untouched', fresh, 'none', 'none'],
    ['new and untouched, in place of one that ended', { ...fresh, endedSent: true }, 'none', 'clear'],
    ['new and untouched, saveUninitialized', { ...fresh, saveUninitialized: true }, 'save', 'set'],
    ['new and written to', { ...fresh, dataChanged: true }, 'save', 'set'],
  ])('a session that is %s', (_what, facts, write, cookie) => {
    expect(decideCommit(facts)).toEqual({ write, cookie });
  });

  it('refuses to store a new session that may not be', () => {
    expect(decideCommit({ ...fresh, dataChanged: true, refused: 'rotated' })).toEqual({
      write: 'refused',
      refused: 'rotated',
    });
  });
});
