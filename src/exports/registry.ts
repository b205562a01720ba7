// The formats of exports.
import type { Format } from './format.ts';
import { csv } from './formats/csv.ts';
import { parquet } from './formats/parquet.ts';
import { tensorboard } from './formats/tensorboard.ts';
import { trackio } from './formats/trackio.ts';
import { wandbCsv } from './formats/wandb-csv.ts';

export const formats: readonly Format[] = [parquet, csv, tensorboard, trackio, wandbCsv];
