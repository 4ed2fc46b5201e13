# SPDX-License-Identifier: MIT
"""The agent from outside: a process with its own terminal, other processes that ask it, and a person at the keys."""
import base64
import json
import os
import pathlib
import pty
import re
import select
import signal
import socket
import stat
import struct
import subprocess
import tempfile
import time

from harness import PROGRAM, SLOW, SOURCE, Skip, enrolled, environment, frames, main


class Agent:
    """A running agent and the terminal that its questions come to. The home lies in a short path: sockets need that."""

    def __init__(self, home, *options, pin=None, terminal=True, source=None, **popen):
        self.home, self.pin, self.shown = home, pin, ""
        self.master, self.slave = pty.openpty() if terminal else (None, None)
        tty = ["--tty", os.ttyname(self.slave)] if terminal else []
        arguments = [PROGRAM, "agent", "run", "--source", source or frames("collins", 2, 3), *tty, *options]
        self.process = subprocess.Popen([str(a) for a in arguments], env=environment(home.path),
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                        start_new_session=True, cwd=home.path, **popen)

    def wait(self):
        end = time.monotonic() + SLOW
        while not (self.home.path / "run" / "agent.sock").exists():
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < end
            time.sleep(0.02)
        return self

    def wait_for(self, words):
        end = time.monotonic() + SLOW
        while words not in self.shown:
            assert time.monotonic() < end, f"'{words}' never came:\n{self.shown}"
            ready, _, _ = select.select([self.master], [], [], 0.2)
            if ready:
                self.shown += os.read(self.master, 65536).decode()
        time.sleep(0.15)

    def answer(self, words, keys):
        self.wait_for(words)
        seen, self.shown = self.shown, ""
        os.write(self.master, keys.encode())
        return seen

    def unlock(self):
        asking = ask(self.home, "agent", "unlock")
        if self.pin:
            self.answer("PIN: ", self.pin + "\n")
        else:
            self.answer("Open it by your face?", "y")
        return asking.end().expect(0)

    def state(self):
        return self.home.json("agent", "status").expect(0).json

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        out, err = self.process.communicate(timeout=SLOW)
        for descriptor in (self.master, self.slave):
            if descriptor is not None:
                os.close(descriptor)
        return self.process.returncode, out, err

    def __enter__(self):
        return self.wait()

    def __exit__(self, *_):
        self.stop()


class Asking:
    """A command that waits for the person."""

    def __init__(self, home, arguments, program=PROGRAM, stdin=None):
        self.process = subprocess.Popen([program, *map(str, arguments)], env=environment(home.path),
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                        start_new_session=True, cwd=home.path)
        self.stdin = stdin

    def end(self):
        from harness import Result
        out, err = self.process.communicate(self.stdin, timeout=SLOW)

        class Done:
            returncode, stdout, stderr = self.process.returncode, out, err
        return Result(Done)


def ask(home, *arguments, **options):
    return Asking(home, [*arguments, "--json"], **options)


TRANSFER = {"type": 2, "chainId": 11155111, "nonce": 7, "to": "0x6d69656e0102030405060708090a0b0c0d0e0f10",
            "value": "1500000000000000", "gas": 21000, "maxFeePerGas": "30000000000", "maxPriorityFeePerGas": "1000000000"}
SIGN_PSBT, SIGN_BTC_MESSAGE, SIGN_TX, SIGN_MESSAGE, SIGN_TYPED, SIGN_AUTH, PROVE = range(16, 23)
STATE, UNLOCK, LOCK, STOP, GRANT, PUBLIC, SHOW = range(1, 8)
TESTNET = 1


class Wire:
    """The protocol by another hand, from docs/FORMATS.md."""

    def __init__(self, home, token=bytes(16)):
        self.token = token
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(SLOW)
        self.socket.connect(str(home.path / "run" / "agent.sock"))

    def send(self, operation, fields=b"", version=1):
        body = bytes([version, operation]) + fields
        self.socket.sendall(struct.pack("<I", len(body)) + body)
        return self

    def exactly(self, count):
        out = b""
        while len(out) < count:
            got = self.socket.recv(count - len(out))
            if not got:
                raise EOFError
            out += got
        return out

    def reply(self):
        body = self.exactly(struct.unpack("<I", self.exactly(4))[0])
        assert body[:2] == b"\x01\x80", body[:20]
        name, body = body[3:3 + body[2]].decode(), body[3 + body[2]:]
        words, body = body[2:2 + struct.unpack("<H", body[:2])[0]].decode(), body[2 + struct.unpack("<H", body[:2])[0]:]
        if name != "OK":
            assert body == b""
            return name, words
        payload = body[40:]
        assert struct.unpack("<I", body[36:40])[0] == len(payload)
        return name, payload

    def ask(self, *arguments, **options):
        return self.send(*arguments, **options).reply()

    def psbt(self, raw, network=TESTNET, fee=0, allow=0):
        return self.send(SIGN_PSBT, self.token + bytes([network]) + struct.pack("<QB", fee, allow) +
                         struct.pack("<I", len(raw)) + raw)

    def message(self, text, index=0):
        return self.send(SIGN_MESSAGE, self.token + struct.pack("<II", index, len(text)) + text)

    def transaction(self, value, index=0, fee=0, allow=0):
        text = json.dumps(value).encode()
        return self.send(SIGN_TX, self.token + struct.pack("<I", index) + fee.to_bytes(32, "big") + bytes([allow]) +
                         struct.pack("<I", len(text)) + text)

    def close(self):
        self.socket.close()


def granted(agent, *options):
    asking = ask(agent.home, "agent", "grant", *options)
    shown = agent.answer("Allow this?", "y")
    return bytes.fromhex(asking.end().expect(0).json["grant"]), shown


def test_life(home):
    home = enrolled()
    assert home.json("agent", "status").expect(0).json == {"running": False}
    home.json("agent", "unlock").refused(1, "NOT_FOUND")
    with Agent(home) as agent:
        state = agent.state()
        assert state["running"] and not state["unlocked"] and state["served"] == 0, state
        path = home.path / "run" / "agent.sock"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        agent.unlock()
        state = agent.state()
        assert state["unlocked"] and state["fingerprint"] == home.fingerprint, state
        assert 0 < state["idle_seconds_left"] <= 300 and 300 < state["seconds_left"] <= 900, state
        home.json("agent", "unlock").expect(0)  # nothing to do, nobody is asked
        home.json("agent", "lock").expect(0)
        assert not agent.state()["unlocked"]
        second = home.json("agent", "run", "--tty", os.ttyname(agent.slave), "--source", "x")
        second.refused(1, "BUSY")
        home.json("agent", "stop").expect(0)
        assert agent.process.wait(timeout=SLOW) == 0
        assert not path.exists(), "the socket's name was left behind"


def test_pin_goes_to_the_agent_and_nowhere_else(home):
    home = enrolled(pin="2718")
    with Agent(home, pin="2718") as agent:
        asking = ask(home, "agent", "unlock")
        agent.wait_for("PIN: ")
        time.sleep(0.1)
        line = b"".join(open(f"/proc/{p}/cmdline", "rb").read() for p in children_of(agent.process.pid))
        assert b"mien-prompt" in line and b"2718" not in line, line
        os.write(agent.master, b"2718\n")
        asking.end().expect(0)
        assert "2718" not in agent.shown and agent.state()["unlocked"]
    with Agent(home, pin="2719") as agent:
        asking = ask(home, "agent", "unlock")
        agent.answer("PIN: ", "2719\n")
        asking.end().refused(4, "NO_MATCH")
        assert not agent.state()["unlocked"] and home.json("status").json["failures"] == 1
        asking = ask(home, "agent", "unlock")
        agent.answer("PIN: ", "\n")
        asking.end().refused(5, "USER_REFUSED")
        assert home.json("status").json["failures"] == 1, "an empty PIN was tried"


def children_of(pid):
    out = []
    for entry in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            out.append(int(entry.parent.name))
    return out


def test_a_signature_needs_a_key_at_the_agents_terminal(home):
    home = enrolled()
    raw = base64.b64decode(home.fixtures("psbt", 400000))
    with Agent(home) as agent:
        assert Wire(home).psbt(raw).reply() == ("LOCKED", "")
        agent.unlock()
        for keys in ("n", "\n", " "):
            wire = Wire(home).psbt(raw)
            shown = agent.answer("Sign this?", keys)
            assert "0.00400000 tBTC" in shown and "Asked by python3" in shown, shown
            assert wire.reply()[0] == "USER_REFUSED"
        wire = Wire(home).psbt(raw)
        agent.answer("Sign this?", "y")
        name, signed = wire.reply()
        assert name == "OK" and signed.startswith(b"psbt\xff"), (name, signed)
        (home.path / "signed.psbt").write_bytes(signed)
        home.json("psbt", "extract", "signed.psbt").expect(0)
        assert agent.state()["served"] == 5, agent.state()
        bad = bytearray(raw)
        bad[60] ^= 1
        assert Wire(home).psbt(bytes(bad)).reply()[0] not in ("OK", "USER_REFUSED"), "a person was asked about a broken PSBT"
        assert Wire(home).psbt(raw, network=0).reply()[0] != "OK"


def test_what_is_typed_before_the_question_does_not_count(home):
    home = enrolled()
    raw = base64.b64decode(home.fixtures("psbt", 400000))
    with Agent(home) as agent:
        agent.unlock()
        os.write(agent.master, b"yyyy")
        wire = Wire(home).psbt(raw)
        agent.answer("Sign this?", "n")
        assert wire.reply()[0] == "USER_REFUSED"


def test_everything_that_can_be_signed(home):
    home = enrolled()
    address = home.json("eth", "address").json["addresses"][0]["address"]
    typed = {"types": {"EIP712Domain": [{"name": "name", "type": "string"}, {"name": "chainId", "type": "uint256"}],
                       "Mail": [{"name": "contents", "type": "string"}]},
             "primaryType": "Mail", "domain": {"name": "mien", "chainId": 5}, "message": {"contents": "Hallo"}}
    with Agent(home) as agent:
        agent.unlock()
        wire = Wire(home)
        wire.transaction(TRANSFER)
        shown = agent.answer("Sign this?", "y")
        name, raw = wire.reply()
        assert name == "OK" and raw[0] == 2 and "0.0015" in shown and address in shown, shown
        wire.message(b"Hallo Welt")
        assert "Hallo Welt" in agent.answer("Sign this?", "y")
        assert len(wire.reply()[1]) == 65
        text = json.dumps(typed).encode()
        wire.send(SIGN_TYPED, bytes(16) + struct.pack("<II", 0, len(text)) + text)
        assert "Hallo" in agent.answer("Sign this?", "y")
        assert len(wire.reply()[1]) == 65
        delegate = bytes.fromhex("63c0c19a282a1b52b07dd5a65b58948a07dae32b")
        fields = bytes(16) + bytes(4) + bytes(32) + b"\0" + struct.pack("<Q", 1) + bytes(20) + struct.pack("<Q", 9)
        wire.send(SIGN_AUTH, fields)
        shown = agent.answer("Sign this?", "y")
        assert len(wire.reply()[1]) == 65
        unknown = bytes(16) + bytes(4) + bytes(32) + b"\0" + struct.pack("<Q", 1) + b"\x99" * 20 + struct.pack("<Q", 9)
        assert wire.send(SIGN_AUTH, unknown).reply()[0] == "POLICY_DENIED", delegate
        for form, kind in ((0, 0), (0, 1), (0, 2), (1, 3), (1, 2)):
            text = b"Ich war's"
            wire.send(SIGN_BTC_MESSAGE, bytes(16) + bytes([TESTNET, kind, 0]) + struct.pack("<I", 3) + bytes([form]) +
                      struct.pack("<I", len(text)) + text)
            assert "Ich war's" in agent.answer("Sign this?", "y")
            assert wire.reply()[0] == "OK"
        wire.send(SIGN_BTC_MESSAGE, bytes(16) + bytes([TESTNET, 3, 0]) + struct.pack("<I", 3) + b"\0" + bytes(4))
        assert wire.reply()[0] == "UNSUPPORTED"
        wire.send(SIGN_BTC_MESSAGE, bytes(16) + bytes([0, 2, 0]) + bytes(4) + b"\1" + struct.pack("<I", 3) + b"\x1b[H")
        assert "1b5b48" in agent.answer("Sign this?", "n"), "a message repainted the prompt"
        assert wire.reply()[0] == "USER_REFUSED"
        mine = home.json("address", "--network", "testnet", "--type", "p2tr", "--index", "4").json["addresses"][0]["address"]
        wire.send(SHOW, bytes([TESTNET, 3, 0]) + struct.pack("<I", 4))
        assert mine in agent.answer("Is it the same?", "y")
        assert wire.reply() == ("OK", mine.encode())
        path = struct.pack("<BIII", 3, 84 + 2**31, 1 + 2**31, 2**31)
        xpub = wire.ask(PUBLIC, bytes([TESTNET]) + path)[1].decode()
        assert xpub == home.json("xpub", "--network", "testnet").json["xpub"]


def test_a_proof_by_the_agent(home):
    home = enrolled()
    with Agent(home) as agent:
        agent.unlock()
        bind, nonce = os.urandom(32), os.urandom(32)
        wire = Wire(home).send(PROVE, bytes(16) + bind + nonce + struct.pack("<QBB", 0, 0, 0))
        assert bind.hex() in agent.answer("Prove this?", "y")
        name, proof = wire.reply()
        assert name == "OK" and len(proof) > 1000, name
        (home.path / "p.proof").write_bytes(proof)
        for statement in (1, 2):
            Wire(home).send(PROVE, bytes(16) + bind + nonce + struct.pack("<QBB", 0, 0, 3)).socket.close()
            wire.send(PROVE, bytes(16) + bind + nonce + struct.pack("<QBB", 0, 0, statement))
            assert "the network saw it in one frame" in agent.answer("Prove this?", "y")
            name, face = wire.reply()
            assert name == "OK" and 300_000 < len(face) < 750_000, name
            (home.path / f"face-{statement}.proof").write_bytes(face)
    record = next(p for p in home.files() if p.name == "record.mien")
    check = ["--bind", bind.hex(), "--record", record, "--nonce", nonce.hex()]
    assert home.json("verify", "p.proof", *check).expect(0).json["statement"] == "match"
    assert home.json("verify", "face-1.proof", *check).expect(0).json["statement"] == "face"
    home.json("verify", "face-1.proof", *check, "--bits", 128).refused(9, "PROOF_INVALID")
    home.json("verify", "face-2.proof", *check, "--bits", 128).expect(0)


def test_the_policy_wants_a_proof(home):
    home = enrolled()
    raw = base64.b64decode(home.fixtures("psbt", 400000))
    for proof in ("match-proof", "face-proof"):
        (home.path / "own.txt").write_text(f"mien-policy 1\nrequire face+{proof}\nother-chains allow\n")
        home.json("policy", "set", "own.txt", "--source", frames("collins", 2, 3), "--yes").expect(0)
        with Agent(home) as agent:
            agent.unlock()
            wire = Wire(home).psbt(raw)
            agent.answer("Sign this?", "y")
            assert wire.reply()[0] == "OK"
        assert home.json("policy", "log").json["lines"][-1]["means"] == f"face+{proof}"
    (home.path / "own.txt").write_text("mien-policy 1\nrequire face+pin+face-proof\nother-chains allow\n")
    home.json("policy", "set", "own.txt", "--source", frames("collins", 2, 3), "--yes").expect(0)
    with Agent(home) as agent:
        agent.unlock()
        assert Wire(home).psbt(raw).reply()[0] == "POLICY_DENIED", "nobody has given a PIN"


def test_grants_end_where_they_say(home):
    home = enrolled()
    raw = base64.b64decode(home.fixtures("psbt", 400000))  # 401,410 satoshis with its fee
    with Agent(home) as agent:
        agent.unlock()
        token, shown = granted(agent, "--purpose", "bitcoin", "--satoshis", 802820, "--count", 5, "--network", "testnet")
        assert "0.00802820 tBTC" in shown and "At most 5 times" in shown, shown
        wire = Wire(home, token)
        assert [wire.psbt(raw).reply()[0] for _ in range(2)] == ["OK", "OK"]
        for refused in (lambda: wire.psbt(raw), lambda: wire.message(b"not what it is for"),
                        lambda: wire.transaction(TRANSFER), lambda: Wire(home, bytes(16)).psbt(raw)):
            asked = refused()
            agent.answer("Sign this?", "n")
            assert asked.reply()[0] == "USER_REFUSED"
        token, _ = granted(agent, "--purpose", "message", "--count", 3)
        wire = Wire(home, token)
        assert [wire.message(b"m%d" % i).reply()[0] for i in range(3)] == ["OK"] * 3
        wire.message(b"one too many")
        agent.answer("Sign this?", "n")
        assert wire.reply()[0] == "USER_REFUSED"
        token, _ = granted(agent, "--purpose", "ethereum", "--wei", 2130000000000000, "--chain-id", 11155111, "--count", 9)
        wire = Wire(home, token)
        assert wire.transaction(TRANSFER).reply()[0] == "OK"
        for change in ({"chainId": 1}, {"value": "1"}):  # another chain; more than is left
            wire.transaction({**TRANSFER, **change})
            agent.answer("Sign this?", "n")
            assert wire.reply()[0] == "USER_REFUSED", change
        token, _ = granted(agent, "--purpose", "message", "--purpose", "bitcoin", "--satoshis", 10**9, "--network", "testnet")
        wire = Wire(home, token)
        wire.psbt(raw, fee=5000000)  # beyond the usual limits: a person looks at it
        agent.answer("Sign this?", "n")
        assert wire.reply()[0] == "USER_REFUSED"
        home.json("agent", "lock").expect(0)
        assert wire.message(b"after the lock").reply()[0] == "LOCKED"
        agent.unlock()
        wire.message(b"after the lock")
        agent.answer("Sign this?", "n")
        assert wire.reply()[0] == "USER_REFUSED", "a grant outlived a lock"


def test_two_clients_and_one_who_dies(home):
    home = enrolled()
    raw = base64.b64decode(home.fixtures("psbt", 400000))
    with Agent(home) as agent:
        agent.unlock()
        first, second = Wire(home).psbt(raw), Wire(home)
        agent.answer("Sign this?", "")
        assert second.ask(STATE)[0] == "OK", "one who waits keeps others from being served"
        second.message(b"second")
        third = Wire(home).message(b"third")
        first.close()  # withdraws the question
        assert "second" in agent.answer("Sign this?", "y")
        assert second.reply()[0] == "OK"
        assert "third" in agent.answer("Sign this?", "n")
        assert third.reply()[0] == "USER_REFUSED"
        killed = subprocess.Popen([PROGRAM, "agent", "grant", "--purpose", "message"], env=environment(home.path),
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        agent.wait_for("Allow this?")
        killed.kill()
        killed.wait()
        end = time.monotonic() + SLOW
        while agent.state()["waiting"] != 0:
            assert time.monotonic() < end
        assert agent.state()["grants"] == 0
        assert not children_of(agent.process.pid), "the prompt of a withdrawn question is still there"


def test_commands_that_sign_use_it(home):
    home = enrolled()
    (home.path / "pay.psbt").write_text(home.fixtures("psbt", 400000))
    (home.path / "t.json").write_text(json.dumps(TRANSFER))
    with Agent(home) as agent:
        asking = ask(home, "psbt", "sign", "pay.psbt", "--network", "testnet", "-o", "signed.psbt")
        agent.answer("Open it by your face?", "y")  # it was locked
        assert "0.00400000 tBTC" in agent.answer("Sign this?", "y")
        assert asking.end().expect(0).json["signed_inputs"] == 1
        home.json("psbt", "extract", "signed.psbt").expect(0)
        asking = ask(home, "psbt", "sign", "pay.psbt", "--network", "testnet")
        agent.answer("Sign this?", "n")
        asking.end().refused(5, "USER_REFUSED")
        asking = ask(home, "eth", "sign-tx", "t.json")
        agent.answer("Sign this?", "y")
        signed = asking.end().expect(0).json
        assert signed["raw"].startswith("0x02f8") and len(signed["hash"]) == 64, signed
        again = home.json("eth", "sign-tx", "t.json", "--source", frames("collins", 2, 3), "--yes").expect(0).json
        assert again["raw"] == signed["raw"], "the agent signs something else than the program"
        home.json("psbt", "sign", "pay.psbt", "--network", "testnet", "--proof", "p").refused(2, "USAGE")
        token, _ = granted(agent, "--purpose", "bitcoin", "--satoshis", 500000, "--network", "testnet")
        done = subprocess.run([PROGRAM, "psbt", "sign", "pay.psbt", "--network", "testnet", "--json"], cwd=home.path,
                              env={**environment(home.path), "MIEN_AGENT_GRANT": token.hex()}, capture_output=True, check=True)
        assert json.loads(done.stdout)["signed_inputs"] == 1
        home.json("lock").expect(0)
        assert not agent.state()["unlocked"]


def test_locking_withdraws_what_waits(home):
    home = enrolled()
    with Agent(home) as agent:
        agent.unlock()
        for how in (lambda: home.json("agent", "lock").expect(0), lambda: agent.process.send_signal(signal.SIGUSR1)):
            if not agent.state()["unlocked"]:
                agent.shown = ""
                agent.unlock()
            wires = [Wire(home).message(b"waiting") for _ in range(3)]
            agent.answer("Sign this?", "")
            how()
            assert [w.reply() for w in wires] == [("LOCKED", "")] * 3
            assert not agent.state()["unlocked"]
        asking = ask(home, "agent", "unlock")
        agent.wait_for("Open it by your face?")
        home.json("agent", "lock").expect(0)
        asking.end().refused(3, "LOCKED")


def test_what_cannot_be_understood_is_not_listened_to(home):
    home = enrolled()
    with Agent(home) as agent:
        agent.unlock()
        hostile = [(b"\xff\xff\xff\xff", None), (b"\x00\x00\x00\x00", None), (b"\x01\x00\x00\x00\x01", None),
                   (b"GET / HTTP/1.1\r\n\r\n", None), (struct.pack("<I", 2) + b"\x02\x01", "VERSION"),
                   (struct.pack("<I", 2) + b"\x01\x63", "UNSUPPORTED"), (struct.pack("<I", 3) + b"\x01\x01\x00", "TRAILING"),
                   (struct.pack("<I", 10) + b"\x01\x10" + bytes(8), "TRUNCATED")]
        for message, answer in hostile:
            wire = Wire(home)
            wire.socket.sendall(message)
            wire.socket.shutdown(socket.SHUT_WR)
            try:
                assert wire.reply()[0] == answer, message
                wire.exactly(1)
                raise AssertionError(f"still listening after {message}")
            except (EOFError, ConnectionResetError):
                pass
        half = Wire(home)
        half.socket.sendall(struct.pack("<I", 8 << 20) + b"\x01\x10" + bytes(1000))
        before = memory_of(agent.process.pid)
        halves = [Wire(home) for _ in range(20)]
        for wire in halves:
            wire.socket.sendall(struct.pack("<I", 8 << 20) + b"\x01\x10")
        assert agent.state()["unlocked"]
        assert memory_of(agent.process.pid) - before < 2 << 20, "memory for what was only announced"
        for wire in [half, *halves]:
            wire.close()
        assert agent.state()["clients"] == 1
        crowd = [Wire(home) for _ in range(40)]
        answers = []
        for wire in crowd:
            try:
                answers.append(wire.ask(STATE)[0])
            except (BrokenPipeError, ConnectionResetError):
                answers.append("BUSY")
        assert answers.count("OK") == 32 and set(answers) == {"OK", "BUSY"}, answers
        for wire in crowd:
            wire.close()
        assert agent.state()["unlocked"]


def memory_of(pid):
    status = open(f"/proc/{pid}/status", encoding="ascii").read()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) << 10


def as_nobody():
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)


def test_other_processes_of_the_user_cannot_look_in(home):
    """Also not as the same user: no ptrace, no /proc/PID/mem, no core file."""
    if os.geteuid() != 0:
        raise Skip("root may look anywhere and others cannot change to a third user: run as root")
    home = enrolled()
    os.chmod(home.path.parent, 0o755)
    for folder, _, names in os.walk(home.path):
        for path in [folder, *(os.path.join(folder, n) for n in names)]:
            os.chown(path, 65534, 65534)
    with Agent(home, "--prompt", "/bin/false", terminal=False, preexec_fn=as_nobody) as agent:
        pid = agent.process.pid
        spy = """
import ctypes, os, sys
pid = int(sys.argv[1])
for name in ("mem", "maps", "environ", "auxv"):
    try:
        open(f"/proc/{pid}/{name}", "rb").read(1)
        print("read", name)
    except OSError as error:
        pass
libc = ctypes.CDLL(None, use_errno=True)
print("attached" if libc.ptrace(16, pid, 0, 0) == 0 else "no ptrace")
"""
        done = subprocess.run(["python3", "-c", spy, str(pid)], capture_output=True, text=True, preexec_fn=as_nobody, check=True)
        assert done.stdout.split("\n")[0] == "no ptrace", done.stdout
        limits = open(f"/proc/{pid}/limits", encoding="ascii").read()
        assert re.search(r"Max core file size\s+0\s+0", limits), limits
        agent.process.send_signal(signal.SIGQUIT)
        agent.process.wait(timeout=SLOW)
        assert not [p for p in home.files() if p.name.startswith("core")]


def test_another_user_is_turned_away(home):
    if os.geteuid() != 0:
        raise Skip("only root can become another user")
    home = enrolled()
    with Agent(home):
        probe = f"""
import socket
s = socket.socket(socket.AF_UNIX)
try:
    s.connect({str(home.path / "run" / "agent.sock")!r})
    try:
        s.sendall(bytes([2, 0, 0, 0, 1, 1]))
    except BrokenPipeError:
        pass  # it was turned away before it could ask
    print(s.recv(100))
except PermissionError:
    print("closed")
"""
        done = subprocess.run(["python3", "-c", probe], capture_output=True, text=True, preexec_fn=as_nobody, check=True)
        assert done.stdout.strip() == "closed", done.stdout
        for part in (home.path, home.path / "run", home.path / "run" / "agent.sock", home.path.parent):
            os.chmod(part, 0o777)
        done = subprocess.run(["python3", "-c", probe], capture_output=True, text=True, preexec_fn=as_nobody, check=True)
        assert "PERMISSION" in done.stdout and "OK" not in done.stdout, done.stdout


def test_the_folder_of_the_socket_is_closed_to_others(home):
    home = enrolled()
    (home.path / "run").mkdir(mode=0o755)
    os.chmod(home.path / "run", 0o755)
    home.json("agent", "run", "--tty", "/dev/null", "--source", "x").refused(1, "PERMISSION")
    (home.path / "run").rmdir()
    (home.path / "elsewhere").mkdir(mode=0o700)
    (home.path / "run").symlink_to("elsewhere")
    home.json("agent", "run", "--tty", "/dev/null", "--source", "x").refused(1, "PERMISSION")


def test_what_a_dead_agent_left(home):
    home = enrolled()
    with Agent(home) as agent:
        agent.process.kill()
        agent.process.wait()
        assert (home.path / "run" / "agent.sock").exists()
        assert home.json("agent", "status").expect(0).json == {"running": False}
    with Agent(home) as agent:
        while not agent.state()["running"]:  # the socket was there already
            assert agent.process.poll() is None, agent.process.communicate()
        assert not agent.state()["unlocked"]


def test_socket_activation(home):
    home = enrolled()
    if subprocess.run(["which", "systemd-socket-activate"], capture_output=True, check=False).returncode != 0:
        raise Skip("systemd-socket-activate is not installed (Debian's package systemd)")
    (home.path / "run").mkdir(mode=0o700)
    path = home.path / "run" / "agent.sock"
    master, slave = pty.openpty()
    names = [n for n in environment(home.path) if n != "PATH"]
    process = subprocess.Popen(["systemd-socket-activate", "-l", str(path), *(x for n in names for x in ("-E", n)),
                                PROGRAM, "agent", "run", "--tty", os.ttyname(slave), "--source", str(frames("collins", 2, 3))],
                               env=environment(home.path), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True)
    end = time.monotonic() + SLOW
    while not path.exists():
        assert time.monotonic() < end
        time.sleep(0.02)
    assert open(f"/proc/{process.pid}/comm", encoding="ascii").read().startswith("systemd"), "started too early"
    assert home.json("agent", "status").expect(0).json["running"]
    assert open(f"/proc/{process.pid}/comm", encoding="ascii").read().strip() == "mien"
    home.json("agent", "run", "--tty", os.ttyname(slave), "--source", "x").refused(1, "BUSY")
    home.json("agent", "stop").expect(0)
    assert process.wait(timeout=SLOW) == 0, process.stderr.read()
    assert path.exists(), "the name belongs to systemd"
    process.stderr.close()
    os.close(master)
    os.close(slave)


def test_units_are_what_systemd_takes(home):
    if subprocess.run(["which", "systemd-analyze"], capture_output=True, check=False).returncode != 0:
        raise Skip("systemd-analyze is not installed (Debian's package systemd)")
    units = pathlib.Path(SOURCE) / "wallet" / "agent" / "systemd"
    for unit in sorted(units.glob("*.s*")):
        text = unit.read_text().replace("/usr/bin/mien", PROGRAM)
        text = text.replace("%E/mien/agent.env", "-/dev/null")
        (home.path / unit.name).write_text(text)
    assert len(list(home.path.glob("mien-*"))) == 3
    for name, user in (("mien-agent.service", ["--user"]), ("mien-agent.socket", ["--user"]), ("mien-lock@.service", [])):
        done = subprocess.run(["systemd-analyze", *user, "--man=no", "--generators=no", "verify", str(home.path / name)],
                              capture_output=True, text=True, check=False,
                              env={**environment(home.path), "XDG_RUNTIME_DIR": str(home.path)})
        complaints = [line for line in done.stderr.splitlines() if "mien" in line]
        assert not complaints, done.stderr


def test_every_verb_that_signs_uses_the_agent(home):
    home = enrolled()
    here = ["--source", frames("collins", 2, 3), "--yes"]
    typed = {"types": {"EIP712Domain": [{"name": "name", "type": "string"}], "Mail": [{"name": "contents", "type": "string"}]},
             "primaryType": "Mail", "domain": {"name": "mien"}, "message": {"contents": "Hallo"}}
    (home.path / "typed.json").write_text(json.dumps(typed))
    (home.path / "t.json").write_text(json.dumps(TRANSFER))
    delegate = "0x63c0c19a282a1B52b07dD5a65b58948A07DAE32B"
    verbs = [(["sign", "message", "--message", "it is me", "--type", "p2wpkh", "--index", 4], "signature"),
             (["sign", "message", "--message", "it is me", "--type", "p2pkh", "--form", "legacy", "--network", "testnet"], "signature"),
             (["eth", "sign-message", "--message", "it is me", "--index", 2], "signature"),
             (["eth", "sign-typed", "typed.json"], "signature"),
             (["eth", "sign-tx", "t.json"], "raw"),
             (["eth", "auth", delegate, "--chain-id", 1, "--nonce", 3], "authorization"),
             (["eth", "auth", "--revoke", "--chain-id", 1, "--nonce", 4], "authorization")]
    for verb, _ in verbs:
        home.json(*verb, "--agent").refused(1, "NOT_FOUND")  # none runs, and it was asked for
    with Agent(home) as agent:
        agent.unlock()
        for verb, key in verbs:
            asking = ask(home, *verb, "--agent")
            agent.answer("Sign this?", "y")
            by_agent = asking.end().expect(0).json
            home.json(*verb, "--agent", *here).refused(2, "USAGE")
            assert by_agent[key] == home.json(*verb, *here).expect(0).json[key], verb
            asking = ask(home, *verb)  # without --source the one that runs is used, too
            agent.answer("Sign this?", "n")
            asking.end().refused(5, "USER_REFUSED")
            home.json(*verb, "--agent", "--proof", "p").refused(2, "USAGE")
        home.json("xpub", "--account", 1, *here[:2]).expect(0)
        home.json("sign", "message", "--message", "x", "--account", 1, "--agent").refused(2, "USAGE")
        unknown = ["eth", "auth", "0x" + "99" * 20, "--chain-id", 1, "--nonce", 3, "--agent"]
        home.json(*unknown).refused(6, "POLICY_DENIED")


def test_a_prompt_that_breaks_signs_nothing(home):
    home = enrolled()
    for prompt, status in (("/bin/false", "IO"), ("/bin/true", "USER_REFUSED"), ("/bin/cat", "USER_REFUSED")):
        with Agent(home, "--prompt", prompt, terminal=False):
            asked = home.json("agent", "unlock")
            assert asked.code != 0 and asked.json["error"]["status"] in (status, "IO", "USER_REFUSED"), (prompt, asked.out)
    home.json("agent", "run", "--tty", "/dev/null", "--source", "x", "--prompt", "/does/not/exist").refused(1, "NOT_FOUND")


def test_long_words_are_shown_page_by_page(home):
    home = enrolled()
    with Agent(home) as agent:
        import fcntl
        import termios
        fcntl.ioctl(agent.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        agent.unlock()
        text = "\n".join(f"line {i} of the message" for i in range(60)).encode()
        wire = Wire(home).message(text)
        pages = [agent.answer("there is more; go on?", "y") for _ in range(2)]
        assert "line 1 of" in pages[0] and "line 30 of" not in pages[0], pages
        while "Sign this?" not in agent.shown:
            agent.wait_for("? [y/N]")
            if "Sign this?" not in agent.shown:
                agent.answer("there is more; go on?", "y")
        assert "line 59 of" in agent.answer("Sign this?", "y")
        assert wire.reply()[0] == "OK"
        wire.message(text)
        agent.answer("there is more; go on?", "q")
        assert wire.reply()[0] == "USER_REFUSED", "signed although not all of it was seen"


def test_the_eyes_hand_out_nothing_at_a_terminal(home):
    faces = frames("collins", 2, 3)
    done = subprocess.run([PROGRAM, "agent", "eyes", "--source", str(faces)], env=environment(home.path), capture_output=True,
                          check=True)
    assert done.stdout[:2] == b"\x01\x80" and b"OK" in done.stdout[:8] and len(done.stdout) > 400, done.stdout[:40]
    link = home.path / "pictures"
    link.mkdir()
    (link / "a.jpg").symlink_to(next(faces.iterdir()))  # out of the folder that was named
    done = subprocess.run([PROGRAM, "agent", "eyes", "--source", str(link)], env=environment(home.path), capture_output=True,
                          check=True)
    assert b"OK" not in done.stdout[:8], "the cage lets links out"
    master, slave = pty.openpty()
    done = subprocess.run([PROGRAM, "agent", "eyes", "--source", str(faces)], env=environment(home.path), stdout=slave,
                          stderr=subprocess.PIPE, check=False)
    assert done.returncode == 2, done.stderr
    os.close(master)
    os.close(slave)


def test_the_wrong_face(home):
    home = enrolled()
    for source, status in ((frames("hopper", 1, 3), "NO_MATCH"), ("/does/not/exist", "NOT_FOUND"), ("camera:/dev/null", None)):
        with Agent(home, source=source) as agent:
            asking = ask(home, "agent", "unlock")
            agent.answer("Open it by your face?", "y")
            error = asking.end().json["error"]
            assert status is None or error["status"] == status, error
            assert not agent.state()["unlocked"]
    assert home.json("status").json["failures"] == 1


if __name__ == "__main__":
    main(globals())
