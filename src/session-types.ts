import type { CartItem } from './cart/cart.js';

// What this application keeps in a session. Everything that reads or writes sessions is typed by it.

declare module 'express-session' {
  interface SessionData {
    cart?: CartItem[];
  }
}

declare module 'nest-session' {
  interface SessionUser {
    readonly username: string;
  }
}
