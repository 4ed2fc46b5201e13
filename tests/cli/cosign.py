# SPDX-License-Identifier: MIT
"""The co-signer from outside: register, pay with two keys, what it refuses, killed at any moment, two servers over one
PostgreSQL, and a contract account on a private chain."""
import base64
import json
import pathlib
import random
import re
import signal
import subprocess
import threading
import time

from chain import CHAIN_ID, Anvil, call, need_node, node, post, receipt
from harness import PROGRAM, SOURCE, Skip, enrolled, environment, frames, fresh, main

POLICY = "mien-policy 1\nrequire face+match-proof\nchain testnet\n  destinations any\n  transaction 0.005\n  day 0.008\n"
EVM_POLICY = f"mien-policy 1\nrequire face+match-proof\nchain evm {CHAIN_ID}\n  destinations any\n  transaction 1\n"
OTHER = "0x6d69656E0102030405060708090A0b0c0D0E0F10"


class Server:
    """mien cosign serve; started again with the same port and folder after a kill."""

    def __init__(self, folder, *options, port=0):
        self.folder, self.options, self.port = pathlib.Path(folder), options, port
        self.start()

    def start(self):
        self.process = subprocess.Popen([PROGRAM, "cosign", "serve", "--folder", self.folder / "cosign", "--port", str(self.port),
                                         *map(str, self.options)], env=environment(self.folder), stderr=subprocess.PIPE, text=True,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        said = self.process.stderr.readline()
        found = re.search(r"Co-signing as (\S+) at http://127\.0\.0\.1:(\d+)", said)
        assert found, said + self.process.stderr.read()
        self.name, self.port = found[1], int(found[2])
        self.url = f"http://127.0.0.1:{self.port}"
        self.token = self.folder / "cosign" / "admin.token"

    def kill(self, how=signal.SIGKILL):
        self.process.send_signal(how)
        code = self.process.wait(timeout=30)
        self.process.stderr.close()
        return code

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            assert self.kill(signal.SIGTERM) == 0


_recovery = []


def recovery_key():
    """The third key, of another wallet."""
    if not _recovery:
        other = fresh()
        other.json("init", "--no-pin").expect(0)
        _recovery.append(other.fixtures("shared-key").strip())
    return _recovery[0]


MATCH = ("--statement", "match")


def registered(server, policy=POLICY, options=None, own_policy=None, statement=()):
    home = enrolled()
    (home.path / "limits.txt").write_text(policy)
    options = ["--bitcoin", "testnet", "--recovery", recovery_key()] if options is None else options
    said = home.json("cosign", "register", "--server", server.name, "--token-file", server.token, "--policy", "limits.txt", *options,
                     *statement, "--account", "cosign.json", "--source", frames("collins", 2, 3)).expect(0).json
    assert (home.path / "cosign.json").stat().st_mode & 0o777 == 0o600
    home.descriptor, home.attestor = said.get("descriptor"), said.get("attestor")
    own = own_policy or f"mien-policy 1\nrequire face\nother-chains deny\nchain testnet\n  destinations any\n  shared {home.descriptor}\n"
    (home.path / "own.txt").write_text(own)
    home.json("policy", "set", "own.txt", "--source", frames("collins", 2, 3), "--yes").expect(0)
    return home


def payment(home, satoshis, name="pay.psbt"):
    (home.path / name).write_text(home.fixtures("shared-psbt", home.descriptor, satoshis))
    return name


def request(home, psbt, *options, source=None):
    return home.json("cosign", "request", psbt, "--account", "cosign.json", "--network", "testnet", "--source",
                     source or frames("collins", 2, 3), "--yes", *options)


def test_two_keys_pay(home):
    with Server(home.path) as server:
        home = registered(server)
        assert home.descriptor.startswith("wsh(sortedmulti(2,["), home.descriptor
        payment(home, 400000)
        shown = home.json("psbt", "show", "pay.psbt", "--network", "testnet").expect(0).json
        assert [o["owner"] for o in shown["outputs"]] == ["other", "change"], shown
        alone = home.json("psbt", "sign", "pay.psbt", "--network", "testnet", "--source", frames("collins", 2, 3), "--yes",
                          "-o", "alone.psbt").expect(0)
        assert home.json("psbt", "finalize", "alone.psbt").expect(0).json["finished_inputs"] == 0, alone.json
        done = request(home, "pay.psbt", "-o", "both.psbt").expect(0).json
        assert done["complete"] is True, done
        assert home.json("psbt", "finalize", "both.psbt", "-o", "final.psbt").expect(0).json["finished_inputs"] == 1
        assert home.json("psbt", "extract", "final.psbt").expect(0).json["transaction"].startswith("020000000001")
        # what its policy forbids, whatever the wallet's own policy says
        payment(home, 500001, "large.psbt")
        request(home, "large.psbt").refused(6, "POLICY_DENIED")
        payment(home, 410000, "second.psbt")
        request(home, "second.psbt").refused(6, "POLICY_DENIED")  # more than 0.008 a day
        request(home, "pay.psbt").expect(0)  # the same payment again counts once
        request(home, "pay.psbt", source=frames("hopper", 1, 3)).refused(4, "NO_MATCH")
        for path in [p for p in home.files() if p.name == "cosign.json"]:
            account = json.loads(path.read_text())
            account["token"] = "0" * 64
            path.write_text(json.dumps(account))
        request(home, "pay.psbt").refused(1, "PERMISSION")


def test_registering_takes_the_operator(home):
    with Server(home.path) as server:
        person = enrolled()
        (person.path / "limits.txt").write_text(POLICY)
        (person.path / "wrong.token").write_text("0" * 64)
        arguments = ["cosign", "register", "--server", server.name, "--policy", "limits.txt", "--bitcoin", "testnet", "--recovery",
                     recovery_key(), "--account", "cosign.json", "--source", frames("collins", 2, 3)]
        person.json(*arguments, "--token-file", "wrong.token").refused(1, "PERMISSION")
        assert not (person.path / "cosign.json").exists()
        (person.path / "limits.txt").write_text("everything is fine")
        person.json(*arguments, "--token-file", server.token).refused(1, "FORMAT")
        # the address is part of what is proved: another spelling of it is another service
        (person.path / "limits.txt").write_text(POLICY)
        other = [a.replace("127.0.0.1", "localhost") if isinstance(a, str) else a for a in arguments]
        person.json(*other, "--token-file", server.token).refused(1, "ARGUMENT")
        assert post(server.url + "/v1/nonce", {"account": "x"}, {"Host": "rebind.example"})[0] == 421
        assert post(server.url + "/v1/nonce", {"account": "x"}, {"Origin": "https://x.example"})[0] == 401
        assert (server.token.stat().st_mode & 0o777, (server.token.parent / "seed").stat().st_mode & 0o777) == (0o600, 0o600)


class Raw:
    """Requests to a server as a program of one's own would send them, with proofs by `mien prove`."""

    def __init__(self, home, psbt="pay.psbt"):
        self.home = home
        self.account = json.loads((home.path / "cosign.json").read_text())
        self.psbt = (home.path / psbt).read_text().strip()
        self.digest = home.json("psbt", "digest", psbt, "--network", "testnet").expect(0).json["digest"]

    def post(self, url, path, **body):
        code, text = post(url + path, {"account": self.account["account"], **body},
                          {"Authorization": f"Bearer {self.account['token']}"}, timeout=60)
        return code, json.loads(text)

    def nonce(self, url):
        code, said = self.post(url, "/v1/nonce")
        assert code == 200, said
        return said["nonce"]

    def prove(self, nonce, *options, expires=250):
        self.home.json("prove", "--bind", self.digest, "--nonce", nonce, "--expires-in", expires, "--service",
                       self.account["server"], "--source", frames("collins", 2, 3), "-o", "x.proof", *options).expect(0)
        return base64.b64encode((self.home.path / "x.proof").read_bytes()).decode()

    def sign(self, url, proof, statement="match"):
        return self.post(url, "/v1/sign", statement=statement, proof=proof, psbt=self.psbt)


def race(raw, urls, proof, clients=16, statement="match"):
    """The same signed request from many clients at once; how many got a signature."""
    answers, start = [], threading.Barrier(clients)

    def one(number):
        start.wait()
        answers.append(raw.sign(urls[number % len(urls)], proof, statement)[0])
    threads = [threading.Thread(target=one, args=(i,)) for i in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(answers) <= {200, 403}, answers
    return answers.count(200)


def test_a_proof_signs_once(home):
    with Server(home.path) as server:
        person = registered(server, statement=MATCH)
        payment(person, 400000)
        raw = Raw(person)
        proof = raw.prove(raw.nonce(server.url))
        assert race(raw, [server.url], proof) == 1, "sixteen clients raced for one nonce"
        assert raw.sign(server.url, proof)[0] == 403, "a replay"
        # another payment under the same proof
        proof = raw.prove(raw.nonce(server.url))
        honest, raw.psbt = raw.psbt, person.fixtures("shared-psbt", person.descriptor, 400001).strip()
        assert raw.sign(server.url, proof)[0] == 403
        raw.psbt = honest
        assert raw.sign(server.url, proof)[0] == 200
        assert raw.sign(server.url, raw.prove("00" * 32))[0] == 403, "a nonce that nobody gave out"
        assert raw.sign(server.url, raw.prove(raw.nonce(server.url), expires=4000))[0] == 403, "a proof that lives too long"


def test_nothing_less_than_what_was_registered(home):
    """An account for face proofs of 128 bits: match proofs, 100 bits and other networks get no signature."""
    with Server(home.path) as server:
        person = registered(server, POLICY.replace("match-proof", "face-proof"), statement=("--bits", "128"))
        kept = json.loads((person.path / "cosign.json").read_text())
        assert (kept["statement"], kept["bits"]) == ("face", 128), kept
        payment(person, 400000)
        raw = Raw(person)
        face = ("--statement", "face", "--bits")
        match = raw.prove(raw.nonce(server.url))
        for claimed in ("match", "face", "faces"):
            code, said = raw.sign(server.url, match, claimed)
            assert code in (400, 403) and "psbt" not in said, (claimed, said)
        code, said = raw.sign(server.url, raw.prove(raw.nonce(server.url), *face, "100"), "face")
        assert code == 403 and "128 are asked for" in said["error"]["message"], said
        proof = raw.prove(raw.nonce(server.url), *face, "128")
        assert race(raw, [server.url], proof, statement="face") == 1, "sixteen clients raced for one nonce"
        assert raw.sign(server.url, proof, "face")[0] == 403, "a replay"
        # the account's file decides what is proved, the registration what is taken
        for change in ({"statement": "match"}, {"bits": 100}):
            (person.path / "cosign.json").write_text(json.dumps({**kept, **change}))
            request(person, "pay.psbt").refused(1 if "statement" in change else 9, "UNSUPPORTED" if "statement" in change else "PROOF_INVALID")
        (person.path / "cosign.json").write_text(json.dumps(kept))
        assert request(person, "pay.psbt").expect(0).json["complete"] is True
    # one that has no network for it
    empty = home.path / "no-models"
    empty.mkdir()
    refused = subprocess.run([PROGRAM, "cosign", "serve", "--folder", home.path / "cosign", "--port", "0", "--models", empty],
                             env=environment(home.path), capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode == 1 and "embedding.mien" in refused.stderr, refused.stderr


def test_killed_at_any_moment(home):
    """kill -9 while requests with one proof rain down: at most one of all answers, before and after, is a signature."""
    server = Server(home.path)
    person = registered(server, statement=MATCH)
    payment(person, 400000)
    raw = Raw(person)
    server.options = ("--name", server.name)
    for _ in range(4):
        proof = raw.prove(raw.nonce(server.url))
        answers = []

        def rain(found=answers, one=proof):
            for _ in range(4):
                try:
                    found.append(raw.sign(server.url, one)[0])
                except (OSError, ValueError):
                    found.append("gone")
        threads = [threading.Thread(target=rain) for _ in range(4)]
        for thread in threads:
            thread.start()
        time.sleep(random.uniform(0.0, 0.06))
        server.kill()
        for thread in threads:
            thread.join()
        server.start()
        answers.append(raw.sign(server.url, proof)[0])
        answers.append(raw.sign(server.url, proof)[0])
        assert answers.count(200) <= 1, answers
        assert answers[-1] == 403, answers
    assert raw.sign(server.url, raw.prove(raw.nonce(server.url)))[0] == 200, "does not go on after the kills"
    server.kill()


def test_two_servers_share_postgresql(home):
    script = pathlib.Path(SOURCE) / "tests" / "wallet" / "cosign" / "postgresql.sh"
    started = subprocess.run([script, "start"], capture_output=True, text=True, timeout=120, check=False)
    if started.returncode == 77:
        raise Skip(started.stdout.strip())
    where, folder = started.stdout.split()
    try:
        with Server(home.path, "--database", where) as one:
            with Server(home.path, "--database", where, "--name", one.name) as two:
                person = registered(one, statement=MATCH)
                payment(person, 400000)
                request(person, "pay.psbt").expect(0)
                raw = Raw(person)
                for _ in range(2):
                    proof = raw.prove(raw.nonce(two.url))
                    assert race(raw, [one.url, two.url], proof) == 1
                stranger = fresh()
                refused = subprocess.run([PROGRAM, "cosign", "serve", "--folder", stranger.path, "--port", "0", "--database", where],
                                         env=environment(stranger.path), capture_output=True, text=True, timeout=60, check=False)
                assert refused.returncode == 1 and "another seed" in refused.stderr, refused.stderr
    finally:
        subprocess.run([script, "stop", folder], timeout=60, check=True)


def test_a_contract_account_with_the_co_signer(home):
    """The deployed contract, an attestation from the co-signer, mined by a transaction that the wallet signs."""
    need_node("ethers", "solc")
    with Anvil() as anvil, Server(home.path) as server:
        own = "mien-policy 1\nrequire face\nother-chains allow\nunknown-data allow\n"
        person = registered(server, EVM_POLICY, ["--ethereum", CHAIN_ID], own)
        owner = person.json("eth", "address").json["addresses"][0]["address"]
        call(anvil.url, "anvil_setBalance", owner, hex(10**19))
        deployed = node("deploy.mjs", anvil.url, SOURCE, owner, person.attestor, OTHER, 10**15, 10**18 * 3)
        assert deployed.returncode == 0, deployed.stderr
        contract = deployed.stdout.strip()
        person.json("cosign", "contract", contract, "--account", "cosign.json").expect(0)
        person.json("cosign", "contract", OTHER, "--account", "cosign.json").refused(1, "EXISTS")
        wanted = {"to": OTHER, "value": str(10**17), "nonce": 0, "deadline": int(time.time()) + 600}
        (person.path / "call.json").write_text(json.dumps(wanted))
        arguments = ["cosign", "request", "--account", "cosign.json", "--source", frames("collins", 2, 3), "--yes", "--call"]
        data = person.json(*arguments, "call.json").expect(0).json["data"]
        (person.path / "large.json").write_text(json.dumps({**wanted, "value": str(10**18 + 1)}))
        person.json(*arguments, "large.json").refused(6, "POLICY_DENIED")

        def send(data, nonce):
            transaction = {"type": 2, "chainId": CHAIN_ID, "nonce": nonce, "to": contract, "value": 0, "data": data, "gas": 200000,
                           "maxFeePerGas": 10**10, "maxPriorityFeePerGas": 10**9}
            (person.path / "t.json").write_text(json.dumps(transaction))
            raw = person.json("eth", "sign-tx", "t.json", "--allow-blind", "--source", frames("collins", 2, 3), "--yes").expect(0).json["raw"]
            sent = call(anvil.url, "eth_sendRawTransaction", raw)
            assert isinstance(sent, str), sent
            return receipt(anvil.url, sent)["status"]
        assert send(data, 0) == "0x1"
        assert int(call(anvil.url, "eth_getBalance", OTHER, "latest"), 16) == 10**17
        assert send(data, 1) == "0x0", "a replay of the attested call"


if __name__ == "__main__":
    main(globals())
