// Everything that goes between the server and a page, as types. Pages import these with `import type`.
import type { JudgedLedgerClaim } from '../analysis/claims/claim.ts';
import type { CellKey } from '../analysis/frontier.ts';
import type { FigureName, FigureText } from '../report/figure-texts.ts';
import type { Group, Summary } from '../report/types.ts';
import type { FrozenStudy } from '../store/schemas.ts';
import type { JsonSchema } from '../study/json-schema.ts';
import type { Standing } from '../study/standing.ts';
import type { RunState } from '../study/state.ts';

export type * from './wire-runs.ts';

// Units everywhere: losses in nats per `lossPer` of the summary, batch sizes in sequences,
// times in seconds, moments as ISO text. A number that is not known is null. STUDY is `StudyEntry.id`,
// RUN is a run id (16 hex digits).

/** `data/meta.json`. */
export interface Meta {
  /** Version of gaplab. */
  version: string;
  /**
   * Whether a server answers: then there are events, and actions unless `readOnly`.
   * Static pages are not live.
   */
  live: boolean;
  readOnly: boolean;
}

// ---- The studies
// -----------------------------------------------------------------------------------------------------

/** `data/studies.json`. */
export interface StudyList {
  studies: StudyEntry[];
  /** What was given on the command line and holds no study that can be read, each with the reason. */
  problems: { place: string; problem: string }[];
}

/**
 * Who works on it (`Standing` says what each word means), or `gone` and `damaged`:
 * then `problem` says what is wrong.
 */
export type StudyStanding = Standing | 'gone' | 'damaged';

/** One line of the list. */
export interface StudyEntry {
  /** STUDY in addresses. The same directory has the same one after a restart of the server. */
  id: string;
  name: string;
  title: string;
  /** The directory, for people to read. */
  place: string;
  standing: StudyStanding;
  problem: string | null;
  cells: number;
  cellsDone: number;
  runs: Record<RunState, number>;
  /** Runs that the study will have when done: an estimate until its last bracket is closed. */
  runsExpected: number;
  etaSeconds: number | null;
  /** When its last run finished. */
  finishedAt: string | null;
  question: string;
  answer: string[];
}

// ---- One study
// -------------------------------------------------------------------------------------------------------

/**
 * `data/STUDY/view.json`. Rows of figures are made from it by the functions of src/figures/rows.ts:
 * `gapRows` and `tunedLossRows` from the gaps and cells, `lrCurveRows` and `effortRows`
 * from the runs (`RunTable`) and cells, `trainingCurveRows` from runs with the curve of `Metrics`.
 */
export interface StudyView {
  id: string;
  setup: StudySetup;
  progress: Progress;
  summary: SummaryView;
  /** Titles and captions of the figures, one entry for each of `summary.groups`, in their order. */
  figures: Record<FigureName, FigureText>[];
}

/** What the study is: study.json without what only the tuner needs. */
export interface StudySetup
  extends Pick<
    FrozenStudy,
    | 'name'
    | 'title'
    | 'description'
    | 'models'
    | 'data'
    | 'tokens'
    | 'steps'
    | 'batchSizes'
    | 'optimizers'
    | 'seeds'
    | 'eval'
    | 'probes'
    | 'engine'
    | 'dtype'
  > {
  /**
   * Command of the user's script that trains, word by word; null where gaplab trains, or nothing does.
   * Shown, never run by a page.
   */
  command: readonly string[] | null;
}

/**
 * `summary.json` without what `setup` and `groups` hold: all gaps are those of the groups,
 * and the claims of the first group stand there. `claims` are those of the ledger:
 * empty for a study that is no experiment of the paper.
 */
export interface SummaryView
  extends Omit<Summary, 'schema' | 'study' | 'title' | 'description' | 'gaps' | 'claims'> {
  claims: JudgedLedgerClaim[];
  groups: Group[];
}

export type { FigureName, FigureText };

/** How far a study is, and what is running: the part of a view that moves every second. */
export interface Progress
  extends Pick<
    StudyEntry,
    'standing' | 'problem' | 'cells' | 'cellsDone' | 'runs' | 'runsExpected' | 'etaSeconds'
  > {
  /** The process that works on it, e.g. `process 4711 on host`. */
  holder: string | null;
  /** Whether this server has started a process that works on it. */
  ours: boolean;
  running: RunningRun[];
  /** Sum over the running runs. */
  tokensPerSecond: number;
}

export interface RunningRun extends CellKey {
  run: string;
  lr: number;
  hyper: Record<string, number>;
  seed: number;
  step: number;
  steps: number;
  /** Of the newest line of metrics; null before the first. */
  loss: number | null;
  tokensPerSecond: number;
  /** Of this run alone; null while it is unknown. */
  etaSeconds: number | null;
}

// ---- Events
// ----------------------------------------------------------------------------------------------------------

/**
 * `GET events`: a stream of server-sent events. `event:` is the name, `data:` the JSON, `id:` goes back as
 * `Last-Event-ID` after a break: what was missed is then sent again, or `reset`
 * when that is not known any more.
 */
export interface Events {
  /** Fetch everything that is shown anew: the server is another one, or forgot what was missed. */
  reset: Record<string, never>;
  /** The list of studies changed: fetch it anew. */
  studies: Record<string, never>;
  /** Cells, gaps or claims changed: fetch the view anew. */
  view: { study: string };
  /** The moving part of a view, whole. */
  progress: { study: string; progress: Progress };
  /** Rows of the table changed: fetch those after the cursor that the page has. */
  runs: { study: string; cursor: string };
  /** These runs have more metrics: fetch what is shown from the cursor that the page has. */
  metrics: { study: string; runs: string[] };
  /** A run has just diverged. */
  diverged: { study: string } & Diverged;
  /** An action that was started from a page ended badly. */
  trouble: { study: string | null; message: string };
}

export interface Diverged extends CellKey {
  run: string;
  lr: number;
  seed: number;
  step: number;
  reason: string;
}

export type EventName = keyof Events;

// ---- Actions
// ---------------------------------------------------------------------------------------------------------

/** `data/form.json`: what a page needs to offer a start. */
export interface StartForm {
  presets: { name: string; about: string; sizes: string[] }[];
  /** JSON Schema of study files. */
  schema: JsonSchema;
  /** Folders, by number, in which a new study may be made. */
  places: { place: number; name: string }[];
  /** Fields of the schema that are refused from a page, each with the reason. */
  refused: Record<string, string>;
}

/** `POST actions/NAME` with JSON. */
export interface Actions {
  /**
   * A preset with changes, or a whole study (the fields of `schema`), as an object or as text. It is made
   * in `place`, in a folder of its name.
   */
  start: {
    place: number;
    preset?: string;
    size?: string;
    /** Changes to the preset, e.g. `{"tokens": 100000, "optimizers.sgd.lr.guess": 0.1}`. */
    set?: Record<string, unknown>;
    study?: Record<string, unknown>;
    /**
     * YAML or JSON: a whole study, or changes to the preset, which come before those of `set`. Its fields are
     * merged into the preset's, its lists replace them.
     */
    text?: string;
    jobs?: number;
  };
  /**
   * What Ctrl-C does: runs write a checkpoint, and the study can be resumed. Of a process that this server
   * has started, or of a study command on this computer.
   */
  pause: { study: string };
  resume: { study: string; jobs?: number };
  /**
   * More of the same study. Each list is added to what is there; `fresh` is the number
   * of fresh seeds from now on.
   */
  extend: { study: string; fresh?: number; batchSizes?: number[]; tokens?: number[]; jobs?: number };
  /** Ends one run with a result that says so. It is tried again when the study is resumed. */
  stop: { study: string; run: string };
}

export type ActionName = keyof Actions;

export interface ActionAnswer {
  /** The study that it was about; of a start the new one. */
  study: string;
  /** A sentence for people. */
  message: string;
}

/** Body of every answer that is not 2xx. */
export interface Refusal {
  error: string;
}
