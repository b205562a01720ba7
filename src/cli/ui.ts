// `gaplab ui [DIR...]`: the dashboard of studies in a browser, live or as files.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { UserError } from '../core/errors.ts';
import { action, type Context, command, examples, integer } from './common.ts';

interface Options {
  port?: number;
  host: string;
  token?: boolean;
  readOnly?: boolean;
  allowCommands?: boolean;
  open?: boolean;
  export?: string;
}

/** Where the dashboard is unless --port says otherwise; when that is taken, any port that is free. */
const PORT = 4750;

// Loaded only when it is used: help is to be instant.
const server = () => import('../server/serve.ts');

export function register(program: Command): void {
  const ui = command(
    program,
    'ui [dirs...]',
    'The dashboard: studies in a browser, live while they run. Each directory is a study or holds studies (default: studies).',
  )
    .option('--port <n>', `port to listen on; 0 for any that is free (default: ${PORT})`, port)
    .option('--host <address>', 'address to listen on; any but this computer asks for a token', '127.0.0.1')
    .option('--token', 'ask for a token here, too: other users of this computer can reach the port')
    .option('--read-only', 'pages show, and cannot start, pause or stop anything')
    .option(
      '--allow-commands',
      'pages may start studies that run commands or read files of this computer; only for studies that you trust',
    )
    .option('--open', 'open the page in a browser')
    .option('--export <dir>', 'write the pages as files, for any web server, and end');
  examples(ui, [
    ['gaplab ui', 'all studies in ./studies; Ctrl-C ends it'],
    ['gaplab ui studies/quick --open', 'one study, in the browser'],
    ['gaplab ui studies --export site', 'the same pages as files, e.g. to publish them'],
    [
      'gaplab ui /shared/studies --host 0.0.0.0 --read-only',
      'for others to look at, who need the address with the token',
    ],
  ]);
  ui.action(
    action(async (ctx: Context, given: string[], options: Options) => {
      const dirs = given.length > 0 ? given : [existsSync('study.json') ? '.' : 'studies'];
      if (options.port !== undefined && options.export !== undefined)
        throw new UserError('--export writes files and listens on no port: leave out --port');
      const common = { dirs, pages: pagesFolder(ctx), version: version() };
      if (options.export !== undefined) return exported(ctx, options.export, common);
      await serve(ctx, common, options);
    }),
  );
}

async function exported(
  ctx: Context,
  out: string,
  common: { dirs: string[]; pages: string; version: string },
): Promise<void> {
  const { exportStudies } = await server();
  const { studies, files } = await exportStudies(common, out, ctx.signal);
  ctx.out(`${studies} ${studies === 1 ? 'study' : 'studies'} in ${files} files: ${out}/index.html`);
  ctx.result({ dir: out, studies, files });
}

async function serve(
  ctx: Context,
  common: { dirs: string[]; pages: string; version: string },
  options: Options,
): Promise<void> {
  const { host, token, readOnly = false, allowCommands = false } = options;
  const launch = [process.execPath, fileURLToPath(new URL(programFile, import.meta.url))];
  const { serveStudies } = await server();
  const start = (port: number) =>
    serveStudies({ ...common, host, port, token, readOnly, allowCommands, launch });
  const serving = await start(options.port ?? PORT).catch((error) => {
    if (options.port !== undefined || !(error instanceof UserError) || !/is taken/.test(error.message))
      throw error;
    return start(0);
  });
  const { url, port } = serving;
  try {
    ctx.out(`The dashboard is at ${url}\nCtrl-C ends it; studies that were started from it are paused then.`);
    // Whoever reads it needs the address now, not when it has ended.
    if (ctx.json) process.stdout.write(`${JSON.stringify({ url, port })}\n`);
    if (options.open) openBrowser(url);
    if (!ctx.signal.aborted)
      await new Promise((stopped) => ctx.signal.addEventListener('abort', stopped, { once: true }));
  } finally {
    await serving.close();
  }
  ctx.result({ url, port });
}

const isSource = import.meta.url.endsWith('.ts');
const programFile = isSource ? '../cli.ts' : '../cli.js';

/** Where the built pages are. A clone builds them when its sources have changed; a package has them. */
function pagesFolder(ctx: Context): string {
  const builder = fileURLToPath(new URL('../../scripts/ui.ts', import.meta.url));
  if (isSource && existsSync(builder)) {
    ctx.progress.line('building the pages, if they have changed');
    try {
      execFileSync(process.execPath, [builder], { stdio: ['ignore', 'ignore', 'pipe'] });
    } catch (error) {
      const words = String((error as { stderr?: Buffer }).stderr ?? error).trim();
      throw new Error(
        `the pages cannot be built (${words.split('\n').slice(-3).join(' ')}); run npm ci first`,
      );
    }
  }
  const folder = fileURLToPath(new URL(isSource ? '../../dist/web' : '../web', import.meta.url));
  if (!existsSync(folder)) throw new UserError(`the pages are missing (${folder}): install gaplab again`);
  return folder;
}

function openBrowser(url: string): void {
  const [program, ...args] =
    process.platform === 'darwin'
      ? ['open', url]
      : process.platform === 'win32'
        ? ['explorer', url]
        : ['xdg-open', url];
  // Without a browser the address is printed all the same.
  spawn(program, args, { stdio: 'ignore', detached: true })
    .on('error', () => {})
    .unref();
}

function port(text: string): number {
  const value = integer(0)(text);
  if (value > 65535) throw new UserError('--port must be at most 65535');
  return value;
}

const version = (): string =>
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version;
