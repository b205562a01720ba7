// Requests: files are read and actions asked for; what goes wrong becomes one sentence.
import type { ActionAnswer, ActionName, Actions, Refusal } from '../../../src/server/wire.ts';

/** The JSON at `path`, relative to the page. */
export async function getJson<T>(path: string): Promise<T> {
  const response = await ask(path, {});
  if (!response.ok) throw new Error(await refusalOf(response));
  return (await response.json()) as T;
}

/** Asks the server for an action. */
export async function act<Name extends ActionName>(name: Name, order: Actions[Name]): Promise<ActionAnswer> {
  const response = await ask(`actions/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(order),
  });
  if (!response.ok) throw new Error(await refusalOf(response));
  return (await response.json()) as ActionAnswer;
}

async function ask(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, { ...init, cache: 'no-cache' });
  } catch {
    throw new Error('the server does not answer');
  }
}

async function refusalOf(response: Response): Promise<string> {
  try {
    return ((await response.json()) as Refusal).error;
  } catch {
    return `the server answered ${response.status}`;
  }
}
