// The figures of a report: which function draws which rows.
import { effortFigure } from '../figures/effort.ts';
import { gapFigure } from '../figures/gap.ts';
import { lrCurvesFigure } from '../figures/lr-curves.ts';
import { effortRows, gapRows, lrCurveRows, trainingCurveRows, tunedLossRows } from '../figures/rows.ts';
import { trainingCurvesFigure } from '../figures/training-curves.ts';
import { tunedLossFigure } from '../figures/tuned-loss.ts';
import { type DrawnFigure, drawn } from './drawn.ts';
import { type FigureName, figureTexts, type Material } from './figure-texts.ts';
import type { Figure } from './svg.ts';

/** The figures of one (model, tokens) group. */
export type StudyFigures = Record<FigureName, DrawnFigure>;

export function drawFigures(material: Material): StudyFigures {
  const { rows, cells, gaps, tuningSeed, optimizers, per } = material;
  const texts = figureTexts(material);
  const draw = <Row extends object>(
    name: FigureName,
    figure: Figure<Row>,
    data: readonly Row[],
    columns: readonly (keyof Row & string)[],
  ): DrawnFigure => drawn(texts[name], figure, data, columns, optimizers, per);
  return {
    gap: draw('gap', gapFigure, gapRows(gaps, cells), [
      'batchSize',
      'baseline',
      'challenger',
      'gap',
      'lo',
      'hi',
      'seeds',
      'bracketed',
      'status',
    ]),
    tunedLoss: draw('tunedLoss', tunedLossFigure, tunedLossRows(cells), [
      'optimizer',
      'batchSize',
      'valLoss',
      'lowest',
      'highest',
      'seeds',
      'bracketed',
      'status',
    ]),
    lrCurves: draw('lrCurves', lrCurvesFigure, lrCurveRows(rows, cells, tuningSeed), [
      'optimizer',
      'batchSize',
      'lr',
      'hyper',
      'valLoss',
      'status',
      'best',
      'bracketed',
    ]),
    trainingCurves: draw('trainingCurves', trainingCurvesFigure, trainingCurveRows(rows, cells), [
      'optimizer',
      'batchSize',
      'seed',
      'tokens',
      'loss',
    ]),
    effort: draw('effort', effortFigure, effortRows(rows), ['optimizer', 'batchSize', 'status', 'runs']),
  };
}
