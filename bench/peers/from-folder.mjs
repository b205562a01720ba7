// Packages of the JavaScript peers come from a folder that the command line names: `node step_x.mjs DIR`.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = process.argv[2];

/** The package as `require` sees it, for packages that are no ES modules in Node. */
export const required = (name) => createRequire(join(folder, 'package.json'))(name);

/** The ES module at `path` below node_modules. */
export const imported = (path) => import(pathToFileURL(join(folder, 'node_modules', path)).href);

export const versionOf = (name) =>
  JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')).version;
