# SPDX-License-Identifier: MIT
"""A private Ethereum chain, and what talks to it: anvil, cast and Node.js with the packages of tests/npm."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import threading
import time
import urllib.request

from harness import SLOW, SOURCE, Skip

MODULES = pathlib.Path(SOURCE) / "tests" / "npm" / "node_modules"
CHAIN_ID = 31337


def tool(name):
    path = MODULES / "@foundry-rs" / f"{name}-linux-amd64" / "bin" / name
    if not os.access(path, os.X_OK):
        raise Skip(f"{name} is not there (npm ci in tests/npm)")
    try:
        subprocess.run([path, "--version"], capture_output=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError) as reason:
        raise Skip(f"{name} does not run on this machine: {reason}") from reason
    return str(path)


def need_node(*packages):
    if shutil.which("node") is None:
        raise Skip("Node.js is not installed")
    for package in packages:
        if not (MODULES / package).exists():
            raise Skip(f"the npm package {package} is not installed (npm ci in tests/npm)")


def node(script, *arguments):
    return subprocess.run(["node", str(pathlib.Path(SOURCE) / "tests" / "npm" / script), *map(str, arguments)], text=True,
                          capture_output=True, timeout=SLOW, check=False)


def post(url, body, headers=None, timeout=30):
    """HTTP code and text; body is an object (JSON) or bytes."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers={"Content-Type": "application/json", **(headers or {})}, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read().decode()


def call(url, method, *params):
    code, text = post(url, {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)})
    assert code == 200, (code, text)
    answer = json.loads(text)
    return answer["result"] if "result" in answer else answer["error"]


class Anvil:
    def __init__(self, *options):
        self.process = subprocess.Popen([tool("anvil"), "--port", "0", "--chain-id", str(CHAIN_ID), *options], text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        end = time.monotonic() + 60
        for line in self.process.stdout:
            found = re.search(r"Listening on 127\.0\.0\.1:(\d+)", line)
            if found:
                self.url = f"http://127.0.0.1:{found[1]}"
                break
            assert time.monotonic() < end, "anvil does not start"
        else:
            raise Skip("anvil does not start on this machine")
        threading.Thread(target=self.drain, daemon=True).start()

    def drain(self):
        """It writes a line a request, and would wait for a reader."""
        try:
            while self.process.stdout.read(65536):
                pass
        except (OSError, ValueError):
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=30)


def receipt(url, sent):
    """Of a transaction that was sent, as soon as it is mined."""
    end = time.monotonic() + 60
    while True:
        found = call(url, "eth_getTransactionReceipt", sent)
        if found is not None:
            return found
        assert time.monotonic() < end, f"{sent} was never mined"
        time.sleep(0.1)
