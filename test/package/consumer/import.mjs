import 'reflect-metadata';
import * as common from '@nestjs/common';
import * as core from '@nestjs/core';
import * as session from 'nest-session';
import serve from './serve.cjs';

const exported = {};
for (const name of process.argv.slice(2)) exported[name] = Object.keys(await import(name)).sort();

const answer = await serve({ common, core, session });
console.log(JSON.stringify({ node: process.version, exported, answer }));
