# SPDX-License-Identifier: MIT
"""The policy from outside: put in force behind the face, kept to, and protected with its log against who writes files."""
import json
import os
import time

import psbt as p
from harness import enrolled, frames, fresh, main

GENERAL = "mien-policy 1\nrequire face\nmessages allow\nother-chains allow\n"
BITCOIN = GENERAL + "chain testnet\ndestinations any\n"


def face():
    return ["--yes", "--source", frames("collins", 2, 3)]


def set_policy(home, text, *options, **more):
    (home.path / "new.policy").write_text(text)
    return home.json("policy", "set", "new.policy", *face(), *options, **more)


def pay(home, salt=0, amount=400000, options=(), **more):
    """One payment; another `salt` is another payment."""
    if not hasattr(home, "wallet"):
        home.wallet = p.Wallet(home)
        home.key, home.script = home.wallet.key("p2wpkh", 0, 0), home.wallet.script("p2wpkh", 0, 0)
    spent = home.wallet.input("p2wpkh", 1000000, salt=salt)
    maps = p.psbt([spent], [{**p.STRANGER, "amount": amount}, home.wallet.change("p2wpkh", 998000 - amount)])
    (home.path / "pay.psbt").write_text(p.encode(maps))
    return home.json("psbt", "sign", "pay.psbt", "--network", "testnet", *face(), *options, **more)


def path(home, name):
    return next(f for f in home.files() if f.name == name)


def events(home):
    return [line["event"] for line in home.json("policy", "log").expect(0).json["lines"]]


def test_a_new_wallet_has_one(home):
    made = home.json("init", "--no-pin").expect(0).json
    shown = home.json("policy", "show").expect(0).json
    assert shown["text"].startswith("mien-policy 1\n") and len(shown["digest"]) == 64 and made
    assert home.json("status").json["policy"] == {"in_force": True, "digest": shown["digest"]}
    text = home.mien("policy", "show", "--text").expect(0).out
    assert text == shown["text"]
    assert path(home, "policy").stat().st_mode & 0o77 == 0 and path(home, "audit.log").stat().st_mode & 0o77 == 0


def test_setting_needs_the_face_and_a_person(home):
    home = enrolled()
    before = home.json("policy", "show").json["digest"]
    (home.path / "mine").write_text(BITCOIN)
    home.json("policy", "set", "mine", "--yes", "--source", frames("hopper", 1, 3)).refused(4, "NO_MATCH")
    assert home.json("policy", "set", "mine", "--source", frames("collins", 2, 3)).code == 1, "nobody pressed a key"
    home.json("policy", "set", *face()).refused(2, "USAGE")
    home.json("policy", "set", "mine", "--default", *face()).refused(2, "USAGE")
    assert home.json("policy", "show").json["digest"] == before
    done = home.json("policy", "set", "mine", *face()).expect(0)
    assert "On testnet:" in done.err, "the words were not shown before"
    assert home.json("policy", "show").json["digest"] == done.json["digest"] != before
    assert home.json("policy", "set", "--default", *face()).expect(0).json["digest"] == before
    assert events(home) == ["policy"] * 3


def test_setting_needs_the_pin_too(home):
    home = enrolled("2468")
    (home.path / "mine").write_text(BITCOIN)
    assert home.json("policy", "set", "mine", *face()).code != 0
    home.json("policy", "set", "mine", *face(), secrets=[("--pin-fd", "1111")]).refused(4, "NO_MATCH")
    home.json("policy", "set", "mine", *face(), secrets=[("--pin-fd", "2468")]).expect(0)


def test_what_is_wrong_is_said_with_its_line(home):
    home = enrolled()
    for text, words in ((GENERAL + "chain testnet\nday ten\n", "line 6: 'ten' is no amount"),
                        (GENERAL + "require face\n", "line 5: 'require' stands in line 2"),
                        (GENERAL + "\x1b[2J\n", "line 5: character 1 is not plain ASCII"), ("", "line 1: ")):
        result = set_policy(home, text).refused(1, "FORMAT")
        assert words in result.out, result.out
        assert words in home.json("policy", "check", "new.policy").out or text == ""


def test_check_tries_out(home):
    home = enrolled()
    assert pay(home).expect(0)
    (home.path / "strict").write_text(BITCOIN + "transaction 0.00401999\n")
    said = home.json("policy", "check", "strict").expect(0).json
    assert "At most 0.00401999" in said["words"] and len(said["digest"]) == 64
    (home.path / "neither").write_text("transaction 0.00401999\n")
    home.mien("policy", "check", "neither").expect(1, "begins with the line 'mien-policy 1'")
    check = ("policy", "check", "pay.psbt", "--network", "testnet")
    assert home.json(*check).expect(0).json["verdict"] == "allowed"
    refused = home.json(*check, "--policy", "strict").refused(6, "POLICY_DENIED")
    assert "line 7: transaction 0.00401999" in refused.out, refused.out
    (home.path / "t.json").write_text(json.dumps({"type": 2, "chainId": 1, "nonce": 0, "to": "0x" + "11" * 20, "value": 1,
                                                  "gas": 21000, "maxFeePerGas": 1, "maxPriorityFeePerGas": 0}))
    assert home.json("policy", "check", "t.json").expect(0).json["needs"] == "face"
    (home.path / "pin").write_text(GENERAL.replace("require face\n", "require face+pin\n"))
    home.json("policy", "check", "t.json", "--policy", "pin").refused(6, "POLICY_DENIED")
    lines = len(events(home))
    home.json(*check).expect(0)
    assert len(events(home)) == lines, "a dry run left a line"


def test_limits(home):
    home = enrolled()
    set_policy(home, BITCOIN + "transaction 0.00500000\nday 0.00700000\nfee 0.00002\n").expect(0)
    pay(home, 1, 498001).refused(6, "POLICY_DENIED")
    pay(home, 1, 498000).expect(0)
    assert "0.005 tBTC in the last 24 hours" in pay(home, 2, 300000).refused(6, "POLICY_DENIED").out
    pay(home, 1, 498000).expect(0)  # the same one again is no new payment
    pay(home, 3, 198000).expect(0)
    pay(home, 4, 546).refused(6, "POLICY_DENIED")
    assert events(home) == ["policy", "policy", "signed", "signed", "signed"]
    assert home.json("status").json["failures"] == 0


def test_destinations_and_waiting(home):
    home = enrolled()
    set_policy(home, BITCOIN.replace("destinations any", "destinations listed")).expect(0)
    assert "not in the list" in pay(home).refused(6, "POLICY_DENIED").out
    stranger = home.json("psbt", "show", "pay.psbt", "--network", "testnet").json["outputs"][0]["address"]
    set_policy(home, BITCOIN.replace("any", "listed") + f"allow {stranger} shop\n").expect(0)
    pay(home).expect(0)
    home = enrolled()
    set_policy(home, BITCOIN + "new-destination 3s\n").expect(0)
    first = pay(home).refused(6, "POLICY_DENIED")
    assert "is a new destination" in first.out and "allowed from" in first.out
    assert events(home)[-1] == "waiting"
    pay(home).refused(6, "POLICY_DENIED")
    assert events(home)[-1] == "waiting" and len(events(home)) == 3, "the waiting began anew"
    time.sleep(3.2)
    pay(home).expect(0)
    set_policy(home, BITCOIN + "cool-down 1h\n").expect(0)
    assert "too recent" in pay(home, 9).refused(6, "POLICY_DENIED").out
    pay(home).expect(0)


def test_pin_and_proof(home):
    home = enrolled()
    set_policy(home, BITCOIN + "require face+match-proof above 0.003\n").expect(0)
    pay(home, amount=200000).expect(0)
    assert "--proof FILE makes one" in pay(home).refused(6, "POLICY_DENIED").out
    signed = pay(home, options=["--proof", "pay.proof", "--record-out", "me.record"]).expect(0).json
    home.json("verify", "pay.proof", "--bind", signed["digest"], "--record", "me.record").expect(0)
    line = home.json("policy", "log").json["lines"][-1]
    assert line["means"] == "face+match-proof" and line["digest"] == signed["digest"], line
    set_policy(home, BITCOIN + "require face+face-proof above 0.003\n").expect(0)
    for options in ([], ["--proof", "pay.proof"], ["--proof", "pay.proof", "--statement", "match"]):
        said = pay(home, options=options).refused(6, "POLICY_DENIED").out
        assert "--proof FILE --statement face makes one" in said, said
    signed = pay(home, options=["--proof", "face.proof", "--statement", "face", "--bits", "100", "--record-out", "me.record"])
    signed = signed.expect(0).json
    said = home.json("verify", "face.proof", "--bind", signed["digest"], "--record", "me.record").expect(0).json
    assert said["statement"] == "face" and said["security_bits"] < 128, said
    assert home.json("policy", "log").json["lines"][-1]["means"] == "face+face-proof"
    pay(home, options=["--statement", "face"]).refused(2, "USAGE")
    pay(home, options=["--proof", "x", "--bits", "100"]).refused(2, "USAGE")
    set_policy(home, BITCOIN + "require face+pin above 0.003\n").expect(0)
    assert "this wallet has no PIN" in pay(home).refused(6, "POLICY_DENIED").out
    assert home.json("status").json["failures"] == 0, "somebody showed his face in vain"
    pinned = enrolled("2468")
    (pinned.path / "new.policy").write_text(BITCOIN + "require face+pin above 0.003\n")
    pinned.json("policy", "set", "new.policy", *face(), secrets=[("--pin-fd", "2468")]).expect(0)
    pay(pinned, secrets=[("--pin-fd", "2468")]).expect(0)


# ---- who can write files ----

def nothing_is_signed(home):
    before = home.json("status").json["failures"]
    result = pay(home)
    assert result.code in (1, 6) and "psbt" not in result.json, result.out
    assert home.json("status").json["failures"] == before
    return result


def test_a_laxer_policy_of_somebody_else(home):
    home = enrolled()
    set_policy(home, BITCOIN + "transaction 0.001\n").expect(0)
    strict = path(home, "policy").read_bytes()
    pay(home).refused(6, "POLICY_DENIED")
    path(home, "policy").write_text(BITCOIN)
    assert "changed and not by you" in nothing_is_signed(home).out
    assert home.json("status").json["policy"]["in_force"] is False
    home.json("policy", "show").refused(1, "AUTHENTICATION")
    path(home, "policy").write_bytes(strict)
    pay(home, amount=90000).expect(0)


def test_a_removed_policy(home):
    home = enrolled()
    set_policy(home, BITCOIN).expect(0)
    for names in (["policy"], ["policy", "audit.log"], ["policy", "audit.log", "policy.head"], ["audit.log"], ["policy.head"]):
        broken = home.copy()
        for name in names:
            path(broken, name).unlink()
        nothing_is_signed(broken)
        set_policy(broken, BITCOIN, "--new-log").expect(0)
        pay(broken).expect(0)


def test_an_older_policy(home):
    home = enrolled()
    set_policy(home, BITCOIN).expect(0)
    lax = path(home, "policy").read_bytes()
    set_policy(home, BITCOIN + "transaction 0.001\n").expect(0)
    path(home, "policy").write_bytes(lax)
    nothing_is_signed(home)


def test_a_policy_of_another_wallet(home):
    """All three files whole in themselves, but of another seed: only the key behind the face tells."""
    home, thief = enrolled(), enrolled()
    thief.json("restore", "--no-pin", "--yes", secrets=[("--mnemonic-fd", "zoo " * 23 + "vote")]).expect(0)
    thief.json("enrol", "--source", frames("collins", 1, 5)).expect(0)
    set_policy(home, BITCOIN + "transaction 0.001\n").expect(0)
    set_policy(thief, BITCOIN).expect(0)
    for name in ("policy", "audit.log", "policy.head"):
        path(home, name).write_bytes(path(thief, name).read_bytes())
    result = pay(home)
    assert result.code == 1 and "not what this wallet wrote" in result.out, result.out


def test_the_log_notices_everything(home):
    home = enrolled()
    set_policy(home, BITCOIN).expect(0)
    for i in range(3):
        pay(home, i).expect(0)
    verify = ("policy", "log", "--verify", "--source", frames("collins", 2, 3))
    assert home.json(*verify).expect(0).json["count"] == 5
    home.json("policy", "log", "--verify").refused(2, "USAGE")
    log = path(home, "audit.log")
    whole = log.read_bytes()
    lines = whole.splitlines(keepends=True)
    attacks = {
        "changed": whole.replace(b'"400000"', b'"400001"', 1),
        "first removed": b"".join(lines[1:]),
        "middle removed": b"".join(lines[:2] + lines[3:]),
        "last removed": b"".join(lines[:-1]),
        "last cut": whole[:-10],
        "end cut": whole[:-1],
        "swapped": b"".join(lines[:2] + [lines[3], lines[2]] + lines[4:]),
        "twice": whole + lines[-1],
        "added": whole + b'{"number": 6}\n',
        "empty": b"",
    }
    for name, bytes_ in attacks.items():
        log.write_bytes(bytes_)
        home.json(*verify).refused(1, "AUTHENTICATION")
        assert home.json("policy", "log").code == 1, name
        nothing_is_signed(home)
    log.write_bytes(whole)
    home.json(*verify).expect(0)
    pay(home, 9).expect(0)


def test_a_forged_chain_is_noticed_by_the_key(home):
    """Somebody who can compute hashes but has no key: he rewrites the amounts and every hash behind."""
    import hashlib
    home = enrolled()
    set_policy(home, BITCOIN).expect(0)
    pay(home).expect(0)
    log, head = path(home, "audit.log"), path(home, "policy.head")

    def line_hash(line):
        return hashlib.blake2b(line, digest_size=32, person=b"mien.policy.hash").digest()
    lines, previous, forged = log.read_bytes().splitlines(), bytes(32), []
    for line in lines:
        said = json.loads(line)
        assert said["previous"] == previous.hex() if line is lines[0] else True
        line = line.replace(b'"400000"', b'"000001"').replace(said["previous"].encode(), previous.hex().encode())
        previous = line_hash(line)
        forged.append(line)
    log.write_bytes(b"\n".join(forged) + b"\n")
    raw = bytearray(head.read_bytes())
    raw[28:60] = previous
    head.write_bytes(raw)
    home.json("policy", "log").expect(0)  # the chain alone is whole
    home.json("policy", "log", "--verify", "--source", frames("collins", 2, 3)).refused(1, "AUTHENTICATION")
    result = pay(home, 5)
    assert result.code == 1 and "psbt" not in result.json, result.out


def test_a_damaged_log_is_kept(home):
    home = enrolled()
    log = path(home, "audit.log")
    log.write_bytes(log.read_bytes()[:-20])
    set_policy(home, BITCOIN).refused(1, "AUTHENTICATION")
    set_policy(home, BITCOIN, "--new-log").expect(0)
    assert path(home, "audit.log.damaged-1").exists()
    pay(home).expect(0)


def test_the_policy_outlives_a_rotation_and_not_a_restore(home):
    home = enrolled()
    set_policy(home, BITCOIN + "transaction 0.001\n").expect(0)
    home.json("rotate", "--source", frames("collins", 1, 5)).expect(0)
    pay(home).refused(6, "POLICY_DENIED")
    pay(home, amount=90000).expect(0)
    home.json("restore", "--no-pin", "--yes", secrets=[("--mnemonic-fd", home.words)]).expect(0)
    assert events(home) == ["policy"]
    home.json("forget", "--yes").expect(0)
    assert not [f for f in home.files() if f.name in ("policy", "audit.log", "policy.head")]
    assert "policy" not in home.json("status").json


def test_files_of_others_and_links_are_refused(home):
    home = enrolled()
    policy = path(home, "policy")
    os.chmod(policy, 0o644)
    nothing_is_signed(home)
    os.chmod(policy, 0o600)
    copy = home.path / "elsewhere"
    copy.write_bytes(policy.read_bytes())
    os.chmod(copy, 0o600)
    policy.unlink()
    policy.symlink_to(copy)
    nothing_is_signed(home)


def test_two_at_once(home):
    """Eight payments at the same time against a limit of a day that takes five."""
    import subprocess
    from harness import PROGRAM, environment
    home = enrolled()
    set_policy(home, BITCOIN + "day 0.0205\n").expect(0)
    for i in range(8):
        pay(home, 20 + i, options=["--max-fee", "1"]).expect(6)
        (home.path / "pay.psbt").rename(home.path / f"pay{i}.psbt")
    running = [subprocess.Popen([PROGRAM, "psbt", "sign", f"pay{i}.psbt", "--network", "testnet", "--json", *map(str, face())],
                                env=environment(home.path), cwd=home.path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                stdin=subprocess.DEVNULL) for i in range(8)]
    said = [r.communicate()[0].decode() for r in running]
    codes = sorted(r.returncode for r in running)
    assert codes.count(0) == 5 and all(c in (0, 6) for c in codes), [s for s in said if "NOT_FOUND" in s or "BUSY" in s] or codes
    assert events(home).count("signed") == 5


if __name__ == "__main__":
    main(globals())
