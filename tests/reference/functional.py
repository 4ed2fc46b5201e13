# SPDX-License-Identifier: MIT
"""Sections 2 and 3 of docs/INFERENCE.md: the claims about the witness w as one functional of it, position
by position as they are defined there. Standard library only.

A functional is a list of weights, one for each position of w, packed (ligero.py).
"""

from field import ONE, P, ZERO, f_inverse, k_add, k_mul, k_mul_f, k_sub
from ligero import pack, unpack
from network_file import CONVOLUTION, MAX_POOL
from plan import INPUT, OUTPUT, log2_ceiling, pool_taps, tap_site


def equality(point):
    """eq(point, j) for all j: the product of r_i where bit i of j is set and 1 - r_i where not."""
    values = [ONE]
    for r in point:
        high = [k_mul(v, r) for v in values]
        values = [k_sub(v, h) for v, h in zip(values, high)] + high
    return values


def equality_at(point, index):
    product = ONE
    for i, r in enumerate(point):
        product = k_mul(product, r if index >> i & 1 else k_sub(ONE, r))
    return product


class Values:
    """Each value of a tensor is a sum of entries of w; so are the candidates of max pools."""

    def __init__(self, plan):
        self.plan, self.network = plan, plan.network
        self.taps = {}  # of pools

    def positions(self, tensor, site, channel):
        layer = self.network.layers[tensor - 1] if tensor else None
        if layer is None or layer.kind == CONVOLUTION:
            block = next(b for b in self.plan.of_tensor[tensor] if b.first <= channel < b.first + b.channels)
            return [block.position(site, channel)]
        if layer.kind == MAX_POOL:
            return self.leader(tensor - 1, site, channel, layer.kernel[0] * layer.kernel[1] - 1)
        for part in layer.inputs:
            count = self.network.shape_of(part)[2]
            if channel < count:
                return self.positions(part, site, channel)
            channel -= count

    def candidate(self, index, site, channel, tap):
        """What the tap of a pool reads."""
        layer = self.network.layers[index]
        if (index, site) not in self.taps:
            self.taps[index, site] = pool_taps(layer, self.network, site)
        return self.positions(layer.inputs[0], self.taps[index, site][tap], channel)

    def leader(self, index, site, channel, steps):
        """The largest of the first steps + 1 candidates: the first one and what each step adds."""
        blocks = self.plan.of_tensor.get(index + 1, [])[:steps]
        return self.candidate(index, site, channel, 0) + [b.position(site, channel) for b in blocks]


class Functional:
    """weights and a constant, so that the claims are constant + <w, weights>."""

    def __init__(self, plan):
        self.plan, self.values = plan, Values(plan)
        self.weights, self.constant = [0] * (1 << plan.log2_size), 0

    def add(self, position, packed, weight=1):
        self.weights[position] += weight % P * packed

    def add_tensor(self, tensor, site, channel, packed, weight=1):
        for position in self.values.positions(tensor, site, channel):
            self.add(position, packed, weight)

    # The leaves at a point

    def add_leaves(self, point, a, g, h):
        """a + id + g v + h out, q - out instead of v for outputs that are their quotients, a alone where
        there is no value."""
        eq, half = equality(point), 1 << self.plan.log2_half
        for block in self.plan.blocks:
            for site in range(block.sites):
                for c in range(block.channels):
                    at = block.position(site, block.first + c)
                    self.constant += block.tables[c].id * pack(eq[at])
                    self.add_leaf(block, site, block.first + c, eq[at], g, h)
                    if block.shift:
                        self.constant += block.remainders.id * pack(eq[half + at])
                        self.add(half + at, pack(k_mul(eq[half + at], g)))
        self.constant += pack(a)

    def add_leaf(self, block, site, channel, e, g, h):
        at, first = block.position(site, channel), k_mul(e, g)
        if block.kind == INPUT:
            self.add(at, pack(first))
            return
        if block.direct:
            self.add(at, pack(first), -1)
        else:
            self.add(at, pack(k_mul(e, h)))
        if block.kind == OUTPUT:
            self.add_quotient(block, site, channel, first)
            return
        for position in self.values.candidate(block.layer, site, channel, block.step):
            self.add(position, pack(first))
        for position in self.values.leader(block.layer, site, channel, block.step - 1):
            self.add(position, pack(first), -1)

    def add_quotient(self, block, site, channel, e):
        """e q = e (acc + 2^(s-1) - rem) / 2^s"""
        e = pack(k_mul_f(e, f_inverse(1 << block.shift)))
        if block.shift:
            self.constant += (1 << block.shift - 1) * e
            self.add((1 << self.plan.log2_half) + block.position(site, channel), e, -1)
        layer, network = self.plan.network.layers[block.layer], self.plan.network
        self.constant += layer.bias[channel] % P * e
        if layer.residual is not None:
            self.add_tensor(layer.residual, site, channel, e, 1 << layer.residual_shift)
        shape, depth = network.shape_of(layer.inputs[0]), len(layer.weights[channel][0])
        group = channel // (layer.shape[2] // layer.groups)
        for tap, weights in enumerate(layer.weights[channel]):
            source = tap_site(layer, shape, site, tap)
            if source is None:
                continue
            for i, weight in enumerate(weights):
                if weight:
                    self.add_tensor(layer.inputs[0], source, group * depth + i, e, weight)

    # The other claims

    def add_counts(self, point, gamma):
        for row, e in enumerate(equality(point)[: self.plan.rows]):
            self.add(self.plan.table_base + row, pack(k_mul(gamma, e)))

    def add_output(self, xi, scale):
        network, power = self.plan.network, scale
        height, width, channels = network.layers[-1].shape
        for site in range(height * width):
            for channel in range(channels):
                self.add_tensor(len(network.layers), site, channel, pack(power))
                power = k_mul(power, xi)

    def constant_value(self):
        return unpack(self.constant)

    def at(self, point):
        total = ZERO
        for weight, e in zip(self.weights, equality(point)):
            if weight:
                total = k_add(total, k_mul(unpack(weight), e))
        return total


def rows_log2(plan):
    """Of the rows' tree."""
    return max(1, log2_ceiling(plan.rows))


def table_denominator(plan, point, a, g, h):
    """What the tables' denominators are at a point: a + id + g value + h other, behind the last row 1."""
    eq = [pack(e) for e in equality(point)]
    ids = values = others = 0
    for table in plan.tables:
        for v in range(1 << table.bits):
            e, (value, other) = eq[table.base + v], table.row(v)
            ids += table.id * e
            values += value % P * e
            others += other % P * e
    covered = unpack(sum(eq[: plan.rows]))
    total = k_add(k_mul(a, covered), unpack(ids))
    total = k_add(total, k_add(k_mul(g, unpack(values)), k_mul(h, unpack(others))))
    return k_add(total, k_sub(ONE, covered))
