// For tests: a whole Slurm (controller, node, authentication) out of Debian's packages on this one computer,
// in a folder of its own.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Daemons lie where the shells of users need not look. */
const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;

/** Why no Slurm can be started here; false when it can. */
export function slurmLacks(): string | false {
  if (process.platform !== 'linux') return 'Slurm is tried on Linux alone';
  if (process.getuid?.() !== 0) return 'starting a Slurm takes root';
  const missing = ['munged', 'slurmctld', 'slurmd', 'sbatch', 'scontrol', 'squeue', 'scancel'].filter(
    (name) => spawnSync('sh', ['-c', `command -v ${name}`], { env: { ...process.env, PATH } }).status !== 0,
  );
  return (
    missing.length > 0 && `not installed: ${missing.join(', ')} (Debian: slurmctld slurmd slurm-client munge)`
  );
}

export interface Slurm {
  /** What commands of Slurm need to find it. */
  env: NodeJS.ProcessEnv;
  /** Runs a command of Slurm. Throws with what it says when it fails. */
  run(command: string, ...args: string[]): string;
  /** Kills the node's daemon, and that alone. */
  killNode(): void;
  startNode(): Promise<void>;
  /** Waits until `is` holds for the state of a job; undefined is none that is known. */
  until(job: string, is: (state: string | undefined) => boolean): Promise<void>;
  stop(): void;
}

const pidIn = (file: string) => Number(readFileSync(file, 'utf8').trim());

function killed(file: string): void {
  try {
    process.kill(pidIn(file), 'SIGKILL');
  } catch {} // never started, or gone
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve) => {
          const server = createServer().listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  for (const server of servers) server.close();
  return ports;
}

/**
 * Starts it with one node, which is said to have these cores, 64 GB and a GPU, so that jobs may ask
 * for them. A node that does not answer is given up after 12 s. `path`: a folder of programs that
 * jobs find.
 */
export async function startSlurm({
  cores = 2,
  path,
}: {
  cores?: number;
  path?: string;
} = {}): Promise<Slurm> {
  const dir = mkdtempSync(join(tmpdir(), 'gaplab-slurm-'));
  const at = (name: string) => join(dir, name);
  for (const name of ['state', 'spool']) mkdirSync(at(name));
  writeFileSync(
    at('munge.key'),
    Buffer.from(Array.from({ length: 128 }, (_, i) => (i * 37 + process.pid) % 256)),
    {
      mode: 0o600,
    },
  );
  const [controller, node] = await freePorts(2);
  const conf = at('slurm.conf');
  writeFileSync(at('gres.conf'), 'Name=gpu File=/dev/null\n');
  writeFileSync(
    conf,
    `ClusterName=lab
SlurmctldHost=localhost
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=${at('munge.sock')}
CredType=cred/munge
SlurmctldPort=${controller}
SlurmdPort=${node}
StateSaveLocation=${at('state')}
SlurmdSpoolDir=${at('spool')}
SlurmctldPidFile=${at('slurmctld.pid')}
SlurmdPidFile=${at('slurmd.pid')}
SlurmctldLogFile=${at('slurmctld.log')}
SlurmdLogFile=${at('slurmd.log')}
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0,sched_min_interval=0
SlurmdTimeout=12
SlurmdParameters=config_overrides
GresTypes=gpu
KillWait=10
MinJobAge=3600
MailProg=/bin/true
NodeName=localhost NodeAddr=127.0.0.1 CPUs=${cores} RealMemory=65536 Gres=gpu:1 State=UNKNOWN
PartitionName=lab Nodes=ALL Default=YES State=UP PreemptMode=REQUEUE
PartitionName=gpu Nodes=ALL State=UP PreemptMode=REQUEUE
`,
  );
  const env = { ...process.env, PATH: path === undefined ? PATH : `${path}:${PATH}`, SLURM_CONF: conf };
  const daemon = (name: string, ...args: string[]) =>
    execFileSync(name, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const run = (command: string, ...args: string[]) =>
    execFileSync(command, args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

  const startNode = async () => {
    // A daemon whose files are closed: one that keeps them open would keep the test's process waiting.
    spawn('slurmd', ['-f', conf, '-N', 'localhost'], { env, stdio: 'ignore', detached: true }).unref();
    for (let tries = 0; tries < 200; tries++) {
      if (/idle|mix|alloc/.test(run('sinfo', '-h', '-o', '%T'))) return;
      await sleep(100);
    }
    throw new Error(`the node does not come up: ${readFileSync(at('slurmd.log'), 'utf8').slice(-2000)}`);
  };
  const stateOf = (job: string) => {
    try {
      return /JobState=(\S+)/.exec(run('scontrol', 'show', 'job', job))?.[1];
    } catch {
      return undefined;
    }
  };
  const slurm: Slurm = {
    env,
    run,
    startNode,
    killNode: () => killed(at('slurmd.pid')),
    async until(job, is) {
      for (let tries = 0; tries < 600; tries++) {
        if (is(stateOf(job))) return;
        await sleep(200);
      }
      throw new Error(`job ${job} stays ${stateOf(job)}`);
    },
    stop() {
      try {
        run('scancel', '--signal=KILL', '--full', '--state=RUNNING');
        run('scancel', '--user=root');
      } catch {} // it never came up
      for (const name of ['slurmd.pid', 'slurmctld.pid', 'munged.pid']) killed(at(name));
      rmSync(dir, { recursive: true, force: true });
    },
  };
  try {
    daemon(
      'munged',
      '--force',
      ...[`--socket=${at('munge.sock')}`, `--key-file=${at('munge.key')}`, `--pid-file=${at('munged.pid')}`],
      ...[`--log-file=${at('munged.log')}`, `--seed-file=${at('munged.seed')}`],
    );
    spawn('slurmctld', ['-f', conf], { env, stdio: 'ignore', detached: true }).unref();
    for (let tries = 0; ; tries++) {
      try {
        run('scontrol', 'ping');
        if (/is UP/.test(run('scontrol', 'ping'))) break;
      } catch (error) {
        if (tries > 100) throw error;
      }
      await sleep(100);
    }
    await startNode();
    return slurm;
  } catch (error) {
    slurm.stop();
    throw error;
  }
}
