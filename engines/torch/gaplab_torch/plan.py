"""What was computed beforehand for every step: learning rate, batch, uniforms of the rule
(schedules, half-lives)."""
import torch


class Plan:
    """A file of float64 numbers, a row for each step; uniforms that never change stand in the job itself."""

    def __init__(self, plan, steps):
        self.columns, self.constants = plan["columns"], plan["constants"]
        count = steps * len(self.columns)
        self.table = torch.from_file(plan["file"], size=count, dtype=torch.float64).view(steps, len(self.columns))

    def at(self, step):
        """All numbers of a step (from 0) by name: `@first` and `@size` are its sequences,
        the rest is for the rule."""
        return {**self.constants, **dict(zip(self.columns, self.table[step].tolist()))}
