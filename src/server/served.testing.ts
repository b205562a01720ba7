// For tests: a real server on a port of its own over folders of a test, and requests
// as a stranger would make them.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type ServeOptions, type Serving, serveStudies } from './serve.ts';
import type { StudyList } from './wire.ts';

const stand = fileURLToPath(new URL('./program.testing.ts', import.meta.url));

/** An empty folder that is removed after the tests. */
export function scratch(): string {
  const dir = mkdtempSync(join(tmpdir(), 'gaplab-ui-'));
  after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Whatever was said: tests look at single fields. */
type Json = ReturnType<typeof JSON.parse>;

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  json(): Json;
}

export interface Asking {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

export interface Served extends Serving {
  /** `path` goes out as it is. */
  ask(path: string, asking?: Asking): Promise<Answer>;
  get(path: string): Promise<Json>;
  act(name: string, body: unknown): Promise<Answer>;
  /** Id of the study of that name. */
  idOf(name: string): Promise<string>;
  /** Events from now on, or from `last` on. */
  events(last?: string): Promise<Stream>;
}

export interface Heard {
  id: string;
  event: string;
  data: Json;
}

export interface Stream {
  heard: Heard[];
  /** The first event that `which` accepts, heard before or still to come. */
  until(which: (event: Heard) => boolean): Promise<Heard>;
  close(): void;
}

/** The server is closed after the tests, unless the test has closed it. */
export async function served(dirs: string[], change: Partial<ServeOptions> = {}): Promise<Served> {
  const pages = scratch();
  mkdirSync(join(pages, 'assets'));
  writeFileSync(join(pages, 'index.html'), '<!doctype html><title>pages</title>');
  writeFileSync(join(pages, 'assets', 'index-abcdefgh.js'), 'export {};');
  const serving = await serveStudies({
    ...{ dirs, host: '127.0.0.1', port: 0, readOnly: false, allowCommands: false, pages, version: 'test' },
    launch: [process.execPath, '--disable-warning=ExperimentalWarning', stand],
    ...change,
  });
  let closing: Promise<void> | undefined;
  const close = () => (closing ??= serving.close());
  after(close);
  const ask = (path: string, asking?: Asking) => send(serving.port, path, asking);
  const get = async (path: string) => {
    const { status, text, json } = await ask(path);
    if (status !== 200) throw new Error(`${path}: ${status} ${text}`);
    return json();
  };
  return {
    ...serving,
    close,
    ask,
    get,
    act: (name, body) =>
      ask(`/actions/${name}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    async idOf(name) {
      const { studies }: StudyList = await get('/data/studies.json');
      return studies.find((study) => study.name === name)!.id;
    },
    events: (last) => listen(serving.port, last),
  };
}

function send(
  port: number,
  path: string,
  { method = 'GET', headers = {}, body }: Asking = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ port, host: '127.0.0.1', path, method, headers, agent: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      answer.on('end', () =>
        resolve({ status: answer.statusCode!, headers: answer.headers, text, json: () => JSON.parse(text) }),
      );
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

function listen(port: number, last?: string): Promise<Stream> {
  return new Promise((resolve, reject) => {
    const headers = last === undefined ? {} : { 'last-event-id': last };
    const asked = request({ port, host: '127.0.0.1', path: '/events', headers, agent: false }, (answer) => {
      const heard: Heard[] = [];
      let wake = () => {};
      let rest = '';
      answer.setEncoding('utf8').on('data', (part: string) => {
        const blocks = (rest + part).split('\n\n');
        rest = blocks.pop()!;
        for (const block of blocks) {
          const fields = Object.fromEntries(
            block.split('\n').map((line) => [line.split(':')[0], line.replace(/^\w*: ?/, '')]),
          );
          if (fields.event) heard.push({ id: fields.id, event: fields.event, data: JSON.parse(fields.data) });
        }
        wake();
      });
      answer.on('error', () => {});
      resolve({
        heard,
        async until(which) {
          for (;;) {
            const found = heard.find(which);
            if (found) return found;
            await new Promise<void>((again) => {
              wake = again;
            });
          }
        },
        close: () => asked.destroy(),
      });
    });
    asked.on('error', reject);
    asked.end();
  });
}
