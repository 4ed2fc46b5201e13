# SPDX-License-Identifier: MIT
"""A scripted Bitcoin Core: sends mien-hwi the command lines that Core and HWI's clients send, and reads one line."""
import base64
import hashlib
import json
import os
import pathlib
import pty
import select
import shlex
import subprocess
import time

from harness import PROGRAM, SLOW, Skip, enrolled, environment, frames, fresh, main
from agent import Agent

HWI = str(pathlib.Path(PROGRAM).with_name("mien-hwi"))
CHAINS = {"main": "mainnet", "test": "testnet", "signet": "signet", "regtest": "regtest"}
KINDS = {"p2pkh": (44, "pkh({})"), "p2sh-p2wpkh": (49, "sh(wpkh({}))"), "p2wpkh": (84, "wpkh({})"), "p2tr": (86, "tr({})")}
INPUT, FEE = 1250000, 1410


class Core:
    """external_signer.cpp: run, take the first line of stdout, parse it; a code other than 0 breaks the call."""

    def __init__(self, home, chain="test", extra=()):
        self.home, self.chain, self.extra = home, chain, list(extra)

    def start(self, command, stdin=None, **popen):
        pipe = subprocess.PIPE if stdin is not None else subprocess.DEVNULL
        process = subprocess.Popen([HWI, *self.extra, *shlex.split(command)], env=environment(self.home.path), stdin=pipe,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.home.path,
                                   start_new_session=True, **popen)
        if stdin is not None:
            process.stdin.write(stdin)
            process.stdin.close()
        return process

    @staticmethod
    def answer(process):
        out = process.stdout.read()
        assert process.wait(timeout=SLOW) == 0, f"exit code {process.returncode}: {process.stderr.read()}"
        process.stderr.close()
        process.stdout.close()
        assert out.count("\n") == 1 and out.endswith("\n"), out
        return json.loads(out)

    def run(self, command, stdin=None):
        return self.answer(self.start(command, stdin))

    def to_device(self, command):
        return f"--fingerprint {self.home.fingerprint} --chain {self.chain} {command}"

    def signing(self, psbt, quoted=False):
        line = f'signtx "{psbt}"' if quoted else f"signtx {psbt}"
        return self.start(f"--stdin --fingerprint {self.home.fingerprint} --chain {self.chain}", line)


def refused(answer, *codes):
    assert isinstance(answer, dict) and set(answer) == {"error", "code"}, answer
    assert answer["code"] in codes and answer["error"] and "\n" not in answer["error"], answer


# ---- a few lines of Bitcoin, independent of the project ----

def compact(number):
    assert number < 253 or number < 65536
    return bytes([number]) if number < 253 else b"\xfd" + number.to_bytes(2, "little")


def sized(data):
    return compact(len(data)) + data


def double_hash(data):
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


def hash160(data):
    return hashlib.new("ripemd160", hashlib.sha256(data).digest()).digest()


def base58check(text):
    alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    number = 0
    for letter in text:
        number = number * 58 + alphabet.index(letter)
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    raw = bytes(len(text) - len(text.lstrip("1"))) + raw
    assert double_hash(raw[:-4])[:4] == raw[-4:], text
    return raw[:-4]


def script_of(address):
    if address.lower().startswith(("bc1", "tb1", "bcrt1")):
        data = ["qpzry9x8gf2tvdw0s3jn54khce6mua7l".index(c) for c in address.lower().rpartition("1")[2]][:-6]
        bits = "".join(f"{v:05b}" for v in data[1:])
        program = bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits) // 8 * 8, 8))
        return bytes([0x50 + data[0] if data[0] else 0, len(program)]) + program
    raw = base58check(address)
    if raw[0] in (0, 111):
        return b"\x76\xa9\x14" + raw[1:] + b"\x88\xac"
    return b"\xa9\x14" + raw[1:] + b"\x87"


def descriptor_checksum(text):
    letters = ("0123456789()[],'/*abcdefgh@:$%{}IJKLMNOPQRSTUVWXYZ&+-.;<=>?!^_|~ijklmnopqrstuvwxyzABCDEFGH`#\"\\ ")
    generator = [0xf5dee51989, 0xa9fdca3312, 0x1bab10e32d, 0x3706b1677a, 0x644d626ffd]
    values, groups = [], []
    for c in text:
        v = letters.index(c)
        values.append(v & 31)
        groups.append(v >> 5)
        if len(groups) == 3:
            values.append(groups[0] * 9 + groups[1] * 3 + groups[2])
            groups = []
    if len(groups) == 1:
        values.append(groups[0])
    elif len(groups) == 2:
        values.append(groups[0] * 3 + groups[1])
    check = 1
    for value in values + [0] * 8:
        top = check >> 35
        check = (check & 0x7ffffffff) << 5 ^ value
        for i in range(5):
            check ^= generator[i] if top >> i & 1 else 0
    check ^= 1
    return "".join("qpzry9x8gf2tvdw0s3jn54khce6mua7l"[check >> 5 * (7 - i) & 31] for i in range(8))


class Key:
    """One of our keys as a watch-only wallet knows it: from getxpub and addresses that were shown."""

    def __init__(self, core, kind, chain, index):
        self.kind, purpose = kind, KINDS[kind][0]
        coin = 0 if core.chain == "main" else 1
        self.path = [purpose + 2**31, coin + 2**31, 2**31, chain, index]
        xpub = core.run(core.to_device(f"getxpub m/{purpose}h/{coin}h/0h/{chain}/{index}"))["xpub"]
        self.public = base58check(xpub)[-33:]
        options = ["--change"] if chain else []
        self.address = core.home.json("address", "--network", CHAINS[core.chain], "--type", kind, "--index", index,
                                      *options).expect(0).json["addresses"][0]["address"]
        self.script = script_of(self.address)
        self.origin = bytes.fromhex(core.home.fingerprint) + b"".join(n.to_bytes(4, "little") for n in self.path)
        self.descriptor_key = f"[{core.home.fingerprint}/{purpose}h/{coin}h/0h/{chain}/{index}]{self.public.hex()}"

    def descriptor(self):
        text = KINDS[self.kind][1].format(self.descriptor_key)
        return f"{text}#{descriptor_checksum(text)}"

    def derivation(self, output):
        if self.kind == "p2tr":
            return [(b"\x07" if output else b"\x16", self.public[1:], b"\0" + self.origin),
                    (b"\x05" if output else b"\x17", b"", self.public[1:])]
        return [(b"\x02" if output else b"\x06", self.public, self.origin)]

    def redeem(self):
        return b"\0\x14" + hash160(self.public) if self.kind == "p2sh-p2wpkh" else None


def record(fields):
    return b"".join(sized(kind + data) + sized(value) for kind, data, value in sorted(fields)) + b"\0"


def build(key, change, amount, version, destination):
    """Core's PSBT for: one coin of `key`, `amount` to somebody, the rest back to `change`."""
    previous = (b"\2\0\0\0\1" + b"\x11" * 32 + b"\0\0\0\0" + b"\0" + b"\xff" * 4 + b"\1" + INPUT.to_bytes(8, "little") +
                sized(key.script) + bytes(4))
    outputs = [(amount, destination), (INPUT - amount - FEE, change.script)]
    raw_outputs = b"".join(a.to_bytes(8, "little") + sized(s) for a, s in outputs)
    txid = double_hash(previous)
    unsigned = b"\2\0\0\0\1" + txid + bytes(4) + b"\0" + b"\xfd\xff\xff\xff" + b"\2" + raw_outputs + bytes(4)
    own = [(b"\0", b"", previous), *key.derivation(False)]
    if key.kind != "p2pkh":
        own.append((b"\1", b"", INPUT.to_bytes(8, "little") + sized(key.script)))
    if key.redeem():
        own.append((b"\4", b"", key.redeem()))
    back = list(change.derivation(True))
    if change.redeem():
        back.append((b"\0", b"", change.redeem()))
    if version == 0:
        whole = record([(b"\0", b"", unsigned)]) + record(own) + record([]) + record(back)
    else:
        own += [(b"\x0e", b"", txid), (b"\x0f", b"", bytes(4)), (b"\x10", b"", b"\xfd\xff\xff\xff")]
        maps = [[(b"\3", b"", a.to_bytes(8, "little")), (b"\4", b"", s)] for a, s in outputs]
        whole = record([(b"\2", b"", b"\2\0\0\0"), (b"\4", b"", b"\1"), (b"\5", b"", b"\2"),
                        (b"\xfb", b"", b"\2\0\0\0")]) + record(own) + record(maps[0]) + record(maps[1] + back)
    return base64.b64encode(b"psbt\xff" + whole).decode()


STRANGER = {"main": "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "test": "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx"}


# ---- the tests ----

def test_enumerate_is_instant_and_needs_nothing(home):
    assert Core(home).run("enumerate") == []
    home = enrolled()
    for extra in ([], ["--emulators"], ["--debug"]):
        start = time.monotonic()
        listed = Core(home, extra=extra).run("enumerate")
        assert time.monotonic() - start < 1, "enumerate takes its time"
        assert len(listed) == 1 and listed[0]["fingerprint"] == home.fingerprint, listed
        assert listed[0]["type"] == "mien" and "error" not in listed[0], listed
    file = next(p for p in home.files() if p.name == "accounts.json")
    file.write_text("{}")
    refused(Core(home).run("enumerate"), -7)


def test_descriptors_of_every_chain(home):
    home = enrolled()
    for chain, network in CHAINS.items():
        core = Core(home, chain)
        said = core.run(core.to_device("getdescriptors --account 0"))
        assert set(said) == {"receive", "internal"}, said
        for which, lists in said.items():
            assert len(lists) == 4, lists
            for descriptor in lists:
                body, checksum = descriptor.split("#")
                assert checksum == descriptor_checksum(body) and "<" not in body, descriptor
                assert f"[{home.fingerprint}/" in body and f"/{'01'[which == 'internal']}/*" in body, descriptor
        heads = [d.split("[")[0] for d in said["receive"]]
        assert heads == ["pkh(", "sh(wpkh(", "wpkh(", "tr("], heads
        coin = 0 if chain == "main" else 1
        xpub = core.run(core.to_device(f"getxpub m/84h/{coin}h/0h"))["xpub"]
        assert xpub in said["receive"][2] and xpub == home.json("xpub", "--network", network).json["xpub"]
        assert core.run(core.to_device("getmasterxpub"))["xpub"] == xpub
        tap = core.run(core.to_device("getmasterxpub --addr-type tap --account 0"))["xpub"]
        assert tap in said["receive"][3]
    core = Core(home)
    refused(core.run(core.to_device("getdescriptors --account 5")), -9)
    assert Core(home, "testnet4").run(core.to_device("getdescriptors")) == said


def test_signing_by_the_agent(home):
    home = enrolled()
    with Agent(home) as agent:
        agent.unlock()
        for chain, kinds, versions in (("test", KINDS, (0, 2)), ("regtest", ["p2wpkh"], (0,)), ("main", ["p2tr"], (2,))):
            core = Core(home, chain)
            for kind in kinds:
                key, change = Key(core, kind, 0, 7), Key(core, kind, 1, 3)
                for version in versions:
                    stranger = script_of(STRANGER["main" if chain == "main" else "test"])
                    psbt = build(key, change, 400000, version, stranger)
                    process = core.signing(psbt, quoted=version == 2)
                    shown = agent.answer("Sign this?", "y")
                    assert "0.00400000" in shown and "Asked by mien-hwi" in shown, shown
                    answer = core.answer(process)
                    assert answer.get("signed") is True, (kind, version, answer)
                    raw = base64.b64decode(answer["psbt"])
                    assert (raw.find(b"\x01\xfb\x04\x02\0\0\0") >= 0) == (version == 2), "answered in another version"
                    (home.path / "signed.psbt").write_text(answer["psbt"])
                    done = home.json("psbt", "extract", "signed.psbt").expect(0).json["transaction"]
                    assert stranger.hex() in done
        core = Core(home)
        key, change = Key(core, "p2wpkh", 0, 7), Key(core, "p2wpkh", 1, 3)
        psbt = build(key, change, 400000, 0, script_of(STRANGER["test"]))
        process = core.signing(psbt)
        agent.answer("Sign this?", "n")
        refused(core.answer(process), -14)
        home.json("agent", "lock").expect(0)
        process = core.signing(psbt)  # locked: it unlocks first
        agent.answer("Open it by your face?", "y")
        agent.answer("Sign this?", "y")
        assert core.answer(process)["signed"]
        home.json("agent", "lock").expect(0)
        process = core.signing(psbt)
        agent.answer("Open it by your face?", "n")
        refused(core.answer(process), -14)


def test_addresses_on_the_agents_terminal(home):
    home = enrolled()
    with Agent(home) as agent:
        agent.unlock()
        for chain, kind in zip(CHAINS, KINDS):
            core = Core(home, chain)
            key = Key(core, kind, 0, 11)
            process = core.start(core.to_device(f"displayaddress --desc {shlex.quote(key.descriptor())}"))
            assert key.address in agent.answer("Is it the same?", "y")
            assert core.answer(process) == {"address": key.address}
        process = core.start(core.to_device("displayaddress --path m/86h/1h/0h/1/2 --addr-type tap"))
        agent.answer("Is it the same?", "n")
        refused(core.answer(process), -14)
        core = Core(home, "test")
        key, other = Key(core, "p2wpkh", 0, 1), Key(core, "p2wpkh", 0, 2)
        swapped = f"wpkh([{home.fingerprint}/84h/1h/0h/0/1]{other.public.hex()})"
        for wrong in (swapped, swapped + "#" + descriptor_checksum(swapped)[::-1], key.descriptor().replace("wpkh", "pkh"),
                      f"wpkh([00000000/84h/1h/0h/0/1]{key.public.hex()})", f"wpkh({key.public.hex()})", "wpkh(", "x" * 5000,
                      f"wpkh([{home.fingerprint}/84h/0h/0h/0/1]{key.public.hex()})"):
            refused(core.run(core.to_device(f"displayaddress --desc {shlex.quote(wrong)}")), -7, -8)
        refused(core.run(core.to_device("displayaddress")), -2)
        for account in (1, 7):
            said = core.run(core.to_device(f"getdescriptors --account {account}"))
            assert all(f"/84'/1'/{account}'" in d for d in said["receive"][2:3]), said


def test_messages(home):
    home = enrolled()
    with Agent(home) as agent:
        agent.unlock()
        core = Core(home, "test")
        for kind, (purpose, _) in KINDS.items():
            process = core.start(core.to_device(f"signmessage 'Ich wars' m/{purpose}h/1h/0h/0/4"))
            assert "Ich wars" in agent.answer("Sign this?", "y")
            signature = core.answer(process)["signature"]
            address = home.json("address", "--network", "testnet", "--type", kind, "--index", 4).json["addresses"][0]["address"]
            home.json("verify-message", address, signature, "--message", "Ich wars", "--network", "testnet").expect(0)
            home.json("verify-message", address, signature, "--message", "Ich wars nicht", "--network", "testnet").expect(1)
        refused(core.run(core.to_device("signmessage m m/84h/0h/0h/0/0")), -7)
        refused(core.run(core.to_device("signmessage m m/84h/1h/3h/0/0")), -8)


def test_without_an_agent_the_person_is_asked_here(home):
    home = enrolled()
    core = Core(home, "test", extra=["--source", frames("collins", 2, 3)])
    key, change = Key(core, "p2wpkh", 0, 7), Key(core, "p2wpkh", 1, 3)
    psbt = build(key, change, 400000, 2, script_of(STRANGER["test"]))
    answer = core.answer(core.signing(psbt))
    refused(answer, -9)
    assert "terminal" in answer["error"], answer
    for keys, signed in (("n", False), ("y", True)):
        master, slave = pty.openpty()

        def adopt():
            import fcntl
            import termios
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        process = subprocess.Popen([HWI, "--source", str(frames("collins", 2, 3)), "--stdin", "--fingerprint", home.fingerprint,
                                    "--chain", "test"], env=environment(home.path), stdin=subprocess.PIPE, cwd=home.path,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
                                   preexec_fn=adopt)
        process.stdin.write(f"signtx {psbt}")
        process.stdin.close()
        shown, end = "", time.monotonic() + SLOW
        while "Sign this?" not in shown and time.monotonic() < end:
            if select.select([master], [], [], 0.2)[0]:
                shown += os.read(master, 65536).decode()
        assert "0.00400000 tBTC" in shown, shown
        time.sleep(0.2)
        os.write(master, keys.encode())
        answer = Core.answer(process)
        os.close(master)
        os.close(slave)
        if signed:
            assert answer["signed"] is True, answer
        else:
            refused(answer, -14)


def test_what_the_policy_forbids_is_not_even_asked(home):
    home = enrolled()
    (home.path / "policy.txt").write_text("mien-policy 1\nrequire face\nother-chains allow\nchain testnet\ntransaction 0.003\n"
                                          "destinations any\n")
    home.json("policy", "set", "policy.txt", "--source", frames("collins", 2, 3), "--yes").expect(0)
    with Agent(home) as agent:
        agent.unlock()
        core = Core(home, "test")
        key, change = Key(core, "p2wpkh", 0, 7), Key(core, "p2wpkh", 1, 3)
        answer = core.answer(core.signing(build(key, change, 400000, 0, script_of(STRANGER["test"]))))
        refused(answer, -9)
        assert "Sign this?" not in agent.shown and "0.003" in answer["error"], answer
        process = core.signing(build(key, change, 200000, 0, script_of(STRANGER["test"])))
        agent.answer("Sign this?", "y")
        assert core.answer(process)["signed"] is True
    log = home.json("policy", "log", "--source", frames("collins", 2, 3)).expect(0).out
    assert "refused" in log and "signed" in log, log


def test_hostile_arguments(home):
    home = enrolled()
    core, f = Core(home), home.fingerprint
    cases = [("", -2), ("--fingerprint", -2), ("nonsense", -1, -7), ("--nonsense enumerate", -7), ("enumerate enumerate", -7, -1),
             ("getdescriptors", -1), ("--fingerprint 00000000 getdescriptors", -3), ("--fingerprint zzzz getdescriptors", -7),
             (f"--fingerprint {f}00 getdescriptors", -7), (f"--fingerprint {f} --chain moon getdescriptors", -7),
             (f"--fingerprint {f} --chain test getdescriptors --account -1", -7),
             (f"--fingerprint {f} getdescriptors --account 2147483648", -7),
             (f"--fingerprint {f} getdescriptors --account 0x0", -7), (f"--fingerprint {f} --fingerprint {f} enumerate", -7),
             (f"--fingerprint {f} --password 1234 enumerate", -7), ("--stdinpass enumerate", -7), ("-p 1 enumerate", -7),
             (f"--fingerprint {f} signtx", -2), (f"--fingerprint {f} signtx !!!", -7),
             (f"--fingerprint {f} signtx cHNidP8=", -7), (f"--fingerprint {f} getxpub x/y", -7),
             (f"--fingerprint {f} getxpub m/84h/0h/9h", -9), (f"--fingerprint {f} wipe", -8),
             (f"--fingerprint {f} setup", -8), ("--device-type trezor getdescriptors", -4),
             ("--device-type mien --device-path elsewhere getdescriptors", -3),
             (f"--fingerprint {f} displayaddress --desc a --path b", -2), (f"--fingerprint {f} signmessage a", -2)]
    for command, *codes in cases:
        refused(core.run(command), *codes)
    done = subprocess.run([HWI, *["x"] * 600], env=environment(home.path), capture_output=True, text=True, check=True)
    refused(json.loads(done.stdout), -7)
    for stdin in ("", "\n", "signtx", "signtx \"abc", "'", "signtx a b", "\\", "enumerate\n\nsigntx x", "x " * 600, "a" * 300000,
                  "--password 1 enumerate", "signtx " + "A" * 400000):
        answer = core.run(f"--stdin --fingerprint {f} --chain test", stdin)
        assert isinstance(answer, list) or "error" in answer, (stdin[:40], answer)
    done = subprocess.run([HWI, "--stdin", "--fingerprint", f], env=environment(home.path), input=b"signtx \0\0\0",
                          capture_output=True, check=True)
    refused(json.loads(done.stdout), -7)
    weird = b"\xff\xfe\x1b[2J"
    done = subprocess.run([HWI.encode(), b"--chain", weird, b"--fingerprint", f.encode(), b"getdescriptors"],
                          env=environment(home.path), capture_output=True, check=True)
    assert b"\x1b" not in done.stdout, done.stdout
    refused(json.loads(done.stdout), -7)
    assert Core(home).run("--device-type mien getdescriptors")["receive"], "a device by its type"
    assert core.run(f"-f {f} -d mien:{f} getmasterxpub")["xpub"].startswith("xpub")
    empty = fresh()
    empty.fingerprint = "00000000"
    refused(Core(empty).run("--fingerprint 00000000 getdescriptors"), -18)


def test_psbts_of_electrum(home):
    """Debian's Electrum takes our signed PSBT apart and finds it complete."""
    if subprocess.run(["which", "electrum"], capture_output=True, check=False).returncode != 0:
        raise Skip("electrum is not installed (Debian's package electrum)")
    home = enrolled()

    def electrum(*arguments):
        done = subprocess.run(["electrum", "--testnet", "--offline", "-D", str(home.path / "electrum"), *arguments],
                              capture_output=True, text=True, timeout=120, env={**environment(home.path), "HOME": str(home.path)},
                              check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    with Agent(home) as agent:
        agent.unlock()
        core = Core(home, "test")
        for kind in ("p2pkh", "p2wpkh"):
            key, change = Key(core, kind, 0, 7), Key(core, kind, 1, 3)
            psbt = build(key, change, 400000, 0, script_of(STRANGER["test"]))
            process = core.signing(psbt)
            agent.answer("Sign this?", "y")
            signed = core.answer(process)["psbt"]
            seen = json.loads(electrum("deserialize", signed))
            assert sorted(o["value_sats"] for o in seen["outputs"]) == [400000, INPUT - 400000 - FEE], seen
            assert STRANGER["test"] in [o["address"] for o in seen["outputs"]], seen
            assert [list(i["part_sigs"]) for i in seen["inputs"]] == [[key.public.hex()]], seen["inputs"]
            watching = home.path / f"watching-{kind}"
            home.json("export", "--format", "electrum", "--network", "testnet", "--type", kind, "-o", watching).expect(0)
            addresses = json.loads(electrum("listaddresses", "-w", str(watching)))
            assert key.address in addresses and change.address in addresses


if __name__ == "__main__":
    main(globals())
