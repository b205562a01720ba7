"""Being asked to stop by a signal, or by the end of whoever started this process.
A running step is finished first."""
import os
import signal

# Exit code of a process that was stopped and can go on (EX_TEMPFAIL).
INTERRUPTED = 75


class Stop:
    """`asked` is true once somebody wants this process to end, or `parent`, which started it, is gone."""

    def __init__(self, parent):
        self.parent, self._asked = parent, False
        for name in ("SIGTERM", "SIGINT", "SIGUSR1"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), self._ask)

    def _ask(self, *_):
        self._asked = True

    @property
    def asked(self):
        return self._asked or not self._has_parent()

    def _has_parent(self):
        if os.name != "posix":
            return True  # a signal 0 is a real one elsewhere
        try:
            os.kill(self.parent, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass
        return True
