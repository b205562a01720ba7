// What was run: effort per optimizer, data, model, machine, versions, and the full configuration.
import { stringify } from 'yaml';
import { budgetsOf } from '../analysis/budgets.ts';
import { displayName } from '../analysis/names.ts';
import { groupBy } from '../analysis/rows.ts';
import { type Tuning, tuningOf } from '../analysis/tuning.ts';
import { parameterCount } from '../model/parameters.ts';
import { unusualOf } from '../model/presets.ts';
import { type ArmConfig, type FrozenStudy, isOwnModel } from '../store/schemas.ts';
import { budgetText, count, duration, list, plural, short } from './format.ts';
import { type Html, html } from './html.ts';
import type { LoadedStudy, Summary } from './types.ts';

/** How each optimizer was tuned and what that took. */
export function effortTable({ effort }: Summary): Html {
  const rows = effort.map(({ optimizer, settings, settingsPerCell: per, lrRange, varied, ...e }) => {
    const perCell = per.min === per.max ? String(per.max) : `${per.min} to ${per.max}`;
    const axes = Object.entries(varied).map(([name, values]) => `${name}: ${values.join(', ')}`);
    return html`<tr><td class="text">${displayName(optimizer)}</td><td>${settings}</td><td>${perCell}</td><td>${e.contestRuns}</td><td>${e.seedRuns}</td>
<td>${lrRange ? `${short(lrRange[0])} to ${short(lrRange[1])}` : '–'}</td><td class="text">${axes.join('; ') || 'none'}</td>
<td>${e.diverged}</td><td>${e.failed}</td><td>${count(e.tokens)}</td><td>${duration(e.seconds)}</td></tr>`;
  });
  return html`<div class="scroll"><table><thead><tr><th class="text">optimizer</th><th>settings<br>tried</th><th>per cell</th><th>further<br>tuning seeds</th><th>fresh<br>seeds</th>
<th>learning rates</th><th class="text">other axes</th><th>diverged</th><th>failed</th><th>tokens<br>trained</th><th>training<br>time</th></tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

/** How the learning rates were searched, in a sentence per arm. */
export function searchText({ study }: LoadedStudy): Html {
  const arms = Object.entries(study.optimizers).map(([label, arm]) => ({
    label,
    text: search(arm, study),
  }));
  const items = [...groupBy(arms, (arm) => arm.text)].map(
    ([text, same]) => html`<li><b>${list(same.map(({ label }) => displayName(label)))}</b>: ${text}</li>`,
  );
  const { tune, fresh } = study.seeds;
  const others =
    fresh > 0
      ? ` The winner of each cell was then run with ${plural(fresh, 'fresh seed')}.`
      : ' The winners were not run again with fresh seeds, so their losses are those that they were chosen for, and a little too good.';
  return html`<ul>${items}</ul>
<p>All settings of a cell (one optimizer at one batch size) were compared at seed ${tune}.${contestText(tuningOf(study))}${others}
${
  fresh > 0 &&
  html`Means, intervals and verdicts are those of the fresh seeds alone. The tuning seed chose the setting for its low loss, so it is shown beside
them and never counted. Validation loss chose the settings, so it is the loss of a tuned model and not a test on fresh data.`
}</p>`;
}

function search(arm: ArmConfig, study: FrozenStudy): string {
  const axes = Object.entries(arm.axes).map(([name, values]) => `${name} of ${list(values)}`);
  const each = axes.length > 0 ? `, for each ${axes.join(' and each ')}` : '';
  // Other kinds of clipping are part of the optimizer's name.
  const off = arm.optimizer.includes('Clip') ? `${arm.optimizer}, no global clipping` : 'no clipping';
  const own = Object.entries(arm.clipAt ?? {}).map(([size, norm]) => `${norm} at batch size ${size}`);
  const usual = arm.clip === null ? off : `gradients clipped to norm ${arm.clip}`;
  const clip = own.length > 0 ? `gradients clipped to norm ${list(own)}; elsewhere ${usual}` : usual;
  const how = arm.schedule
    ? `${clip}, ${arm.schedule.name} schedule with ${Math.round(arm.schedule.warmup * 100)}% warmup.`
    : `${argsText(arm)}everything else is the script’s.`;
  if (arm.lr.kind === 'grid')
    return `every learning rate of ${list(arm.lr.values.map(short))}${each}. Other settings: ${how}`;
  return `learning rates a factor ${short(arm.lr.ratio)} apart${each}. The search starts from the best rate of the next smaller batch size and goes on until the best one has worse neighbours on both sides, with at most ${study.maxPoints} rates.${finer(tuningOf(study))} Other settings: ${how}`;
}

/** Constant arguments of a script's arm. */
const argsText = ({ args = {} }: ArmConfig): string => {
  const given = Object.entries(args).map(([name, value]) => `${name} ${value}`);
  return given.length > 0 ? `${list(given)}; ` : '';
};

/** The command of a script, its version, and whether its seeds pair. */
function scriptText({ study: { trainer, imported } }: LoadedStudy): Html | string {
  if (imported) return importedText(imported);
  if (!trainer) return '';
  const { command, digest, version, paired } = trainer;
  const what = 'files' in version ? `${list(version.files)}, ` : '';
  return html`<dt>Script</dt><dd><code>${command.join(' ')}</code> (${what}version ${digest.slice(0, 16)}). ${
    paired
      ? 'A seed fixes its initial weights and the order of its data, so that gaps are means of differences seed by seed.'
      : 'Its seeds do not pair: a gap is a difference of means, with Welch’s interval.'
  }</dd>`;
}

/** Where imported runs come from, and which of them could not be used. */
function importedText({ source, kind, mapping, runs, left }: NonNullable<FrozenStudy['imported']>): Html {
  const places = [...new Set(runs.map(({ where }) => where))];
  const unused = left.map(({ name, why }) => html`<li>${name}: ${why}</li>`);
  return html`<dt>Imported</dt><dd>${plural(runs.length, 'run')} from <code>${source}</code> (${kind}), under the names
<code>${JSON.stringify(mapping)}</code>. gaplab did not train them: which learning rates were tried, and for how long, was decided elsewhere. Their
seeds do not pair: a gap is a difference of means, with Welch’s interval.
<details><summary>Where each comes from</summary><ul>${places.map((place) => html`<li>${place}</li>`)}</ul></details>${
    unused.length > 0
      ? html`<details><summary>${plural(unused.length, 'run')} left out, with reasons</summary><ul>${unused}</ul></details>`
      : ''
  }</dd>`;
}

/** What the tuner does beyond a bracket. */
function finer({ probe, halve }: Tuning): string {
  return [
    probe > 0 &&
      ` Beyond the neighbours of the best rate ${plural(probe, 'more rate')} on each side ${probe === 1 ? 'is' : 'are'} looked at, and further ones where the loss falls again.`,
    halve > 0 &&
      ` Then the distance around the best is halved${halve > 1 ? ` ${plural(halve, 'time')}` : ''}.`,
  ]
    .filter(Boolean)
    .join('');
}

const contestText = ({ seeds, candidates }: Tuning): string =>
  seeds > 1
    ? ` The ${candidates === 2 ? 'two' : candidates} best, and the best of another minimum, got further tuning seeds, up to ${seeds} in all, as long as they were closer than the noise between seeds.`
    : '';

export function runText(loaded: LoadedStudy, summary: Summary): Html {
  const { study, environment: env } = loaded;
  const { runs } = summary;
  const outcomes = [
    `${runs.done} done`,
    runs.diverged > 0 && `${runs.diverged} diverged`,
    runs.failed > 0 && `${runs.failed} failed`,
    runs.missing > 0 && `${runs.missing} still to run`,
  ].filter((text) => text !== false);
  const models = Object.entries(study.models).map(([name, m]) =>
    !isOwnModel(m)
      ? html`<li><b>${name}</b>: trained ${!study.imported ? 'by a script' : study.imported.trainer ? 'elsewhere and by a script' : 'elsewhere'}, which gaplab knows from outside alone</li>`
      : html`<li><b>${name}</b>: ${count(parameterCount(m))} parameters, ${plural(m.layers, 'layer')} of width ${m.dim}, ${plural(m.heads, 'head')},
sequences of ${m.seqLen} tokens, vocabulary ${[m.vocabSize.toLocaleString('en-US'), ...unusualOf(m)].join(', ')}</li>`,
  );
  const { writer } = env;
  return html`<dl>
<dt>Runs</dt><dd>${plural(
    Object.values(runs).reduce((a, b) => a + b, 0),
    'run',
  )}: ${list(outcomes)}; ${count(summary.tokensTrained)} tokens trained
on in ${duration(loaded.wallSeconds)}${loaded.startedAt && ` between ${minute(loaded.startedAt)} and ${minute(loaded.finishedAt!)} (pauses not counted)`}.</dd>
<dt>${models.length === 1 ? 'Model' : 'Models'}</dt><dd><ul>${models}</ul></dd>
${scriptText(loaded)}
<dt>Data</dt><dd>${
    study.data
      ? `${study.data.corpus}, ${list(budgetsOf(study).map(budgetText))} per run; validation on ${validationText(loaded)}.
Fingerprint ${study.data.fingerprint.slice(0, 16)}.`
      : `${study.imported ? 'not known' : 'the script’s own'}; ${list(budgetsOf(study).map(budgetText))} per run.`
  }</dd>
<dt>Machine</dt><dd>${env.hosts.length > 0 ? `Runs made on ${list(env.hosts)}${env.threads.length > 0 ? `, ${list(env.threads)} thread${env.threads.join() === '1' ? '' : 's'} each` : ''}. ` : ''}Report
written on ${writer.host}: ${writer.processor}, ${plural(writer.cores, 'core')}, ${writer.memoryGiB} GiB, ${writer.system}.</dd>
<dt>Versions</dt><dd>${list(Object.entries(env.versions).map(([name, version]) => `${name} ${version}`))}.</dd>
</dl>
<details><summary>Full configuration (study.json)</summary><pre>${stringify(study)}</pre></details>`;
}

/**
 * What validation was measured on: what the runs used, not what the study allows;
 * whole sequences, at most the split.
 */
function validationText({ study, rows }: LoadedStudy): string {
  const used = new Map<number, string>();
  for (const { model, valTokens } of rows) {
    if (!valTokens) continue;
    const { seqLen, ...kind } = study.models[model];
    const isImages = 'objective' in kind && kind.objective === 'classify';
    const n = isImages ? valTokens / seqLen : valTokens;
    used.set(valTokens, `${n.toLocaleString('en-US')} ${isImages ? 'images' : 'tokens of documents'}`);
  }
  if (used.size === 0) return `at most ${count(study.eval.tokens)} tokens held out from training`;
  const sizes = [...used].sort(([a], [b]) => a - b).map(([, text]) => text);
  return `${list(sizes)} held out from training`;
}

/** Failed and diverged runs with their reasons, grouped by reason; null when there are none. */
export function troubleTable({ rows }: LoadedStudy): Html | null {
  const troubled = rows.filter((row) => row.status === 'failed' || row.status === 'diverged');
  if (troubled.length === 0) return null;
  const lines = troubled.map(
    (
      row,
    ) => html`<tr><td>${row.batchSize}</td><td class="text">${displayName(row.optimizer)}</td><td>${short(row.lr)}</td><td>${row.seed}</td>
<td class="text">${row.status}</td><td class="wrap">${row.reason ?? '–'}</td><td class="text">${row.runId}</td></tr>`,
  );
  return html`<details><summary>${plural(troubled.length, 'run')} that diverged or failed, with reasons</summary>
<div class="scroll"><table><thead><tr><th>batch<br>size</th><th class="text">optimizer</th><th>learning<br>rate</th><th>seed</th><th class="text">outcome</th>
<th class="text">reason</th><th class="text">run</th></tr></thead><tbody>${lines}</tbody></table></div></details>`;
}

/** 2026-03-01T10:15:30Z -> 2026-03-01 10:15 UTC. */
function minute(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}
