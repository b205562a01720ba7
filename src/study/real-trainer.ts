// The trainer that workers use: opens the prepared data once per process and trains.
import { openData, type PreparedData } from '../data/index.ts';
import { train } from '../train/train.ts';
import type { CreateTrainer } from './trainer.ts';

export const createTrainer: CreateTrainer = ({ cacheDir }) => {
  const opened = new Map<string, Promise<PreparedData>>();
  return async (config, options) => {
    const { fingerprint } = config.data;
    if (!opened.has(fingerprint)) opened.set(fingerprint, openData(fingerprint, cacheDir));
    try {
      return await train(config, { ...options, data: await opened.get(fingerprint)! });
    } catch (error) {
      opened.delete(fingerprint); // whatever is wrong with the data may be mended before the next run
      throw error;
    }
  };
};
