# SPDX-License-Identifier: MIT
"""Section 6 of docs/PROTOCOL.md: the transcript. Standard library only."""

import hashlib
import struct

from field import DEGREE, P, f_to_bytes, k_to_bytes


def blake2s(person, data):
    return hashlib.blake2s(data, digest_size=32, person=person).digest()


def u64(value):
    return value.to_bytes(8, "little")


class Transcript:
    def __init__(self):
        self.state = bytes(32)

    def absorb(self, kind, label, data):
        head = self.state + kind + bytes([len(label)]) + label
        self.state = blake2s(b"mien-abs", head + u64(len(data)) + data)

    def absorb_integer(self, label, value):
        self.absorb(b"U", label, u64(value))

    def absorb_f(self, label, elements):
        self.absorb(b"F", label, b"".join(map(f_to_bytes, elements)))

    def absorb_k(self, label, elements):
        self.absorb(b"K", label, b"".join(map(k_to_bytes, elements)))

    def _squeeze(self, kind, label, count):
        """Endless u32 words."""
        head = self.state + kind + bytes([len(label)]) + label
        self.state = blake2s(b"mien-sqz", head + u64(count))
        start, i = self.state, 0
        while True:
            block = blake2s(b"mien-out", start + u64(i))
            yield from struct.unpack("<8I", block)
            i += 1

    def draw_k(self, label, count):
        words = self._squeeze(b"K", label, count)
        below = (w % 2**31 for w in words)
        elements = (w for w in below if w < P)
        return [tuple(next(elements) for _ in range(DEGREE)) for _ in range(count)]

    def draw_columns(self, label, count, length):
        chosen = set()
        for word in self._squeeze(b"C", label, count):
            chosen.add(word % length)
            if len(chosen) == count:
                return sorted(chosen)

    def ground(self, bits):
        """After a nonce: its grinding."""
        return int.from_bytes(self.state[:8], "little") % 2**bits == 0
