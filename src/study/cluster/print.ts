// What somebody starts by hand where no launcher of ours is: a job script of Slurm,
// a line for ssh, a manifest for Kubernetes.
import { stringify } from 'yaml';
import { cacheOf, gaplabCommand, quoted, slurmScript, type WorkerPlace, workerArguments } from './script.ts';
import { launcher } from './settings.ts';

export const printed = ['slurm', 'ssh', 'kubernetes'] as const;

/** The text for `where`, ready to be saved or pasted. */
export function workerText(where: (typeof printed)[number], place: WorkerPlace): string {
  if (where === 'slurm') return slurmScript(place, launcher.parse({}));
  if (where === 'ssh') return sshLine(place);
  return manifest(place);
}

/** Goes on when the connection ends; everything that the worker says is in the log. */
function sshLine(place: WorkerPlace): string {
  const command = [...gaplabCommand(), ...workerArguments(place)].map(quoted).join(' ');
  const remote = `GAPLAB_CACHE=${quoted(cacheOf(place))} nohup ${command} </dev/null >>${quoted(`${place.dir}/worker.log`)} 2>&1 &`;
  return [
    '# The other computer must see these paths. Name it in HOST.',
    'HOST=other-computer',
    `ssh "$HOST" ${quoted(remote)}`,
    '',
  ].join('\n');
}

/**
 * Pods that are restarted until the study is finished: a worker that was stopped
 * ends with a code that is not 0.
 */
function manifest(place: WorkerPlace): string {
  const volume = 'studies';
  return `# Replace the image and the claim; the volume must hold the study and the cache under these paths.\n${stringify(
    {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: `gaplab-${place.name.toLowerCase().replaceAll(/[^a-z0-9-]/g, '-')}` },
      spec: {
        parallelism: 4,
        backoffLimit: 100,
        template: {
          spec: {
            restartPolicy: 'OnFailure',
            // Time for a checkpoint.
            terminationGracePeriodSeconds: 120,
            containers: [
              {
                name: 'worker',
                image: 'your-registry/image-with-gaplab',
                command: ['gaplab', ...workerArguments(place, ['--jobs', '1'])],
                env: [{ name: 'GAPLAB_CACHE', value: cacheOf(place) }],
                volumeMounts: [{ name: volume, mountPath: place.dir }],
              },
            ],
            volumes: [{ name: volume, persistentVolumeClaim: { claimName: 'your-shared-claim' } }],
          },
        },
      },
    },
  )}`;
}
