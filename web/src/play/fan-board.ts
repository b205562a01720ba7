// Draws fans of paths: bands, single paths and medians up to a moment, and the densities at it.
import type { Board } from './canvas.tsx';
import { densityAt, type Fan, quantileAt, STEPS } from './fan.ts';
import { scaleOf } from './scale.ts';

export interface DrawnFan {
  name: string;
  /** Name of its colour variable. */
  colour: string;
  fan: Fan;
}

/** Losses shown, in powers of ten. */
const low = -3.2;
const high = 1.6;
const BINS = 60;

/** `at`: which record is the moment. */
export function drawFans({ ctx, width, height, colour }: Board, fans: readonly DrawnFan[], at: number): void {
  const edge = { left: 60, top: 10, bottom: height - 40 };
  const right = Math.round(width * 0.72);
  const sx = scaleOf({ label: '', domain: [0, STEPS] }, [edge.left, right], width > 600 ? 5 : 2);
  const sy = scaleOf({ label: '', domain: [10 ** low, 10 ** high], log: true }, [edge.bottom, edge.top], 6);
  const y = (loss: number) => Math.max(edge.top, Math.min(edge.bottom, sy(loss)));
  ctx.strokeStyle = colour('grid');
  ctx.fillStyle = colour('muted');
  ctx.lineWidth = 1;
  for (const t of sy.ticks) {
    line(ctx, edge.left, sy(t), width - 8, sy(t));
    ctx.textAlign = 'right';
    ctx.fillText(sy.format(t), edge.left - 6, sy(t) + 4);
  }
  ctx.textAlign = 'center';
  for (const t of sx.ticks) ctx.fillText(sx.format(t), sx(t), edge.bottom + 17);
  ctx.fillText('steps', (edge.left + right) / 2, height - 5);
  ctx.fillText(width > 600 ? 'density at the marked step' : 'density', (right + width) / 2, height - 5);
  ctx.save();
  ctx.translate(13, (edge.top + edge.bottom) / 2);
  ctx.rotate(-Math.PI / 2);
  ctx.fillText('loss (log scale)', 0, 0);
  ctx.restore();

  for (const { fan, colour: name } of fans) {
    const shown = fan.steps.slice(0, at + 1);
    ctx.fillStyle = ctx.strokeStyle = colour(name);
    for (const [from, to, alpha] of [
      [0.05, 0.95, 0.1],
      [0.25, 0.75, 0.16],
    ]) {
      ctx.globalAlpha = alpha;
      ctx.beginPath();
      shown.forEach((step, r) => ctx.lineTo(sx(step), y(quantileAt(fan, r, to))));
      for (let r = at; r >= 0; r--) ctx.lineTo(sx(fan.steps[r]), y(quantileAt(fan, r, from)));
      ctx.fill();
    }
    ctx.globalAlpha = 0.4;
    ctx.lineWidth = 0.7;
    for (const path of fan.paths) {
      ctx.beginPath();
      shown.forEach((step, r) => ctx.lineTo(sx(step), y(path[r])));
      ctx.stroke();
    }
    ctx.globalAlpha = 1;
    ctx.lineWidth = 2.2;
    ctx.beginPath();
    shown.forEach((step, r) => ctx.lineTo(sx(step), y(quantileAt(fan, r, 0.5))));
    ctx.stroke();
  }

  const counts = fans.map(({ fan }) => densityAt(fan, at, [low, high], BINS));
  const most = Math.max(1, ...counts.flat());
  const tall = (edge.bottom - edge.top) / BINS;
  fans.forEach(({ colour: name }, i) => {
    ctx.fillStyle = colour(name);
    ctx.globalAlpha = 0.55;
    counts[i].forEach((count, bin) => {
      const long = (count / most) * (width - 8 - right - 14);
      ctx.fillRect(right + 14, edge.bottom - (bin + 1) * tall, long, tall);
    });
  });
  ctx.globalAlpha = 1;
  ctx.strokeStyle = colour('ink');
  ctx.lineWidth = 1;
  line(ctx, sx(fans[0].fan.steps[at]), edge.top, sx(fans[0].fan.steps[at]), edge.bottom);
}

function line(ctx: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number): void {
  ctx.beginPath();
  ctx.moveTo(x1, y1);
  ctx.lineTo(x2, y2);
  ctx.stroke();
}
