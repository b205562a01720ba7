"""When a run counts as diverged (src/train/divergence.ts). The limits come with the job."""
import math


class Divergence:
    """`counters` keep the smoothed loss and for how many steps it has been above the limit."""

    def __init__(self, rules, counters):
        self.rules, self.counters = rules, counters

    def of_step(self, loss, norm, step):
        """The reason why the run has diverged at this step, if it has."""
        if not math.isfinite(loss):
            return f"loss is {name(loss)} at step {step}"
        if not math.isfinite(norm):
            return f"gradient norm is {name(norm)} at step {step}"
        counters, limit = self.counters, self.rules["limit"]
        before = counters["smooth"]
        counters["smooth"] = loss if before is None else before + self.rules["weight"] * (loss - before)
        counters["above"] = counters["above"] + 1 if counters["smooth"] > limit else 0
        if counters["above"] < self.rules["patience"]:
            return None
        return f"loss above that of guessing ({limit:.2f} nats) for {counters['above']} steps, at step {step}"

    def of_end(self, validation, train_loss):
        """The same after the last step; `train_loss` is called where the validation loss gives cause."""
        limit = self.rules["limit"]
        if validation < limit:
            return None
        loss = train_loss()
        if not loss < limit:
            if math.isfinite(loss):
                return f"training loss {loss:.2f} after the last step is above that of guessing"
            return f"training loss is {name(loss)} after the last step"
        return None if math.isfinite(validation) else f"validation loss is {name(validation)}"


def name(x):
    """A number that is not finite as gaplab writes it."""
    return "NaN" if math.isnan(x) else "Infinity" if x > 0 else "-Infinity"
