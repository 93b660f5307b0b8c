// Installs the example with the library as it is now: what lint, type check and build need.
import { install } from './prepare.mjs';

await install();
