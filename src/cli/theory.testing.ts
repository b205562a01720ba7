// `gaplab theory` within this process: starting a program for every line that is refused
// takes minutes on a busy machine.
import { Command } from 'commander';
import { register } from './theory.ts';

/** A command line that throws where the program would end, and prints no errors of its own. */
export function theoryInProcess(): Command {
  const silent = { writeErr() {}, outputError() {} };
  const made = new Command('gaplab').exitOverride().configureOutput(silent);
  register(made);
  return made;
}
