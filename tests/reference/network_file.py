# SPDX-License-Identifier: MIT
"""Networks: the files of docs/FORMATS.md ("Networks"), read as strictly as they are written, with every
bound computed again. Standard library only.

Tensor 0 is the input, tensor i the output of layer i - 1. A shape is (height, width, channels).
"""

import hashlib
from dataclasses import dataclass, field

from field import P

CONVOLUTION, MAX_POOL, CONCAT = 1, 2, 3


class Refused(Exception):
    """The bytes are no network that a verifier may take, for the reason given."""


def need(truth, reason):
    if not truth:
        raise Refused(reason)


@dataclass
class Layer:
    kind: int
    name: bytes
    inputs: list
    shape: tuple = None  # of the output
    kernel: tuple = (1, 1)  # vertical, horizontal; so are stride and dilation
    stride: tuple = (1, 1)
    dilation: tuple = (1, 1)
    pads: tuple = (0, 0, 0, 0)  # top, left, bottom, right
    low: int = 0
    high: int = 0
    # convolutions
    groups: int = 1
    shift: int = 0
    residual: int = None  # a tensor
    residual_shift: int = 0
    bias: list = field(default_factory=list)
    slopes: list = None
    weights: list = field(default_factory=list)  # [output channel][tap][channel of the group]
    limit: int = 0  # Q


@dataclass
class Network:
    digest: bytes  # M
    shape: tuple  # of the input
    offsets: list
    layers: list
    outputs: list  # tensors

    def shape_of(self, tensor):
        return self.shape if tensor == 0 else self.layers[tensor - 1].shape

    def range_of(self, tensor):
        if tensor == 0:
            return -max(self.offsets), 255 - min(self.offsets)
        return self.layers[tensor - 1].low, self.layers[tensor - 1].high


class Bytes:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        need(self.at + count <= len(self.data), "the file ends early")
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, size, signed=False):
        return int.from_bytes(self.take(size), "little", signed=signed)

    def numbers(self, count, size, signed=False):
        return [self.number(size, signed) for _ in range(count)]

    def name(self):
        name = self.take(self.number(1))
        need(1 <= len(name) <= 63, "length of a name")
        need(all(32 < c < 127 and c not in b'"\\' for c in name), "characters of a name")
        return name


def read(data):
    need(32 <= len(data) <= 64 << 20, "length of the file")
    need(hashlib.sha256(data[:-32]).digest() == data[-32:], "checksum")
    source = Bytes(data[:-32])
    need(source.take(8) == b"mien-net" and source.number(2) == 1, "head")
    shape = tuple(source.numbers(3, 2))
    need(legal(shape) and shape[2] <= 16, "shape of the input")
    network = Network(hashlib.sha256(data).digest(), shape, list(source.take(shape[2])), [], [])
    layers, outputs = source.numbers(2, 2)
    need(1 <= layers <= 512 and 1 <= outputs <= 32, "number of layers or outputs")
    for _ in range(layers):
        network.layers.append(read_layer(source, network))
    read_outputs(source, network, outputs)
    need(source.at == len(source.data), "bytes behind the last output")
    used = {t for layer in network.layers for t in layer.inputs + [layer.residual]} | set(network.outputs)
    need(used.issuperset(range(1, layers + 1)), "a layer that nothing uses")
    need(sum(map(multiplications, network.layers)) <= 2**36, "too much work")
    return network


def legal(shape):
    height, width, channels = shape
    sides = 1 <= height <= 2048 and 1 <= width <= 2048
    return sides and 1 <= channels <= 8192 and height * width * channels <= 2**24


def multiplications(layer):
    height, width, _ = layer.shape
    return height * width * sum(len(tap) for taps in layer.weights for tap in taps)


def read_layer(source, network):
    kind, name, count = source.number(1), source.name(), source.number(1)
    need(kind in (CONVOLUTION, MAX_POOL, CONCAT), "kind of a layer")
    need(1 <= count <= 8 and (count == 1) == (kind != CONCAT), "number of inputs")
    layer = Layer(kind, name, source.numbers(count, 2))
    need(all(t <= len(network.layers) for t in layer.inputs), "an input of a later layer")
    if kind == CONCAT:
        complete_concat(layer, network)
        return layer
    sides = read_window(source, layer, network.shape_of(layer.inputs[0]))
    if kind == CONVOLUTION:
        read_convolution(source, layer, network, sides)
    else:
        need(layer.dilation == (1, 1), "a dilated pool")
        layer.shape = (*sides, network.shape_of(layer.inputs[0])[2])
        layer.low, layer.high = network.range_of(layer.inputs[0])
        need(legal(layer.shape), "shape of a layer")
    return layer


def complete_concat(layer, network):
    shapes = [network.shape_of(t) for t in layer.inputs]
    need(len({s[:2] for s in shapes}) == 1, "sides of a concat")
    layer.shape = (*shapes[0][:2], sum(s[2] for s in shapes))
    need(legal(layer.shape), "shape of a layer")
    ranges = [network.range_of(t) for t in layer.inputs]
    layer.low, layer.high = min(low for low, _ in ranges), max(high for _, high in ranges)


def read_window(source, layer, shape):
    """Height and width of the output."""
    axes = [(source.number(2), source.number(1), source.number(1)) for _ in range(2)]
    layer.kernel, layer.stride, layer.dilation = zip(*axes)
    layer.pads = tuple(source.numbers(4, 2))
    return [output_side(layer, shape, axis) for axis in range(2)]


def output_side(layer, shape, axis):
    kernel, stride, dilation = layer.kernel[axis], layer.stride[axis], layer.dilation[axis]
    need(1 <= kernel <= 2048 and 1 <= stride <= 64 and 1 <= dilation <= 64, "kernel, stride or dilation")
    before, behind, reach = layer.pads[axis], layer.pads[axis + 2], dilation * (kernel - 1) + 1
    room = shape[axis] + before + behind - reach
    need(before < reach and behind < reach and room >= 0, "pads")
    return room // stride + 1


def read_convolution(source, layer, network, sides):
    depth = network.shape_of(layer.inputs[0])[2]
    channels, layer.groups, flags, layer.shift = source.number(2), source.number(2), source.number(1), source.number(1)
    need(flags <= 3 and layer.shift <= 15, "flags or shift")
    layer.shape = (*sides, channels)
    need(legal(layer.shape), "shape of a layer")
    if flags & 2:
        layer.residual, layer.residual_shift = source.number(2), source.number(1)
        need(layer.residual <= len(network.layers) and layer.residual_shift <= 15, "residual")
        need(network.shape_of(layer.residual) == layer.shape, "shape of a residual")
    layer.low, layer.high = source.numbers(2, 2, signed=True)
    need(layer.low <= 0 <= layer.high, "range")
    bound, bits = source.number(4), source.number(1)
    need(layer.groups >= 1 and depth % layer.groups == 0 and channels % layer.groups == 0, "groups")
    layer.bias = source.numbers(channels, 4, signed=True)
    layer.slopes = source.numbers(channels, 2, signed=True) if flags & 1 else None
    read_weights(source, layer, depth // layer.groups, bits)
    layer.limit = quotient_limit(layer, network, bound)


def read_weights(source, layer, depth, bits):
    taps = layer.kernel[0] * layer.kernel[1]
    count = layer.shape[2] * taps * depth
    need(1 <= bits <= 16 and 1 <= count <= 2**26, "weights")
    stream, values = int.from_bytes(source.take((count * bits + 7) // 8), "little"), []
    for _ in range(count):
        value = stream & ((1 << bits) - 1)
        values.append(value - (value >> (bits - 1) << bits))
        stream >>= bits
    need(stream == 0, "bits behind the weights")
    need(bits == max((w if w >= 0 else -1 - w).bit_length() + 1 for w in values), "width of the weights")
    rows = [values[i : i + depth] for i in range(0, count, depth)]
    layer.weights = [rows[o * taps : o * taps + taps] for o in range(layer.shape[2])]


def with_zero(interval):
    return min(interval[0], 0), max(interval[1], 0)


def quotient_limit(layer, network, stated_bound):
    """Q, once |acc| <= B and the rules about Q have been seen to hold."""
    low, high = with_zero(network.range_of(layer.inputs[0]))
    extra = (0, 0) if layer.residual is None else with_zero(network.range_of(layer.residual))
    bound, step = 0, 1 << layer.shift
    for bias, taps in zip(layer.bias, layer.weights):
        ends = [(w * low, w * high) for tap in taps for w in tap]
        least = bias + sum(map(min, ends)) + (extra[0] << layer.residual_shift)
        most = bias + sum(map(max, ends)) + (extra[1] << layer.residual_shift)
        bound = max(bound, most, -least)
    need(bound == stated_bound and bound <= 2**29, "bound")
    limit = 1
    while limit * step < bound + step // 2 + 1:
        limit *= 2
    need(limit <= (2**15 if layer.slopes is None else 2**12), "quotients")
    need(limit * step + bound + step < P, "requantisation is not unique")
    return limit


def read_outputs(source, network, count):
    names = []
    for _ in range(count):
        names.append(source.name())
        tensor, exponent, function = source.number(2), source.number(1, signed=True), source.number(1)
        need(1 <= tensor <= len(network.layers), "tensor of an output")
        need(-64 <= exponent <= 64 and function <= 2, "exponent or function of an output")
        network.outputs.append(tensor)
    need(len(set(names)) == count, "two outputs of one name")
