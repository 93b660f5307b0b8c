require('reflect-metadata');
const common = require('@nestjs/common');
const core = require('@nestjs/core');
const session = require('nest-session');
const serve = require('./serve.cjs');

const named = (module) => Object.keys(module).filter((name) => name !== '__esModule' && name !== 'module.exports');
const exported = Object.fromEntries(process.argv.slice(2).map((name) => [name, named(require(name)).sort()]));

void serve({ common, core, session }).then((answer) => {
  console.log(JSON.stringify({ node: process.version, exported, answer }));
});
