// The PyTorch side of bench/step.ts: a process of step_pytorch.py, asked line by line.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Setup } from '../step.ts';

export interface TorchSteps {
  torch: string;
  python: string;
  /** Builds the model, finds the fastest way to train it and says which it was. */
  setup(setup: Setup): Promise<{ variant: string; parameters: number }>;
  /** Mean milliseconds of `steps` steps. */
  run(steps: number): Promise<number>;
  close(): void;
}

export async function startTorch(python: string): Promise<TorchSteps> {
  const child = spawn(python, [join(import.meta.dirname, 'step_pytorch.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error('step_pytorch.py ended; see its message above');
    return JSON.parse(value);
  };
  const ask = (request: object) => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    return answer();
  };
  await once(child, 'spawn');
  const { torch, python: version } = await answer();
  return {
    torch,
    python: version,
    setup: (setup) => ask({ setup }),
    run: async (steps) => (await ask({ run: steps })).ms,
    close: () => child.stdin.end(),
  };
}
