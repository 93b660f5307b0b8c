import type { Clock } from 'nest-session';

/** A clock that stands still until a test moves it. Starts at the real time, which foreign stores go by. */
export class TestClock implements Clock {
  private time: number;

  constructor(start = Date.now()) {
    this.time = start;
  }

  now(): number {
    return this.time;
  }

  /** Moves on by so many milliseconds. */
  advance(ms: number): void {
    this.time += ms;
  }
}
