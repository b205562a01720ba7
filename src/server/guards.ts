// What keeps strangers out: the names under which the server may be called, the origin of a request,
// a token, limits, and headers that let a page load nothing but its own.
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import type { MiddlewareHandler } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';

/** Only this computer can reach the server there. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));

/** Bound to all addresses, which is no name to call it by. */
export const isEverywhere = (host: string): boolean => host === '0.0.0.0' || host === '::';

export const newToken = (): string => randomBytes(16).toString('hex');

/**
 * Names by which a browser may call a server bound to `host`. A page of a stranger can point a name
 * of its own at this computer (DNS rebinding); it cannot make the browser call that name anything else.
 */
export function namesOf(host: string): Set<string> {
  const names = new Set(['localhost', '127.0.0.1', '::1']);
  if (!isEverywhere(host)) names.add(host.toLowerCase());
  if (isLoopback(host)) return names;
  names.add(hostname().toLowerCase());
  for (const all of Object.values(networkInterfaces()))
    for (const { address } of all ?? []) names.add(address.toLowerCase());
  return names;
}

/** The name in a Host header or an origin, without its port: a tunnel may have another one. */
export function nameIn(host: string | undefined): string | undefined {
  if (!host || host.length > 300) return undefined;
  try {
    const { hostname: name, username, password, pathname, search } = new URL(`http://${host}`);
    if (username || password || pathname !== '/' || search) return undefined;
    return name.replace(/^\[|\]$/g, '');
  } catch {
    return undefined;
  }
}

export interface GuardOptions {
  names: ReadonlySet<string>;
  /** Asked for where it is given. */
  token: string | undefined;
}

const COOKIE = 'gaplab-token';

/** Everything that is checked before a request is looked at. */
export function guard({ names, token }: GuardOptions): MiddlewareHandler {
  return async (c, next) => {
    const host = c.req.header('host');
    const name = nameIn(host);
    if (name === undefined || !names.has(name))
      return c.json(
        { error: 'this server is not called by that name: use the address that `gaplab ui` printed' },
        421,
      );
    if (!['GET', 'HEAD', 'POST'].includes(c.req.method)) return c.json({ error: 'no such method' }, 405);
    if (isFromElsewhere(c.req.header('origin'), host!))
      return c.json({ error: 'the request comes from the page of another origin' }, 403);
    // Pages may be linked to from anywhere; what they are made from may not.
    const site = c.req.header('sec-fetch-site');
    const mode = c.req.header('sec-fetch-mode');
    if (site !== undefined && !['same-origin', 'none'].includes(site) && mode !== 'navigate')
      return c.json({ error: 'the request comes from the page of another site' }, 403);
    if (token !== undefined) {
      const given = c.req.query('token');
      if (given !== undefined && c.req.method === 'GET') {
        if (!isSame(given, token)) return c.json({ error: 'the token is not that of this server' }, 401);
        setCookie(c, COOKIE, token, { httpOnly: true, sameSite: 'Strict', path: '/' });
        // Out of the address, where it would be seen and kept.
        return c.redirect('/', 303);
      }
      const bearer = /^Bearer (.+)$/.exec(c.req.header('authorization') ?? '')?.[1];
      if (!isSame(bearer ?? getCookie(c, COOKIE) ?? '', token))
        return c.json({ error: 'a token is needed: use the whole address that `gaplab ui` printed' }, 401);
    }
    return next();
  };
}

/** A browser says where a page that posts comes from; other programs say nothing. */
function isFromElsewhere(origin: string | undefined, host: string): boolean {
  if (origin === undefined) return false;
  try {
    const { protocol, host: from } = new URL(origin);
    return !['http:', 'https:'].includes(protocol) || from !== new URL(`${protocol}//${host}`).host;
  } catch {
    return true; // `null`, of a page without an origin
  }
}

function isSame(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/**
 * A page loads only what this server has. Figures have style elements inside; images come from what
 * a page has drawn itself; ONNX Runtime compiles WebAssembly, with shared memory where pages are isolated.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self' blob:",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export const headers: Record<string, string> = {
  'content-security-policy': policy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
  'x-frame-options': 'DENY',
};

export const withHeaders: MiddlewareHandler = async (c, next) => {
  await next();
  for (const [name, value] of Object.entries(headers)) c.res.headers.set(name, value);
};
