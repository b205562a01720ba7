// The server: it is started on a port, tells its address, and is closed with everything that it has started.
import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { serve as serveHono } from '@hono/node-server';
import { UserError } from '../core/errors.ts';
import { codeOf } from '../files/errors.ts';
import { ownedFolder } from '../files/owned.ts';
import { Actor } from './actions.ts';
import { createApp } from './app.ts';
import { assetsOf } from './assets.ts';
import { Dashboard } from './dashboard.ts';
import { exportPages } from './export.ts';
import { rootOf } from './folders.ts';
import { isEverywhere, isLoopback, namesOf, newToken } from './guards.ts';

export interface ServeOptions {
  /** Studies, and folders that hold studies. */
  dirs: readonly string[];
  host: string;
  /** 0: any that is free. */
  port: number;
  /** Whether to ask for a token on this computer, too; elsewhere it always is. */
  token?: boolean;
  readOnly: boolean;
  /** Whether pages may start studies that name commands and files. */
  allowCommands: boolean;
  /** Folder of the built pages. */
  pages: string;
  version: string;
  /** Program and first arguments of gaplab's command line. */
  launch: readonly string[];
}

export interface Serving {
  /** With the token, where there is one. */
  url: string;
  port: number;
  token: string | undefined;
  /** Pauses what was started from pages, and waits for it. */
  close(): Promise<void>;
}

/** The same as files in `out`, once. Throws UserError for a file there that is not ours. */
export async function exportStudies(
  { dirs, pages, version }: Pick<ServeOptions, 'dirs' | 'pages' | 'version'>,
  out: string,
  signal: AbortSignal,
): Promise<{ studies: number; files: number }> {
  const dashboard = new Dashboard(dirs.map(rootOf), 'export');
  return exportPages(dashboard, assetsOf(pages), ownedFolder(out, 'ui'), { version, signal });
}

/** Throws UserError for a folder or a port that cannot be used. */
export async function serveStudies(options: ServeOptions): Promise<Serving> {
  const { dirs, host, readOnly, allowCommands, version, launch } = options;
  const dashboard = new Dashboard(dirs.map(rootOf), randomBytes(4).toString('hex'));
  dashboard.search();
  const actor = readOnly ? undefined : new Actor(dashboard, { launch, allowCommands });
  const token = options.token || !isLoopback(host) ? newToken() : undefined;
  const app = createApp({
    ...{ dashboard, actor, version, allowCommands, token },
    assets: assetsOf(options.pages),
    names: namesOf(host),
  });
  const server = await new Promise<Server>((resolve, reject) => {
    const made = serveHono({ fetch: app.fetch, hostname: host, port: options.port }, () =>
      resolve(made as Server),
    ) as Server;
    made.on('error', (error) => reject(portError(error, host, options.port)));
  });
  server.headersTimeout = 10_000;
  server.requestTimeout = 30_000;
  void dashboard.watch();
  const { port } = server.address() as AddressInfo;
  const called = isEverywhere(host) ? hostname() : host;
  const name = called.includes(':') ? `[${called}]` : called;
  return {
    url: `http://${name}:${port}/${token === undefined ? '' : `?token=${token}`}`,
    port,
    token,
    async close() {
      dashboard.close();
      await actor?.processes.close();
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

function portError(error: Error, host: string, port: number): Error {
  const code = codeOf(error);
  if (code === 'EADDRINUSE')
    return new UserError(`port ${port} is taken by another program: use another --port, or --port 0 for any`);
  if (code === 'EACCES') return new UserError(`port ${port} may not be used: use one above 1023`);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return new UserError(`--host ${host}: this computer has no such address`);
  return error;
}
