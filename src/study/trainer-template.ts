// Files to begin with: a study of a script, and what a script in Python needs to read
// its parameters and to tell its losses.

export const template = `# A study of a training script of your own: docs/trainers.md says what each line means.
name: my-study
trainer:
  command: [python, train.py, "\${args}"]      # without a shell; \${args} becomes --name=value for every parameter
  names: {lr: learning_rate, batchSize: batch_size, steps: max_steps}
  metrics: {stdout: ['step (?<step>\\d+): loss (?<loss>\\S+)', 'val loss (?<valLoss>\\S+)']}
  # paired: true                               # if a seed fixes initial weights AND the order of the data
  # guessLoss: 10.82                           # loss of guessing: ln(vocabulary)
steps: 500
batchSizes: [8, 32, 128]
optimizers:
  sgd: {args: {optimizer: sgd}, lr: 0.1}       # args are passed on as they are; the search begins at lr
  adam: {args: {optimizer: adam}, lr: 0.001}
seeds: 3
`;

export const stub = `"""What a training script may do for gaplab (docs/trainers.md). Without gaplab nothing changes."""
import json, os, signal

def parameters(**defaults):  # the study's values in place of the defaults
    path = os.environ.get("GAPLAB_CONFIG")
    return {**defaults, **(json.load(open(path)) if path else {})}

def tell(**line):  # tell(step=10, loss=3.2), tell(step=20, loss=3.1, valLoss=3.3)
    if "GAPLAB_METRICS" in os.environ:
        with open(os.environ["GAPLAB_METRICS"], "a") as file:
            file.write(json.dumps(line) + "\\n")

def done(valLoss):
    tell(event="end", status="done", valLoss=valLoss)

def checkpoint(name="checkpoint.pt"):  # the next attempt at this run finds it there
    return os.path.join(os.environ.get("GAPLAB_RUN_DIR", "."), name)

stop = []  # not empty: save, then raise SystemExit(75)
signal.signal(signal.SIGTERM, lambda *_: stop.append(True))
`;
