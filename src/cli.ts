// The command line's table of contents. A command's code is loaded only when it is called,
// so that help is instant.
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { helpLayout, reportError } from './cli/common.ts';

interface CommandEntry {
  summary: string;
  load(): Promise<{ register(program: Command): void }>;
}

const commands: Record<string, CommandEntry> = {
  study: { summary: 'run a study, or continue it', load: () => import('./cli/study.ts') },
  worker: { summary: 'make runs of a study, on any computer', load: () => import('./cli/worker.ts') },
  status: { summary: 'where a study stands', load: () => import('./cli/status.ts') },
  ui: { summary: 'the dashboard: studies in a browser', load: () => import('./cli/ui.ts') },
  report: { summary: 'write the report of a study again', load: () => import('./cli/report.ts') },
  claims: {
    summary: 'what the runs say about the claims of the paper',
    load: () => import('./cli/claims.ts'),
  },
  advise: {
    summary: 'what to begin with, and where each number comes from',
    load: () => import('./cli/advise.ts'),
  },
  figures: { summary: 'the figures of a study for print', load: () => import('./cli/figures.ts') },
  export: { summary: 'the runs of a study for other tools', load: () => import('./cli/export.ts') },
  import: { summary: 'runs of other tools as a study', load: () => import('./cli/import.ts') },
  pack: { summary: 'a study in one file', load: () => import('./cli/pack.ts') },
  unpack: { summary: 'a packed study as a directory again', load: () => import('./cli/unpack.ts') },
  verdict: { summary: 'whether one thing is better than another', load: () => import('./cli/verdict.ts') },
  train: { summary: 'one training run', load: () => import('./cli/train.ts') },
  trace: { summary: 'record a run for replay in PyTorch', load: () => import('./cli/trace.ts') },
  trainer: {
    summary: 'check a training script of your own, or begin its study file',
    load: () => import('./cli/trainer.ts'),
  },
  model: { summary: 'what a model costs', load: () => import('./cli/model.ts') },
  data: { summary: 'prepare a corpus, or look at one', load: () => import('./cli/data.ts') },
  probe: { summary: 'measure what explains the gap, at a checkpoint', load: () => import('./cli/probe.ts') },
  theory: {
    summary: 'simulate what the theory says about batch size',
    load: () => import('./cli/theory.ts'),
  },
  doctor: { summary: 'check that everything works on this machine', load: () => import('./cli/doctor.ts') },
};

/** Runs `gaplab ...args`; the exit code is left in `process.exitCode`. */
async function main(args: string[]): Promise<void> {
  const program = new Command('gaplab')
    .description(
      'Is your batch size the problem? Measures the gap between optimizers at every batch size, with its uncertainty.',
    )
    .version(version(), '-V, --version')
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureHelp(helpLayout) // commands take it over
    .configureOutput({ outputError: () => {} }); // said once, in one line, below
  const called = args.find((arg) => !arg.startsWith('-') && arg !== 'help');
  try {
    for (const [name, { summary, load }] of Object.entries(commands)) {
      if (name === called) (await load()).register(program);
      else program.command(name).description(summary);
    }
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return; // --help, --version
    const isHelp = error instanceof CommanderError && error.code === 'commander.help';
    if (isHelp && (called === undefined || called in commands))
      process.exitCode = 2; // help, for want of a command
    else if (isHelp)
      process.exitCode = reportError(withHelpHint(unknownCommand(called!)), {
        json: args.includes('--json'),
      });
    else process.exitCode = reportError(withHelpHint(error, called), { json: args.includes('--json') });
  }
}

const unknownCommand = (name: string) =>
  new CommanderError(2, 'commander.unknownCommand', `unknown command '${name}'`);

/** A wrong command line is told where the right ones are described. */
function withHelpHint(error: unknown, called = ''): unknown {
  if (!(error instanceof CommanderError)) return error;
  const command = called in commands ? `gaplab ${called}` : 'gaplab';
  return new CommanderError(
    error.exitCode,
    error.code,
    `${error.message.replace(/\.$/, '')}; see \`${command} --help\``,
  );
}

function version(): string {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version;
}

// A reader that leaves (`gaplab status | head -1`) is no error, and no reason to stop a study.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });

await main(process.argv.slice(2));
