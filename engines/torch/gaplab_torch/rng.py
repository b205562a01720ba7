"""gaplab's random numbers (src/core/rng.ts): xoshiro128**, seeded by a number and a name,
with the same bits."""

BITS = 0xFFFFFFFF


class Rng:
    """Stream `name` of `seed`."""

    def __init__(self, seed, name):
        mixed = 2166136261
        for letter in name:
            mixed = ((mixed ^ ord(letter)) * 16777619) & BITS
        self._split = (mixed ^ (seed * 0x9E3779B9) ^ ((seed >> 32) * 0x85EBCA6B)) & BITS
        self._state = [self._splitmix(), self._splitmix(), self._splitmix(), self._splitmix() | 1]

    def _splitmix(self):
        self._split = z = (self._split + 0x9E3779B9) & BITS
        z = ((z ^ (z >> 16)) * 0x21F0AAAD) & BITS
        z = ((z ^ (z >> 15)) * 0x735A2D97) & BITS
        return z ^ (z >> 15)

    def uint32(self):
        """A uniform integer of 32 bits."""
        a, b, c, d = self._state
        m = (b * 5) & BITS
        result = (((m << 7) | (m >> 25)) * 9) & BITS
        t = (b << 9) & BITS
        c ^= a
        d ^= b
        self._state = [a ^ d, b ^ c, c ^ t, ((d << 11) | (d >> 21)) & BITS]
        return result

    def uniform(self):
        """A uniform number in [0, 1) of 53 random bits."""
        high, low = self.uint32(), self.uint32()
        return (high * 2097152 + (low >> 11)) / 9007199254740992

    def below(self, n):
        """A uniform integer in [0, n)."""
        limit = 4294967296 - 4294967296 % n
        x = self.uint32()
        while x >= limit:
            x = self.uint32()
        return x % n
