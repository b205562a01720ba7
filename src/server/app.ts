// The addresses of the server. Every GET but the events is a file of an export, so pages are the same there.
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { compress } from 'hono/compress';
import { streamSSE } from 'hono/streaming';
import { UserError } from '../core/errors.ts';
import { type Actor, isAction } from './actions.ts';
import type { Asset } from './assets.ts';
import type { Dashboard } from './dashboard.ts';
import { type GuardOptions, guard, withHeaders } from './guards.ts';
import { startForm } from './start.ts';
import type { Meta } from './wire.ts';

export interface AppOptions extends GuardOptions {
  dashboard: Dashboard;
  /** Absent in read-only mode. */
  actor: Actor | undefined;
  assets: ReadonlyMap<string, Asset>;
  version: string;
  allowCommands: boolean;
}

const MOST_BODY = 64 * 1024;
/** Streams of events at once: a page has one. */
const MOST_STREAMS = 200;
/** Milliseconds between signs of life, by which a lost connection is noticed. */
const ALIVE_MS = 15_000;

export function createApp(options: AppOptions): Hono {
  const { dashboard, actor, assets, version, allowCommands } = options;
  const app = new Hono();
  app.use(withHeaders, guard(options), compress());

  app.onError((error, c) => {
    if (error instanceof UserError) return c.json({ error: error.message }, 400);
    console.error(`gaplab: ${error.stack ?? error.message}`);
    return c.json({ error: 'something went wrong in the server; its terminal says more' }, 500);
  });
  app.notFound((c) => c.json({ error: 'there is nothing at that address' }, 404));

  const meta: Meta = { version, live: true, readOnly: actor === undefined };
  app.get('/data/meta.json', (c) => answer(c, meta));
  app.get('/data/studies.json', async (c) => answer(c, await dashboard.list()));
  app.get('/data/form.json', (c) => answer(c, startForm(dashboard.roots, allowCommands)));
  app.get('/data/:study/view.json', (c) => {
    const view = dashboard.view(c.req.param('study'));
    if (view && 'problem' in view) return c.json({ error: view.problem }, 503);
    return answer(c, view);
  });
  app.get('/data/:study/runs.json', (c) =>
    answer(c, dashboard.table(c.req.param('study'), c.req.query('after'))),
  );
  app.get('/data/:study/runs/:file{[0-9a-f]{16}\\.json}', (c) =>
    answer(c, dashboard.run(c.req.param('study'), c.req.param('file').slice(0, 16))),
  );
  app.get('/data/:study/metrics/:file{[0-9a-f]{16}\\.json}', async (c) =>
    answer(
      c,
      await dashboard.metrics(c.req.param('study'), c.req.param('file').slice(0, 16), c.req.query('from')),
    ),
  );

  app.get('/events', (c) => {
    if (dashboard.hub.listeners >= MOST_STREAMS) return c.json({ error: 'too many pages are open' }, 503);
    const listener = dashboard.hub.listen(c.req.header('last-event-id'));
    return streamSSE(c, async (stream) => {
      stream.onAbort(() => listener.close());
      const alive = setInterval(() => void stream.write(': alive\n\n').catch(() => {}), ALIVE_MS);
      try {
        // Headers and a first byte at once: the page knows that it is connected.
        await stream.write(': hello\n\n');
        for (let sent = await listener.next(); sent && !stream.aborted; sent = await listener.next())
          await stream.writeSSE(sent);
      } finally {
        clearInterval(alive);
        listener.close();
      }
    });
  });

  app.post('/actions/:name', bodyLimit({ maxSize: MOST_BODY, onError: (c) => tooLarge(c) }), async (c) => {
    const name = c.req.param('name');
    if (!isAction(name)) return c.notFound();
    if (!actor) return c.json({ error: 'this server only shows: it was started with --read-only' }, 403);
    // A form of another site can send other types without asking first.
    if (!/^application\/json\b/.test(c.req.header('content-type') ?? ''))
      return c.json({ error: 'the request is to be JSON' }, 415);
    let body: unknown;
    try {
      body = await c.req.json();
    } catch {
      return c.json({ error: 'the request is not JSON' }, 400);
    }
    return c.json(await actor.act(name, body));
  });

  app.get('*', (c) => {
    const asset = assets.get(c.req.path.slice(1));
    if (!asset) return c.notFound();
    c.header('content-type', asset.type);
    c.header('cache-control', asset.forever ? 'public, max-age=31536000, immutable' : 'no-cache');
    return c.body(asset.read());
  });
  return app;
}

const tooLarge = (c: Context) => c.json({ error: `the request is larger than ${MOST_BODY / 1024} KB` }, 413);

function answer(c: Context, value: object | undefined) {
  if (value === undefined) return c.json({ error: 'there is no such study or run' }, 404);
  c.header('cache-control', 'no-store');
  return c.json(value);
}
