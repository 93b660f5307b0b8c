/** Requests wait here until a test lets them go on. */
export class Turnstile {
  private readonly waiting = new Map<string, () => void>();
  private readonly arrivals = new Map<string, () => void>();

  pass(name: string): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.set(name, resolve);
      this.arrivals.get(name)?.();
    });
  }

  async arrived(name: string): Promise<void> {
    if (!this.waiting.has(name)) await new Promise<void>((resolve) => this.arrivals.set(name, resolve));
  }

  release(name: string): void {
    this.waiting.get(name)?.();
    this.waiting.delete(name);
  }
}
