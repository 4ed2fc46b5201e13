# SPDX-License-Identifier: MIT
"""Section 1 of docs/INFERENCE.md: where the witness of a network's run stands, and the tables that it
looks values up in. Standard library only.

Everything follows from the network. Positions are those of the vector w.
"""

from dataclasses import dataclass

from field import P
from network_file import CONVOLUTION, MAX_POOL, Refused, need

INPUT, OUTPUT, STEP = "input", "output", "step"  # of a max pool
MAX_LOG2_SIZE = 27


def log2_ceiling(n):
    return (n - 1).bit_length()


@dataclass
class Range:
    """Rows (id, low + v), v < 2^bits."""

    bits: int
    low: int
    id: int = 0
    base: int = 0

    def row(self, v):
        """The looked-up value, and the one that goes with it."""
        return self.low + v, 0


@dataclass
class Activation:
    """Rows (id, q, f(q)), -limit <= q < limit."""

    limit: int
    most: int  # largest limit with which all of its users have a unique quotient
    low: int
    high: int
    slope: int
    id: int = 0
    base: int = 0

    @property
    def bits(self):
        return log2_ceiling(self.limit) + 1

    def row(self, v):
        q = v - self.limit
        bent = (q * self.slope + 32) >> 6 if q < 0 else q
        return q, min(max(bent, self.low), self.high)


@dataclass
class Block:
    kind: str
    layer: int  # index; of the input None
    sites: int
    channels: int
    first: int  # channel of the tensor
    tables: list  # of each channel: the table of its values
    shift: int = 0
    remainders: Range = None
    direct: int = 0  # Q of outputs that are their quotients, without a table
    step: int = 0
    base: int = 0

    @property
    def bits(self):
        return log2_ceiling(self.channels)

    @property
    def end(self):
        return self.base + (self.sites << self.bits)

    def position(self, site, channel):
        """channel: of the tensor."""
        return self.base + (site << self.bits) + channel - self.first


class Plan:
    def __init__(self, network, cut):
        self.network, self.tables, self.blocks = network, [], []
        self.of_tensor = {}  # blocks of the input, of convolutions, steps of pools
        self._input()
        for index, layer in enumerate(network.layers):
            need(max(layer.kernel) <= 256 and max(layer.pads[:2]) <= 256, "too large a window")
            if layer.kind == CONVOLUTION:
                self._convolution(index, layer, cut)
            elif layer.kind == MAX_POOL:
                self._pool(index, layer)
        channels = sum(b.channels for b in self.blocks if b.kind != STEP)
        need(channels <= 2**16, "too many channels")
        self._place_blocks()
        self._place_tables()
        need(self.log2_size <= MAX_LOG2_SIZE, "too large for a proof")

    # Tables

    def _table(self, table):
        table.id = len(self.tables) + 1
        need(table.id <= 2048, "too many tables")
        self.tables.append(table)
        return table

    def _range(self, bits, low):
        for table in self.tables:
            if isinstance(table, Range) and (table.bits, table.low) == (bits, low):
                return table
        return self._table(Range(bits, low))

    def _activation(self, limit, shift, low, high, slope):
        """A table of this range and slope is shared with the larger of both limits, where all of its
        users can bear that one."""
        most = limit
        while 2 * most <= 2**15 and (2 * most + limit + 1) << shift < P:
            most *= 2
        for table in self.tables:
            if not isinstance(table, Activation) or (table.low, table.high, table.slope) != (low, high, slope):
                continue
            shared = max(table.limit, limit)
            if shared <= min(most, table.most):
                table.limit, table.most = shared, min(most, table.most)
                return table
        return self._table(Activation(limit, most, low, high, slope))

    # Blocks, in the order of the layers

    def _add(self, tensor, block):
        need(len(self.blocks) < 2048, "too many blocks")
        self.blocks.append(block)
        self.of_tensor.setdefault(tensor, []).append(block)

    def _input(self):
        height, width, channels = self.network.shape
        tables = [self._range(8, -offset) for offset in self.network.offsets]
        self._add(0, Block(INPUT, None, height * width, channels, 0, tables))

    def _convolution(self, index, layer, cut):
        height, width, channels = layer.shape
        first = 0
        while first < channels:
            count = cut_channels(channels - first) if cut else channels
            remainders = self._range(layer.shift, 0) if layer.shift else None
            tables = [self._of_output(index, layer, first + c) for c in range(count)]
            block = Block(OUTPUT, index, height * width, count, first, tables, layer.shift, remainders)
            block.direct = layer.limit if self._is_direct(index, layer) else 0
            self._add(index + 1, block)
            first += count

    def _is_direct(self, index, layer):
        """The last layer's outputs are its quotients, and too wide for int8."""
        bends = any(slope != 64 for slope in layer.slopes or [])
        whole = layer.low <= -layer.limit and layer.high >= layer.limit - 1
        wide = layer.low < -128 or layer.high > 127
        return index + 1 == len(self.network.layers) and whole and wide and not bends

    def _of_output(self, index, layer, channel):
        if self._is_direct(index, layer):
            return self._range(0, 0)
        slope = layer.slopes[channel] if layer.slopes else 64
        return self._activation(layer.limit, layer.shift, layer.low, layer.high, slope)

    def _pool(self, index, layer):
        height, width, channels = layer.shape
        need(layer.kernel[0] * layer.kernel[1] <= 64, "a pool over too many values")
        need(all(pool_taps(layer, self.network, s)[0] is not None for s in range(height * width)), "an empty window")
        limit = 1 << log2_ceiling(layer.high - layer.low + 1)
        need(limit <= 2**15, "a pool over too wide a range")
        for step in range(1, layer.kernel[0] * layer.kernel[1]):
            table = self._activation(limit, 0, 0, limit - 1, 64)
            self._add(index + 1, Block(STEP, index, height * width, channels, 0, [table] * channels, step=step))

    # Places

    def _place_blocks(self):
        first = self.blocks[0]
        self.log2_input = max([log2_ceiling(first.sites << first.bits)] + [b.bits for b in self.blocks])
        at = 1 << self.log2_input
        for block in sorted(self.blocks[1:], key=lambda b: -b.bits):  # a stable sort
            block.base = at
            at = block.end
        need(at <= 1 << MAX_LOG2_SIZE, "too large for a proof")
        self.blocks_end, self.log2_half = at, log2_ceiling(at)
        self.lookups = sum(b.sites * b.channels * (2 if b.shift else 1) for b in self.blocks)

    def _place_tables(self):
        at = 0
        ordered = sorted(self.tables, key=lambda t: -t.bits)
        for table in ordered:
            table.base = at
            at += 1 << table.bits
        self.rows, size, half = at, 1 << ordered[0].bits, 1 << self.log2_half
        align = lambda position: -(-position // size) * size
        self.table_base = align(self.blocks_end)
        if self.table_base + self.rows > half:
            self.table_base = align(2 * half)
        self.log2_size = log2_ceiling(max(self.table_base + self.rows, 2 * half))


def cut_channels(left):
    rounded = 1 << log2_ceiling(left)
    return left if left <= 8 or (rounded - left) * 8 <= left else rounded // 2


def make(network):
    need(len(network.outputs) == 1, "a proof is about one output")
    plans = []
    for cut in (False, True):
        try:
            plans.append(Plan(network, cut))
        except Refused as why:
            refusal = why
    if not plans:
        raise refusal
    return min(plans, key=lambda plan: plan.log2_half + plan.log2_size)


# What a window reads


def tap_site(layer, shape, site, tap):
    """Site of a tensor of this shape that the tap of the output's site reads; None outside."""
    y, x = divmod(site, layer.shape[1])
    ky, kx = divmod(tap, layer.kernel[1])
    y = y * layer.stride[0] + ky * layer.dilation[0] - layer.pads[0]
    x = x * layer.stride[1] + kx * layer.dilation[1] - layer.pads[1]
    return y * shape[1] + x if 0 <= y < shape[0] and 0 <= x < shape[1] else None


def pool_taps(layer, network, site):
    """Sites that a pool compares, a tap outside replaced by the first one inside."""
    shape = network.shape_of(layer.inputs[0])
    taps = [tap_site(layer, shape, site, tap) for tap in range(layer.kernel[0] * layer.kernel[1])]
    inside = next((t for t in taps if t is not None), None)
    return [inside if t is None else t for t in taps]
