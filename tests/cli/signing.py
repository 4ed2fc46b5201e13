# SPDX-License-Identifier: MIT
"""Transactions from outside: shown first, refused when something is off, signed behind the face, bound to a proof."""
import base64
import json

from harness import enrolled, frames, fresh, main

TRANSFER = {"type": 2, "chainId": 11155111, "nonce": 7, "to": "0x6d69656e0102030405060708090a0b0c0d0e0f10",
            "value": "1500000000000000", "gas": 21000, "maxFeePerGas": "30000000000",
            "maxPriorityFeePerGas": "1000000000"}


def payment(satoshis=400000):
    home = enrolled()
    (home.path / "pay.psbt").write_text(home.fixtures("psbt", satoshis))
    return home


def sign(home, *options, source=None, file="pay.psbt"):
    return home.json("psbt", "sign", file, "--network", "testnet", "--source",
                     source or frames("collins", 2, 3), "--yes", *options)


def test_show_tells_everything(home):
    home = payment()
    text = home.mien("psbt", "show", "pay.psbt", "--network", "testnet").expect(0).out
    for part in ("0.004", "0.00001410", "tb1q"):
        assert part in text, f"{part} missing:\n{text}"
    said = home.json("psbt", "show", "pay.psbt", "--network", "testnet").expect(0).json
    assert said["fee_satoshis"] == 1410 and said["spent_satoshis"] == 400000 and said["inputs_ours"] == 1, said
    assert [o["owner"] for o in said["outputs"]] == ["other", "change"], said
    assert len(said["digest"]) == 64


def test_the_digest_needs_no_wallet(home):
    home, stranger = payment(), fresh()
    shown = home.json("psbt", "show", "pay.psbt", "--network", "testnet").expect(0).json["digest"]
    path = home.path / "pay.psbt"
    said = stranger.json("psbt", "digest", path, "--network", "testnet").expect(0).json
    assert said["digest"] == shown and said["network"] == "testnet" and said["proven_amounts"] is True, said
    assert stranger.mien("psbt", "digest", path, "--network", "testnet").expect(0).out == shown + "\n"
    assert not stranger.files(), "the verb made a wallet's files"
    assert stranger.json("psbt", "digest", path).expect(0).json["digest"] != shown, "the network does not enter"
    sign(home, "-o", "signed.psbt").expect(0)
    assert stranger.json("psbt", "digest", home.path / "signed.psbt", "--network", "testnet").json["digest"] == shown
    raw = base64.b64decode(path.read_text())
    lie = bytearray(raw)
    last = raw.rindex((1250000).to_bytes(8, "little"))
    lie[last:last + 8] = (1240000).to_bytes(8, "little")
    for bad in (b"", raw[:4], raw[:50], raw[:-1], bytes(lie)):
        (stranger.path / "bad.psbt").write_bytes(bad)
        assert stranger.json("psbt", "digest", "bad.psbt").code == 1, bad[:60]


def test_sign_finalize_extract(home):
    home = payment()
    shown = home.json("psbt", "show", "pay.psbt", "--network", "testnet").json
    signed = sign(home, "-o", "signed.psbt").expect(0).json
    assert signed["signed_inputs"] == 1 and signed["digest"] == shown["digest"], signed
    assert (home.path / "signed.psbt").read_text().strip() == signed["psbt"]
    assert base64.b64decode(signed["psbt"]).startswith(b"psbt\xff")
    done = home.json("psbt", "finalize", "signed.psbt", "-o", "final.psbt").expect(0).json
    assert done["finished_inputs"] == 1, done
    raw = home.json("psbt", "extract", "final.psbt").expect(0).json["transaction"]
    assert raw.startswith("020000000001"), raw
    sign(home, file="final.psbt").expect(1, "all are finished (mien psbt extract")
    home.mien("psbt", "show", "pay.psbt").expect(6, "--network says which")
    both = home.json("psbt", "combine", "pay.psbt", "signed.psbt").expect(0).json["psbt"]
    assert home.json("psbt", "combine", "signed.psbt", "pay.psbt").json["psbt"] == both
    again = sign(home, file="signed.psbt").expect(0).json
    assert again["signed_inputs"] == 0 and again["psbt"] == signed["psbt"], "signed a second time"


def test_a_wrong_signature_is_not_finished(home):
    home = payment()
    raw = bytearray(base64.b64decode(sign(home).expect(0).json["psbt"]))
    place = raw.index(b"\x30\x44") if b"\x30\x44" in raw else raw.index(b"\x30\x45")
    raw[place + 10] ^= 1
    (home.path / "bad.psbt").write_bytes(raw)
    home.json("psbt", "finalize", "bad.psbt").expect(1)
    home.json("psbt", "extract", "bad.psbt").expect(1)


def test_the_proof_is_bound_to_the_transaction(home):
    home = payment()
    signed = sign(home, "--proof", "pay.proof", "--record-out", "me.record").expect(0).json
    home.json("verify", "pay.proof", "--bind", signed["digest"], "--record", "me.record").expect(0)
    (home.path / "other.psbt").write_text(home.fixtures("psbt", 400001))
    other = home.json("psbt", "show", "other.psbt", "--network", "testnet").expect(0).json["digest"]
    assert other != signed["digest"]
    home.json("verify", "pay.proof", "--bind", other, "--record", "me.record").refused(9, "PROOF_INVALID")
    home.json("psbt", "sign", "pay.psbt", "--network", "testnet", "--source", "x", "--yes", "--record-out",
              "r").refused(2, "USAGE")


def test_signing_needs_the_face_and_a_person(home):
    home = payment()
    sign(home, source=frames("hopper", 1, 3)).refused(4, "NO_MATCH")
    result = home.json("psbt", "sign", "pay.psbt", "--network", "testnet", "--source", frames("collins", 2, 3))
    assert result.code == 1 and "error" in result.json, "signed although nobody could press a key"
    assert home.json("status").json["failures"] == 1, "looked at the face before the key press"


def test_refused_before_any_face(home):
    home = payment()
    for options, code, status in ((["--max-fee", "1409"], 6, "POLICY_DENIED"),
                                  (["--network", "mainnet"], None, None)):
        arguments = ["psbt", "sign", "pay.psbt", "--source", frames("collins", 2, 3), "--yes"]
        result = home.json(*arguments, *(options if "--network" in options else ["--network", "testnet", *options]))
        if code:
            result.refused(code, status)
        else:
            assert result.code in (1, 6), result.out
    raw = base64.b64decode((home.path / "pay.psbt").read_text())
    for length in (0, 4, 5, 50, len(raw) // 2, len(raw) - 1):
        (home.path / "cut.psbt").write_bytes(raw[:length])
        assert sign(home, file="cut.psbt").code == 1, length
    assert sign(home, file="nowhere").code == 1
    assert home.json("status").json["failures"] == 0


def test_a_lying_amount_is_refused(home):
    home = payment()
    raw = bytearray(base64.b64decode((home.path / "pay.psbt").read_text()))
    # the witness UTXO says 1,250,000; let it say less, so that the fee looks smaller than it is
    amount = (1250000).to_bytes(8, "little")
    last = raw.rindex(amount)
    raw[last:last + 8] = (1240000).to_bytes(8, "little")
    (home.path / "lie.psbt").write_bytes(raw)
    result = home.json("psbt", "show", "lie.psbt", "--network", "testnet")
    assert result.code == 1, result.out
    assert sign(home, file="lie.psbt").code == 1


def test_a_changed_file_of_public_keys_cannot_fool_a_signature(home):
    """Somebody else's keys in accounts.json: his output would pass for our change."""
    home, thief = payment(), fresh()
    thief.json("init", "--no-pin").expect(0)
    mine = next(p for p in home.files() if p.name == "accounts.json")
    theirs = next(p for p in thief.files() if p.name == "accounts.json")
    mine.write_bytes(theirs.read_bytes())
    result = sign(home)
    assert result.code == 1, result.out
    (home.path / "theirs.psbt").write_text(home.fixtures("psbt", 400000))
    result = sign(home, file="theirs.psbt")
    assert result.code == 1 and "psbt" not in result.json, result.out


def compact(data):
    assert len(data) < 253
    return bytes([len(data)]) + data


def entry(key, value):
    return compact(key) + compact(value)


def read_maps(raw):
    """The maps of a PSBT as lists of (key, value); lengths below 253 are all that the fixture has."""
    at, maps, current = 5, [], []
    while at < len(raw):
        if raw[at] == 0:
            maps.append(current)
            current, at = [], at + 1
            continue
        key = raw[at + 1:at + 1 + raw[at]]
        at += 1 + raw[at]
        current.append((key, raw[at + 1:at + 1 + raw[at]]))
        at += 1 + raw[at]
    return maps


def write_maps(maps):
    return b"psbt\xff" + b"".join(b"".join(entry(k, v) for k, v in m) + b"\0" for m in maps)


def test_shown_ownership_is_checked_behind_the_face(home):
    """The file of public keys gets another fingerprint and, for one script type, a thief's account. The PSBT names
    our input under both fingerprints and the thief's output under the false one: shown as paid to this wallet, and
    still the same transaction with the same digest when the root looks at it."""
    home, thief = payment(), fresh()
    thief.json("init", "--no-pin").expect(0)
    home.json("psbt", "show", "pay.psbt", "--network", "testnet").expect(0)
    theirs = read_maps(base64.b64decode(thief.fixtures("psbt", 400000)))
    maps = read_maps(base64.b64decode((home.path / "pay.psbt").read_text()))
    false, thief_key = bytes.fromhex("feedface"), theirs[3][0][0][1:]

    (tx_key, tx), = maps[0]
    ours_script = tx[-4 - 22:-4]
    thief_tx = theirs[0][0][1]
    thief_hash = thief_tx[-4 - 20:-4]
    script = b"\x76\xa9\x14" + thief_hash + b"\x88\xac"
    assert ours_script[:2] == b"\x00\x14"
    maps[0] = [(tx_key, tx[:-4 - 23] + compact(script) + tx[-4:])]

    (key, origin), = [(k, v) for k, v in maps[1] if k[0] == 0x06]
    maps[1].append((b"\x16" + key[2:], b"\0" + false + origin[4:]))
    hardened = 0x80000000
    path = b"".join(n.to_bytes(4, "little") for n in (hardened + 44, hardened + 1, hardened, 1, 0))
    maps[3] = [(b"\x02" + thief_key, false + path)]
    (home.path / "pay.psbt").write_bytes(write_maps(maps))

    file = next(p for p in home.files() if p.name == "accounts.json")
    stolen = json.loads(next(p for p in thief.files() if p.name == "accounts.json").read_text())
    keys = json.loads(file.read_text())
    keys["fingerprint"] = false.hex()
    keys["testnet"]["p2pkh"] = stolen["testnet"]["p2wpkh"]
    file.write_text(json.dumps(keys))

    shown = home.json("psbt", "show", "pay.psbt", "--network", "testnet").expect(0).json
    assert [o["owner"] for o in shown["outputs"]] == ["other", "receive"], "the attack itself no longer works"
    sign(home, "--proof", "pay.proof").refused(1, "AUTHENTICATION")
    assert not (home.path / "pay.proof").exists(), "proved what was not shown"


def transfer(home, **changes):
    (home.path / "t.json").write_text(json.dumps({**TRANSFER, **changes}))
    return home


def sign_transfer(home, *options, source=None):
    return home.json("eth", "sign-tx", "t.json", "--source", source or frames("collins", 2, 3), "--yes", *options)


def test_ethereum_show_and_sign(home):
    home = transfer(enrolled())
    text = home.mien("eth", "show", "t.json").expect(0).out
    assert "0.0015" in text and "sepolia" in text.lower() and "6d69656e" in text.lower(), text
    shown = home.json("eth", "show", "t.json").json
    signed = sign_transfer(home, "--proof", "t.proof", "--record-out", "me.record").expect(0).json
    assert signed["raw"].startswith("0x02f8") and signed["digest"] == shown["digest"], signed
    assert signed["from"] == home.json("eth", "address").json["addresses"][0]["address"]
    home.json("verify", "t.proof", "--bind", signed["digest"], "--record", "me.record").expect(0)
    changed = transfer(home, value="1500000000000001").json("eth", "show", "t.json").json["digest"]
    home.json("verify", "t.proof", "--bind", changed, "--record", "me.record").refused(9, "PROOF_INVALID")


def test_ethereum_refusals(home):
    home = enrolled()
    sign_transfer(transfer(home, **{"from": "0x" + "11" * 20})).refused(1, "ARGUMENT")
    sign_transfer(transfer(home, data="0xdeadbeef00")).refused(6, "POLICY_DENIED")
    sign_transfer(transfer(home, maxFeePerGas="30000000000000")).refused(6, "POLICY_DENIED")
    assert sign_transfer(transfer(home, surprise=1)).code == 1
    assert sign_transfer(transfer(home, chainId=0)).code in (1, 6)
    sign_transfer(transfer(home), source=frames("hopper", 1, 3)).refused(4, "NO_MATCH")
    mine = home.json("eth", "address", "--index", "3").json["addresses"][0]["address"]
    signed = sign_transfer(transfer(home, **{"from": mine}), "--index", "3").expect(0).json
    assert signed["from"] == mine


if __name__ == "__main__":
    main(globals())
