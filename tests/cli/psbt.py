# SPDX-License-Identifier: MIT
"""PSBTs (versions 0 and 2) made and taken apart for tests, from extended public keys and addresses alone."""
import base64
import hashlib
import hmac

P = 2**256 - 2**32 - 977
G = (0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
     0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8)
HARD = 1 << 31
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
PURPOSES = {"p2pkh": 44, "p2sh-p2wpkh": 49, "p2wpkh": 84, "p2tr": 86}


def sha256(data):
    return hashlib.sha256(data).digest()


def double_sha256(data):
    return sha256(sha256(data))


# ---- keys ----

def point_add(a, b):
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and (a[1] + b[1]) % P == 0:
        return None
    slope = (3 * a[0] * a[0] * pow(2 * a[1], -1, P) if a == b else (b[1] - a[1]) * pow(b[0] - a[0], -1, P)) % P
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def point_multiply(k, point):
    result = None
    while k:
        if k & 1:
            result = point_add(result, point)
        point, k = point_add(point, point), k >> 1
    return result


def parse_point(key):
    x = int.from_bytes(key[1:], "big")
    y = pow(x * x * x + 7, (P + 1) // 4, P)
    return x, y if y % 2 == key[0] % 2 else P - y


def serialise_point(point):
    return bytes([2 + point[1] % 2]) + point[0].to_bytes(32, "big")


def base58_decode(text):
    number = 0
    for letter in text:
        number = number * 58 + BASE58.index(letter)
    data = number.to_bytes((number.bit_length() + 7) // 8, "big")
    data = b"\0" * (len(text) - len(text.lstrip("1"))) + data
    assert double_sha256(data[:-4])[:4] == data[-4:]
    return data[:-4]


def child_key(xpub, *steps):
    """Compressed public key below an extended one."""
    raw = base58_decode(xpub)
    chain, key = raw[13:45], raw[45:78]
    for step in steps:
        mac = hmac.new(chain, key + step.to_bytes(4, "big"), hashlib.sha512).digest()
        point = point_add(point_multiply(int.from_bytes(mac[:32], "big"), G), parse_point(key))
        key, chain = serialise_point(point), mac[32:]
    return key


def script_of(address):
    """Output script of a segwit or base58 address; checksums of bech32 are mien's to check."""
    if "1" in address and address.lower() == address and address[0] in "bt" and address.split("1")[0] in ("bc", "tb", "bcrt"):
        values = [BECH32.index(c) for c in address[address.rindex("1") + 1:-6]]
        number, bits, program = 0, 0, bytearray()
        for value in values[1:]:
            number, bits = (number << 5 | value) & 0xfff, bits + 5
            if bits >= 8:
                bits -= 8
                program.append(number >> bits & 0xff)
        return bytes([values[0] and 0x50 + values[0], len(program)]) + bytes(program)
    raw = base58_decode(address)
    if raw[0] in (0, 0x6f):
        return b"\x76\xa9\x14" + raw[1:] + b"\x88\xac"
    return b"\xa9\x14" + raw[1:] + b"\x87"


# ---- bytes ----

def compact(n):
    return bytes([n]) if n < 253 else b"\xfd" + n.to_bytes(2, "little") if n < 65536 else b"\xfe" + n.to_bytes(4, "little")


def with_length(data):
    return compact(len(data)) + data


def le(n, size):
    return n.to_bytes(size, "little")


def read_compact(raw, at):
    if raw[at] < 253:
        return raw[at], at + 1
    size = {253: 2, 254: 4}[raw[at]]
    return int.from_bytes(raw[at + 1:at + 1 + size], "little"), at + 1 + size


def read_maps(raw):
    at, maps, current = 5, [], []
    while at < len(raw):
        length, at = read_compact(raw, at)
        if length == 0:
            maps.append(current)
            current = []
            continue
        key, at = raw[at:at + length], at + length
        length, at = read_compact(raw, at)
        current.append((key, raw[at:at + length]))
        at += length
    return maps


def write_maps(maps):
    return b"psbt\xff" + b"".join(b"".join(with_length(k) + with_length(v) for k, v in m) + b"\0" for m in maps)


def encode(maps):
    return base64.b64encode(write_maps(maps)).decode()


def decode(text):
    return read_maps(base64.b64decode(text))


def transaction(inputs, outputs, version=2, lock_time=0):
    """inputs: (txid, index, sequence); outputs: (amount, script)."""
    return (le(version, 4) + compact(len(inputs)) + b"".join(t + le(i, 4) + b"\0" + le(s, 4) for t, i, s in inputs) +
            compact(len(outputs)) + b"".join(le(a, 8) + with_length(s) for a, s in outputs) + le(lock_time, 4))


def previous(amount, script, salt=0):
    """A transaction that pays the script, and its txid."""
    raw = transaction([(sha256(b"origin" + bytes([salt])), salt, 0xffffffff)], [(amount, script)])
    return raw, double_sha256(raw)


def path_bytes(fingerprint, path):
    return bytes.fromhex(fingerprint) + b"".join(le(n, 4) for n in path)


# ---- signatures ----

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def ecdsa_valid(key, digest, der):
    """der: r and s, without the sighash byte."""
    r_size = der[3]
    r, s = int.from_bytes(der[4:4 + r_size], "big"), int.from_bytes(der[6 + r_size:], "big")
    if not (0 < r < ORDER and 0 < s <= ORDER // 2):
        return False
    inverse = pow(s, -1, ORDER)
    point = point_add(point_multiply(int.from_bytes(digest, "big") * inverse % ORDER, G),
                      point_multiply(r * inverse % ORDER, parse_point(key)))
    return point is not None and point[0] % ORDER == r


def segwit_digest(key, spent, amount, outputs):
    """BIP-143, SIGHASH_ALL, of a transaction with the one p2wpkh input `spent`."""
    outpoint = spent["txid"] + le(spent["index"], 4)
    script_code = with_length(b"\x76\xa9" + redeem_script(key, None)[1:] + b"\x88\xac")
    return double_sha256(le(2, 4) + double_sha256(outpoint) + double_sha256(le(spent["sequence"], 4)) + outpoint +
                         script_code + le(amount, 8) + le(spent["sequence"], 4) +
                         double_sha256(b"".join(le(o["amount"], 8) + with_length(o["script"]) for o in outputs)) +
                         le(0, 4) + le(1, 4))


# ---- a payment ----

class Wallet:
    """What a coordinator knows of a wallet: fingerprint, account keys, addresses."""

    def __init__(self, home, network="testnet"):
        self.home, self.network, self.coin = home, network, 0 if network == "mainnet" else 1
        self.fingerprint = home.json("xpub", "--network", network).expect(0).json["fingerprint"]
        self.xpubs = {}

    def path(self, kind, chain, index):
        return [HARD | PURPOSES[kind], HARD | self.coin, HARD, chain, index]

    def key(self, kind, chain, index):
        if kind not in self.xpubs:
            self.xpubs[kind] = self.home.json("xpub", "--network", self.network, "--type", kind).expect(0).json["xpub"]
        return child_key(self.xpubs[kind], chain, index)

    def script(self, kind, chain, index):
        said = self.home.json("address", "--network", self.network, "--type", kind, "--index", str(index),
                              *(["--change"] if chain else [])).expect(0).json
        return script_of(said["addresses"][0]["address"])

    def origin(self, kind, chain, index, output=False):
        key, path = self.key(kind, chain, index), path_bytes(self.fingerprint, self.path(kind, chain, index))
        if kind == "p2tr":
            tap, internal = (b"\x07", b"\x05") if output else (b"\x16", b"\x17")
            return [(tap + key[1:], b"\0" + path), (internal, key[1:])]
        return [((b"\x02" if output else b"\x06") + key, path)]

    def input(self, kind, amount, chain=0, index=0, salt=0):
        script = self.script(kind, chain, index)
        raw, txid = previous(amount, script, salt)
        fields = [(b"\x00", raw)]
        if kind != "p2pkh":
            fields.append((b"\x01", le(amount, 8) + with_length(script)))
        if kind == "p2sh-p2wpkh":
            key = self.key(kind, chain, index)
            redeem = redeem_script(key, script)
            fields.append((b"\x04", redeem))
        return {"txid": txid, "index": 0, "sequence": 0xfffffffd, "fields": fields + self.origin(kind, chain, index)}

    def change(self, kind, amount, index=0):
        return {"amount": amount, "script": self.script(kind, 1, index), "fields": self.origin(kind, 1, index, True)}


def redeem_script(key, script):
    """p2wpkh inside p2sh; without RIPEMD-160 here, openssl's or the legacy provider's is asked."""
    try:
        hash160 = hashlib.new("ripemd160", sha256(key)).digest()
    except ValueError:
        hash160 = ripemd160(sha256(key))
    return b"\x00\x14" + hash160


def ripemd160(data):
    """RFC-like reference, for builds of Python without it."""
    def f(j, x, y, z):
        return (x ^ y ^ z, (x & y) | (~x & z), (x | ~y) ^ z, (x & z) | (y & ~z), x ^ (y | ~z))[j // 16]
    left = [*range(16)]
    for _ in range(4):
        left += [[7, 4, 13, 1, 10, 6, 15, 3, 12, 0, 9, 5, 2, 14, 11, 8][i] for i in left[-16:]]
    right = [(9 * i + 5) % 16 for i in range(16)]
    for _ in range(4):
        right += [[7, 4, 13, 1, 10, 6, 15, 3, 12, 0, 9, 5, 2, 14, 11, 8][i] for i in right[-16:]]
    turn = [11, 14, 15, 12, 5, 8, 7, 9, 11, 13, 14, 15, 6, 7, 9, 8, 7, 6, 8, 13, 11, 9, 7, 15, 7, 12, 15, 9, 11, 7, 13, 12,
            11, 13, 6, 7, 14, 9, 13, 15, 14, 8, 13, 6, 5, 12, 7, 5, 11, 12, 14, 15, 14, 15, 9, 8, 9, 14, 5, 6, 8, 6, 5, 12,
            9, 15, 5, 11, 6, 8, 13, 12, 5, 12, 13, 14, 11, 8, 5, 6]
    turn_right = [8, 9, 9, 11, 13, 15, 15, 5, 7, 7, 8, 11, 14, 14, 12, 6, 9, 13, 15, 7, 12, 8, 9, 11, 7, 7, 12, 7, 6, 15, 13,
                  11, 9, 7, 15, 11, 8, 6, 6, 14, 12, 13, 5, 14, 13, 13, 7, 5, 15, 5, 8, 11, 14, 14, 6, 14, 6, 9, 12, 9, 12,
                  5, 15, 8, 8, 5, 12, 9, 12, 5, 14, 6, 8, 13, 6, 5, 15, 13, 11, 11]
    constants, constants_right = (0, 0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xa953fd4e), (0x50a28be6, 0x5c4dd124, 0x6d703ef3, 0x7a6d76e9, 0)
    state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0]
    message = data + b"\x80" + b"\0" * ((55 - len(data)) % 64) + le(8 * len(data), 8)
    mask = 0xffffffff
    def rotate(x, n):
        return (x << n | (x & mask) >> (32 - n)) & mask
    for block in range(0, len(message), 64):
        words = [int.from_bytes(message[block + 4 * i:block + 4 * i + 4], "little") for i in range(16)]
        one, two = state[:], state[:]
        for j in range(80):
            for s, order, turns, k, i in ((one, left, turn, constants, j), (two, right, turn_right, constants_right, 79 - j)):
                t = (rotate((s[0] + f(i, s[1], s[2], s[3]) + words[order[j]] + k[j // 16]) & mask, turns[j]) + s[4]) & mask
                s[:] = [s[4], t, s[1], rotate(s[2], 10), s[3]]
        state = [(state[(i + 1) % 5] + one[(i + 2) % 5] + two[(i + 3) % 5]) & mask for i in range(5)]
    return b"".join(le(word, 4) for word in state)


def psbt(inputs, outputs, version=0, extra=()):
    """Maps of a PSBT; outputs are {"amount", "script", "fields"}."""
    if version == 0:
        tx = transaction([(i["txid"], i["index"], i["sequence"]) for i in inputs],
                         [(o["amount"], o["script"]) for o in outputs])
        return ([[(b"\x00", tx), *extra]] + [i["fields"] for i in inputs] + [o["fields"] for o in outputs])
    top = [(b"\x02", le(2, 4)), (b"\x04", compact(len(inputs))), (b"\x05", compact(len(outputs))), (b"\xfb", le(2, 4)), *extra]
    ins = [[*i["fields"], (b"\x0e", i["txid"]), (b"\x0f", le(i["index"], 4)), (b"\x10", le(i["sequence"], 4))] for i in inputs]
    outs = [[*o["fields"], (b"\x03", le(o["amount"], 8)), (b"\x04", o["script"])] for o in outputs]
    return [sorted(m) for m in [top, *ins, *outs]]


STRANGER = {"amount": 400000, "script": b"\x00\x14" + b"\x5a" * 20, "fields": []}
