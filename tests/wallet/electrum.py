#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Debian's Electrum as watch-only program: it opens our wallet file, shows our addresses and takes our signed
transactions apart. usage: electrum.py WALLET-TOOL"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

tool = sys.argv[1]
seed = bytes(range(64)).hex()
passed = failed = 0


def ask(**request):
    done = subprocess.run([tool], input=json.dumps(request) + "\n", capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def electrum(home, *arguments):
    command = ["electrum", "--testnet", "--offline", "-D", home, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env={**os.environ, "HOME": home})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def check(name, function):
    global passed, failed
    try:
        function()
        passed += 1
    except Exception as error:  # a failed test is reported, whatever it was
        print(f"FAIL {name}: {error}")
        failed += 1


def watch(kind):
    with tempfile.TemporaryDirectory() as home:
        path = os.path.join(home, "watching")
        text = ask(do="watch-only", seed=seed, network="testnet", type=kind, account=2, format="electrum")["text"]
        with open(path, "w") as file:
            file.write(text)
        shown = json.loads(electrum(home, "listaddresses", "-w", path))
        ours = [ask(do="address", seed=seed, network="testnet", type=kind, account=2, chain=0, index=i)["address"] for i in range(20)]
        ours += [ask(do="address", seed=seed, network="testnet", type=kind, account=2, chain=1, index=i)["address"] for i in range(10)]
        assert sorted(shown) == sorted(ours), (shown[:3], ours[:3])


def decode():
    """A transaction signed by us, from the stored vectors, as Electrum reads it."""
    here = os.path.dirname(os.path.abspath(__file__))
    decoded = 0
    with open(os.path.join(here, "vectors.jsonl")) as file, tempfile.TemporaryDirectory() as home:
        for line in file:
            request = json.loads(line)["request"]
            if request["do"] != "sign-psbt" or request["network"] not in ("testnet", "signet") or request.get("shared"):
                continue
            answer = ask(**request)
            seen = json.loads(electrum(home, "deserialize", answer["transaction"]))
            assert [(o["address"], o["value_sats"]) for o in seen["outputs"]] == [(o["address"], o["amount"]) for o in answer["outputs"]]
            decoded += 1
            if decoded == 2:
                break
    assert decoded == 2


if shutil.which("electrum") is None:
    print("SKIP electrum: not installed (Debian's package electrum)")
    print("0 passed, 0 failed, 1 skipped")
    sys.exit(0)
for script_type in ("p2pkh", "p2sh-p2wpkh", "p2wpkh"):
    check("watch " + script_type, lambda: watch(script_type))
check("decode", decode)
print(f"{passed} passed, {failed} failed, 0 skipped")
sys.exit(failed != 0)
