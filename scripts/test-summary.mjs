// Reads vitest's JSON reports and closes a run with one line: "N passed, N failed".
// Exits with 1 if a test failed, was skipped or left to do, if a file could not be run, or if no test ran.
import { existsSync, readFileSync } from 'node:fs';

const reports = process.argv
  .slice(2)
  .map((path) => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : { success: false, testResults: [] }));

const files = reports.flatMap((report) => report.testResults);
const tests = files.flatMap((file) => file.assertionResults);
const count = (status) => tests.filter((test) => test.status === status).length;
const passed = count('passed');
const failed = count('failed');
const notRun = tests.length - passed - failed;
const brokenFiles = files.filter(
  (file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
);

if (notRun > 0) console.error(`${notRun} tests were skipped, or are still to be written. Every test has to run.`);
for (const file of brokenFiles) console.error(`${file.name} failed outside its tests: ${file.message}`);
if (tests.length === 0) console.error('No test ran.');

console.log(`${passed} passed, ${failed} failed`);
const complete = reports.length > 0 && reports.every((report) => report.success);
process.exitCode = complete && passed > 0 && failed + notRun + brokenFiles.length === 0 ? 0 : 1;
