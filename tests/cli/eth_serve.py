# SPDX-License-Identifier: MIT
"""The wallet as JSON-RPC: cast, ethers and viem sign through it on a private chain; strangers and floods are refused."""
import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import warnings

from agent import Agent
from chain import CHAIN_ID, Anvil, call, need_node, node, post, receipt, tool
from harness import PROGRAM, SOURCE, Home, enrolled, environment, frames, main
from terminal import Terminal

OTHER = "0x6d69656e0102030405060708090a0b0c0d0e0f10"


class Serve(Terminal):
    """mien eth serve at a terminal where somebody presses `key` at each question."""

    def __init__(self, home, upstream, *options, key="y"):
        self.key, self.asked, self.running = key, 0, True
        self.file = home.path / "serve.url"
        super().__init__(home, "eth", "serve", "--upstream", upstream, "--chain-id", CHAIN_ID, "--port", "0", "--source",
                         frames("collins", 2, 3), "--url-file", self.file, *options)
        self.wait_for("Ctrl-C ends it.")
        self.url = self.file.read_text()
        self.port = int(self.url.split(":")[2].split("/")[0])
        self.thread = threading.Thread(target=self.press)
        self.thread.start()

    def press(self):
        import select
        while self.running:
            if select.select([self.master], [], [], 0.1)[0]:
                self.shown += os.read(self.master, 65536).decode()
            if self.shown.count("[y/N] ") > self.asked:
                self.asked += 1
                time.sleep(0.05)
                if self.key:
                    self.type(self.key)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.running = False
        self.thread.join()
        self.process.send_signal(signal.SIGTERM)
        code, out = self.end()
        assert code == 0 and out == "", (code, out, self.shown)


def funded(anvil, options=(), key="y", policy=None):
    home = enrolled()
    if policy:
        (home.path / "policy.txt").write_text(policy)
        home.json("policy", "set", "policy.txt", "--source", frames("collins", 2, 3), "--yes").expect(0)
    account = home.json("eth", "address").json["addresses"][0]["address"]
    call(anvil.url, "anvil_setBalance", account, hex(10**19))
    serve = Serve(home, anvil.url, *options, key=key)
    assert call(serve.url, "eth_accounts") == [account.lower()]
    return home, account, serve


def test_ethers_and_viem(_):
    need_node("ethers", "viem", "solc")
    with Anvil() as anvil:
        _, _, serve = funded(anvil, ["--allow-delegates"], policy="mien-policy 1\nrequire face\nother-chains allow\nmessages allow\n"
                             "typed-data allow\ndelegations any\n")
        with serve:
            done = node("eth_serve.mjs", serve.url, anvil.url, SOURCE)
            assert done.returncode == 0, done.stdout + done.stderr + serve.shown
        assert serve.asked == 10, "not every signature was asked for, or more than those"
        for words in ("value:    0.25 ETH", "transfers 1234 of the token", "mien says: hello", "verifyingContract",
                      "hands an account over to the code", "revokes the delegation"):
            assert words in serve.shown, f"'{words}' was not shown:\n{serve.shown}"


def test_cast(_):
    cast = tool("cast")
    with Anvil() as anvil:
        home, account, serve = funded(anvil)
        with serve:
            done = subprocess.run([cast, "send", "--unlocked", "--from", account, "--rpc-url", serve.url, "--value", "1gwei",
                                   "--json", OTHER], capture_output=True, text=True, timeout=120, check=False, cwd=home.path)
            assert done.returncode == 0, done.stderr + serve.shown
            receipt = json.loads(done.stdout)
            assert receipt["status"] == "0x1" and receipt["from"].lower() == account.lower(), receipt
            seen = subprocess.run([cast, "balance", "--rpc-url", anvil.url, OTHER], capture_output=True, text=True, timeout=60,
                                  check=True)
            assert int(seen.stdout) == 10**9, seen.stdout
            # the raw transaction, for somebody else to send
            raw = call(serve.url, "eth_signTransaction", {"from": account, "to": OTHER, "value": "0x5"})
            assert raw.startswith("0x02"), raw
            told = subprocess.run([cast, "decode-transaction", "--json", raw], capture_output=True, text=True, timeout=60, check=True)
            decoded = json.loads(told.stdout)
            decoded = json.loads(decoded) if isinstance(decoded, str) else decoded
            assert decoded["signer"].lower() == account.lower() and int(decoded["nonce"], 16) == 1, decoded


def test_a_refused_request_is_not_sent(_):
    with Anvil() as anvil:
        _, account, serve = funded(anvil, key="n")
        with serve:
            answer = call(serve.url, "eth_sendTransaction", {"from": account, "to": OTHER, "value": "0x5"})
            assert answer["code"] == 4001, answer
            assert call(anvil.url, "eth_getTransactionCount", account, "latest") == "0x0"
            # nothing was typed for this one; a notification asks nobody and sends nothing
            code, text = post(serve.url, {"jsonrpc": "2.0", "method": "eth_sendTransaction",
                                          "params": [{"from": account, "to": OTHER, "value": "0x5"}]})
            assert code == 204 and text == "", (code, text)
        assert serve.asked == 1


def test_the_agent_signs(_):
    """Keys, face and questions are the agent's; eth serve has none of them."""
    with Anvil() as anvil:
        home = Home(tempfile.mkdtemp(prefix="mien-", dir="/tmp"))
        shutil.copytree(enrolled().path, home.path, dirs_exist_ok=True)
        try:
            with Agent(home) as agent:
                agent.unlock()
                file = home.path / "serve.url"
                serve = subprocess.Popen([PROGRAM, "eth", "serve", "--agent", "--upstream", anvil.url, "--chain-id", str(CHAIN_ID),
                                          "--port", "0", "--url-file", file], env=environment(home.path), stdin=subprocess.DEVNULL,
                                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=home.path, start_new_session=True)
                while serve.poll() is None and not (file.exists() and file.read_text()):
                    time.sleep(0.05)
                assert serve.poll() is None, serve.communicate()
                url = file.read_text()
                account = call(url, "eth_accounts")[0]
                assert account == home.json("eth", "address").json["addresses"][0]["address"].lower()
                call(anvil.url, "anvil_setBalance", account, hex(10**19))

                def asked(key, words, method, *params):
                    answers = []
                    thread = threading.Thread(target=lambda: answers.append(call(url, method, *params)))
                    thread.start()
                    agent.wait_for(words)
                    time.sleep(0.5)  # the question follows the words
                    shown = agent.answer(words, key)
                    thread.join(timeout=60)
                    return answers[0], shown
                sent, shown = asked("y", "0.2 ETH", "eth_sendTransaction", {"from": account, "to": OTHER, "value": hex(2 * 10**17)})
                assert "Ethereum transaction" in shown, shown
                assert receipt(anvil.url, sent)["status"] == "0x1"
                refused, _ = asked("n", "nonce:    1", "eth_sendTransaction", {"from": account, "to": OTHER, "value": "0x1"})
                assert refused["code"] == 4001, refused
                signature, _ = asked("y", "> hi", "personal_sign", "0x6869", account)
                assert len(signature) == 132, signature
                serve.send_signal(signal.SIGTERM)
                assert serve.communicate(timeout=60)[0] == "" and serve.returncode == 0
        finally:
            shutil.rmtree(home.path, ignore_errors=True)


def raw_http(port, head, body=b"", wait=15):
    """Bytes as they are; the whole answer, or what came until the other side hung up."""
    with socket.create_connection(("127.0.0.1", port), timeout=wait) as connection:
        connection.sendall(head.replace("\n", "\r\n").encode() + b"\r\n" + body)
        answer = b""
        try:
            while piece := connection.recv(65536):
                answer += piece
        except ConnectionResetError:
            pass
        return answer.decode(errors="replace")


def check_gate(serve, token):
    question = {"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}
    body = json.dumps(question).encode()
    good = {"Origin": "https://app.example"}
    assert post(serve.url, question)[0] == 200
    assert post(serve.url, question, good)[0] == 200
    for origin in ("https://evil.example", "null", "https://app.example.evil", "http://app.example", "", "https://APP.example"):
        assert post(serve.url, question, {"Origin": origin})[0] == 403, origin
    root = f"http://127.0.0.1:{serve.port}/"
    assert post(root, question)[0] == 403
    assert post(root + "0" * 32, question)[0] == 403
    assert post(root + token[:-1], question)[0] == 403
    assert post(root, question, {"Authorization": f"Bearer {token}"})[0] == 200
    assert post(serve.url, question, {"Content-Type": "text/plain"})[0] == 415
    host = f"Host: 127.0.0.1:{serve.port}\n"
    tail = f"Content-Type: application/json\nContent-Length: {len(body)}\nConnection: close\n"
    start = f"POST /{token} HTTP/1.1\n"
    for name, code in ((host, "200"), (f"Host: localhost:{serve.port}\n", "200"), ("Host: rebind.example\n", "421"),
                       (f"Host: rebind.example:{serve.port}\n", "421"), ("Host: 127.0.0.1\n", "421"), ("", "400"),
                       (host + "Host: rebind.example\n", "400"), (host + "Origin: https://app.example\nOrigin: null\n", "400")):
        answer = raw_http(serve.port, start + name + tail, body)
        assert answer.startswith(f"HTTP/1.1 {code}"), (name, answer[:200])
    assert "405" in raw_http(serve.port, f"GET /{token} HTTP/1.1\n{host}Connection: close\n")[:20]
    assert "405" in raw_http(serve.port, f"DELETE /{token} HTTP/1.1\n{host}Connection: close\n")[:20]
    preflight = f"OPTIONS /{token} HTTP/1.1\n{host}Origin: https://app.example\nConnection: close\n"
    assert "Access-Control-Allow-Origin: https://app.example" in raw_http(serve.port, preflight)
    evil = raw_http(serve.port, preflight.replace("app.example", "evil.example"))
    assert "403" in evil[:20] and "Access-Control" not in evil, evil


def check_bytes(serve):
    for text, code in ((b"", -32700), (b"{", -32700), (b"\xff\xfe", -32700), (b"[" * 5000, -32700), (b"{\"a\":1,\"a\":2}", -32700),
                       (b"[]", -32600), (b"1", -32600), (b"{}", -32600), (b"null", -32600), (b"{\"jsonrpc\":\"1.0\"}", -32600),
                       (b"{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"eth_chainId\"}", -32600),
                       (b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_chainId\"} x", -32700)):
        answered, said = post(serve.url, text)
        assert answered == 200 and json.loads(said)["error"]["code"] == code, (text[:40], said)
    one = {"jsonrpc": "2.0", "id": 1, "method": "eth_chainId"}
    assert len(json.loads(post(serve.url, [one] * 100)[1])) == 100
    assert json.loads(post(serve.url, [one] * 101)[1])["error"]["code"] == -32005, "a batch bomb"
    many = json.loads(post(serve.url, [{**one, "method": "personal_sign"}] * 6)[1])
    assert [a["error"]["code"] for a in many] == [-32602] * 4 + [-32005] * 2, many
    head = f"POST {serve.url.split(str(serve.port))[1]} HTTP/1.1\nHost: 127.0.0.1:{serve.port}\nContent-Type: application/json\n"
    for length in ((1 << 20) + 1, 1 << 40, (1 << 64) - 1):
        assert "413" in raw_http(serve.port, f"{head}Content-Length: {length}\n")[:20], length
    assert not raw_http(serve.port, f"{head}Content-Length: -1\n").startswith("HTTP/1.1 200")
    assert "431" in raw_http(serve.port, head + "".join(f"X-{i}: {'y' * 200}\n" for i in range(100)))[:20]
    chunks = b"10000\r\n" + b" " * 65536 + b"\r\n"
    try:
        answer = raw_http(serve.port, head + "Transfer-Encoding: chunked\n", chunks * 20 + b"0\r\n\r\n")
    except (BrokenPipeError, ConnectionResetError):
        answer = ""
    assert not answer.startswith("HTTP/1.1 200"), answer[:100]


def check_slow(serve):
    """Bytes that keep coming, but never finish; and connections that only stand there."""
    head = f"POST {serve.url.split(str(serve.port))[1]} HTTP/1.1\r\nHost: 127.0.0.1:{serve.port}\r\nX: ".encode()
    crowd = [socket.create_connection(("127.0.0.1", serve.port)) for _ in range(40)]
    start = time.monotonic()
    for connection in crowd:
        connection.sendall(head)
    alive = crowd
    while alive and time.monotonic() - start < 20:
        time.sleep(0.5)
        left = []
        for connection in alive:
            try:
                connection.send(b"x")
                connection.setblocking(False)
                try:
                    if connection.recv(1) == b"":
                        continue
                except BlockingIOError:
                    pass
                connection.setblocking(True)
                left.append(connection)
            except OSError:
                pass
        alive = left
        assert call(serve.url, "eth_chainId") == hex(CHAIN_ID), "not served beside slow ones"
    assert not alive, f"{len(alive)} slow requests are still served after {time.monotonic() - start:.0f} s"
    for connection in crowd:
        connection.close()
    # one connection, many requests, with pauses longer than nothing
    kept = http.client.HTTPConnection("127.0.0.1", serve.port, timeout=10)
    for _ in range(3):
        kept.request("POST", serve.url.split(str(serve.port))[1], json.dumps({"jsonrpc": "2.0", "id": 1, "method": "eth_chainId"}),
                     {"Content-Type": "application/json"})
        assert json.loads(kept.getresponse().read())["result"] == hex(CHAIN_ID)
    kept.close()


def test_strangers_floods_and_slow_requests(_):
    with Anvil() as anvil:
        _, account, serve = funded(anvil, ["--allow-origin", "https://app.example"], key="")
        with serve:
            token = serve.url.rsplit("/", 1)[1]
            assert len(token) == 32 and (serve.file.stat().st_mode & 0o777) == 0o600
            check_gate(serve, token)
            check_bytes(serve)
            check_slow(serve)
            # many ask at once: eight wait for the person, the others hear so; nobody answers, and it still ends
            answers, threads = [], []

            def ask():
                try:
                    answers.append(call(serve.url, "personal_sign", "0x6869", account)["code"])
                except (OSError, http.client.HTTPException):
                    answers.append("gone")
            for _ in range(16):
                threads.append(threading.Thread(target=ask))
                threads[-1].start()
            end = time.monotonic() + 20
            while answers.count(-32005) < 8 and time.monotonic() < end:
                time.sleep(0.05)
            assert answers == [-32005] * 8, answers
        for thread in threads:
            thread.join()
        assert set(answers[8:]) <= {4001, "gone"}, answers


def test_the_node_must_be_of_the_chain(home):
    with Anvil() as anvil:
        home = enrolled()
        arguments = ["eth", "serve", "--upstream", anvil.url, "--source", frames("collins", 2, 3)]
        home.json(*arguments, "--chain-id", "1").refused(1, "ARGUMENT")
        home.json(*arguments).refused(2, "USAGE")
        home.json(*arguments, "--chain-id", CHAIN_ID, "--allow-origin", "*").refused(2, "USAGE")
        home.json("eth", "serve", "--upstream", "http://192.0.2.1:8545", "--chain-id", "1", "--source", "x").refused(
            6, "POLICY_DENIED")
        anvil.process.kill()
        anvil.process.wait()
        home.json(*arguments, "--chain-id", CHAIN_ID).refused(1, "IO")


def certificate(folder, name, *, days="30", names="DNS:localhost,IP:127.0.0.1", issuer=None):
    """A key and a certificate of our own authority, or (issuer None) the authority itself."""
    key, request, out = (folder / f"{name}.{end}" for end in ("key", "csr", "pem"))
    subprocess.run(["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", request,
                    "-subj", f"/CN={name}"], check=True, capture_output=True)
    extension = folder / f"{name}.ext"
    extension.write_text(f"subjectAltName={names}\n" if issuer else "basicConstraints=critical,CA:TRUE\n")
    sign = ["-CA", folder / f"{issuer}.pem", "-CAkey", folder / f"{issuer}.key", "-CAcreateserial"] if issuer else ["-signkey", key]
    subprocess.run(["openssl", "x509", "-req", "-in", request, "-days", days, "-extfile", extension, "-out", out, *sign], check=True,
                   capture_output=True)
    return out, key


class TlsNode:
    """Answers eth_chainId over TLS; `answer` replaces the HTTP answer as a whole."""

    def __init__(self, cert, key, answer=None, slow=0.0, newest=None):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(cert, key)
        if newest:
            warnings.simplefilter("ignore", DeprecationWarning)
            self.context.minimum_version = ssl.TLSVersion.TLSv1
            self.context.maximum_version = newest
            self.context.set_ciphers("DEFAULT@SECLEVEL=0")
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "result": hex(CHAIN_ID)})
        self.answer = answer or f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
        self.slow, self.socket = slow, socket.create_server(("127.0.0.1", 0))
        self.url = f"https://localhost:{self.socket.getsockname()[1]}/secret-key"
        self.requests = []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                plain, _ = self.socket.accept()
            except OSError:
                return
            try:
                plain.settimeout(30)
                with self.context.wrap_socket(plain, server_side=True) as wrapped:
                    self.requests.append(wrapped.recv(65536).decode())
                    for byte in self.answer if self.slow else [self.answer]:
                        wrapped.sendall(bytes([byte]) if self.slow else byte)
                        time.sleep(self.slow)
            except OSError:
                pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


def test_the_node_over_tls(home):
    """A node that convinces is asked (and then there is no wallet here: code 3); any other is not."""
    folder = home.path
    certificate(folder, "authority")
    certificate(folder, "stranger")
    good = certificate(folder, "node", issuer="authority")

    def serve(node, ca="authority", **options):
        return home.json("eth", "serve", "--upstream", node.url, "--ca-file", folder / f"{ca}.pem", "--chain-id", CHAIN_ID,
                         "--source", "x", **options)
    with TlsNode(*good) as node:
        serve(node).refused(3, "NOT_ENROLLED")
        assert node.requests[0].startswith("POST /secret-key HTTP/1.1\r\nHost: localhost:"), node.requests
        serve(node, ca="stranger").refused(1, "AUTHENTICATION")
        assert len(node.requests) == 1, "asked a node that did not convince"
        home.json("eth", "serve", "--upstream", node.url, "--chain-id", CHAIN_ID, "--source", "x").refused(1, "AUTHENTICATION")
        assert "secret-key" not in serve(node, ca="stranger").out, "the address's key stands in an error"
        home.json("eth", "serve", "--ca-file", folder / "authority.pem", "--chain-id", CHAIN_ID, "--source", "x",
                  secrets=[("--upstream-fd", node.url)]).refused(3, "NOT_ENROLLED")
    for name, options in (("elsewhere", {"names": "DNS:example.org"}), ("old", {"days": "-1"})):
        with TlsNode(*certificate(folder, name, issuer="authority", **options)) as node:
            serve(node).refused(1, "AUTHENTICATION")
            assert not node.requests, name
    with TlsNode(*good, newest=ssl.TLSVersion.TLSv1_1) as node:
        serve(node).refused(1, "IO")
    head = b"HTTP/1.1 200 OK\r\n"
    for answer, status in ((b"nonsense\r\n", "FORMAT"), (head + b"Content-Length: 50\r\n\r\ncut", "IO"),
                           (head + b"Content-Length: 99999999\r\n\r\n", "TOO_LARGE"),
                           (head + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}", "FORMAT"),
                           (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n", "IO"),
                           (head + b"X: " + b"y" * 20000, "TOO_LARGE"), (head + b"Content-Length: 91\r\n\r\n[" + b"[" * 90, "TOO_LARGE"), (head + b"\r\n{}", "IO")):
        with TlsNode(*good, answer=answer) as node:
            serve(node).refused(1, status)


if __name__ == "__main__":
    main(globals())
