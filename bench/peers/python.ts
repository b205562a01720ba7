// The Python interpreter that runs the peers: `--python PATH`, $GAPLAB_PYTHON, or python3.
import { spawnSync } from 'node:child_process';

export type Found = { python: string; missing?: undefined } | { python?: undefined; missing: string };

/** An interpreter that has `modules`, or one line that says what is missing. */
export function findPython(modules: string[], flag?: string): Found {
  const python = flag ?? process.env.GAPLAB_PYTHON ?? 'python3';
  const { status, error, stderr } = spawnSync(python, ['-c', `import ${modules.join(', ')}`], {
    encoding: 'utf8',
  });
  if (error) return { missing: `${python} does not run (${error.message})` };
  if (status === 0) return { python };
  const why = stderr.trim().split('\n').at(-1);
  return {
    missing: `${python}: ${why}; pip install ${modules.join(' ')}, then --python PATH or GAPLAB_PYTHON=PATH`,
  };
}
