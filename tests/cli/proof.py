# SPDX-License-Identifier: MIT
"""Face proofs from outside: made with a wallet, checked without one, refused when anything is changed."""
import time

from harness import SAMPLES, enrolled, frames, fresh, main

DIGEST = "5f16f4c7f149ac4f9510d9cf8cf384038ad348b3bcdc01915f95de12df9d1b02"
NONCE = "00112233445566778899aabbccddeeff" * 2

_made = {}


def proven():
    """(home, proof bytes, record bytes); made once."""
    if not _made:
        home = enrolled()
        home.json("prove", "--bind", DIGEST, "--nonce", NONCE, "--source", frames("collins", 2, 3), "-o", "p.proof",
                  "--record-out", "me.record").expect(0)
        _made["all"] = home, (home.path / "p.proof").read_bytes(), (home.path / "me.record").read_bytes()
    return _made["all"]


def check(home, proof, record, *options, bind=DIGEST):
    (home.path / "p.proof").write_bytes(proof)
    (home.path / "r.record").write_bytes(record)
    return home.json("verify", "p.proof", "--bind", bind, "--record", "r.record", *options)


def test_a_proof_holds_without_a_wallet(home):
    _, proof, record = proven()
    said = check(home, proof, record).expect(0).json
    assert said["valid"] is True and said["statement"] == "match", said
    assert said["security_bits_with_grinding"] >= 128 and said["security_bits"] >= 100, said
    assert "living person" in said["not_proved"] and said["binds_embedding"], said
    assert said["verifier_bytes"] <= 131072 and len(proof) <= 110_000 + 224, (said, len(proof))
    text = home.mien("verify", "p.proof", "--bind", DIGEST, "--record", "r.record").expect(0).out
    assert text.startswith("VALID") and "Not proved:" in text and "What binds the embedding:" in text, text
    assert not [p for p in home.files() if p.name not in ("p.proof", "r.record")], "verifying wrote something"


def test_from_standard_input(home):
    owner, proof, record = proven()
    (home.path / "r.record").write_bytes(record)
    import subprocess
    from harness import PROGRAM, environment
    done = subprocess.run([PROGRAM, "verify", "-", "--bind", DIGEST, "--record", "r.record"], input=proof,
                          capture_output=True, env=environment(home.path), cwd=home.path, check=False)
    assert done.returncode == 0, done.stderr
    assert owner.path != home.path


def test_another_digest(home):
    _, proof, record = proven()
    for place in (0, 31, 63):
        digit = "0" if DIGEST[place] != "0" else "1"
        changed = DIGEST[:place] + digit + DIGEST[place + 1:]
        check(home, proof, record, bind=changed).refused(9, "PROOF_INVALID")
    check(home, proof, record, bind=DIGEST[:-2]).refused(2, "USAGE")


def test_a_changed_proof(home):
    _, proof, record = proven()
    step = max(1, len(proof) // 150)
    for place in [*range(0, 300, 7), *range(300, len(proof), step), len(proof) - 1]:
        changed = bytearray(proof)
        changed[place] ^= 1 << place % 8
        check(home, changed, record).refused(9, "PROOF_INVALID")


def test_a_cut_or_longer_proof(home):
    _, proof, record = proven()
    for length in (0, 1, 8, 100, 223, 224, 225, len(proof) // 2, len(proof) - 1):
        check(home, proof[:length], record).refused(9, "PROOF_INVALID")
    check(home, proof + b"\0", record).refused(9, "PROOF_INVALID")
    check(home, record, record).refused(9, "PROOF_INVALID")
    check(home, b"\0" * len(proof), record).refused(9, "PROOF_INVALID")


def test_a_changed_or_other_record(home):
    owner, proof, record = proven()
    for place in range(0, len(record), 5):
        changed = bytearray(record)
        changed[place] ^= 0x20
        assert check(home, proof, changed).code in (1, 9), place
    other = fresh()
    other.json("init", "--no-pin").expect(0)
    other.json("enrol", "--source", frames("hopper", 1, 5)).expect(0)
    theirs = next(p for p in other.files() if p.name == "record.mien").read_bytes()
    check(home, proof, theirs).refused(9, "PROOF_INVALID")
    mine = next(p for p in owner.files() if p.name == "record.mien").read_bytes()
    assert mine == record, "the record beside the vault and the one written with the proof differ"


def test_a_proof_of_the_enrolment_before(home):
    owner, proof, _ = proven()
    owner = owner.copy()
    owner.json("enrol", "--again", "--source", frames("collins", 1, 5)).expect(0)
    renewed = next(p for p in owner.files() if p.name == "record.mien").read_bytes()
    check(home, proof, renewed).refused(9, "PROOF_INVALID")


def test_nonce_and_expiry(home):
    owner, proof, record = proven()
    check(home, proof, record, "--nonce", NONCE).expect(0)
    check(home, proof, record, "--nonce", "ff" * 32).refused(9, "PROOF_INVALID")
    owner.json("prove", "--bind", DIGEST, "--expires-in", "1", "--source", frames("collins", 2, 3), "-o",
               "short.proof").expect(0)
    short = (owner.path / "short.proof").read_bytes()
    check(home, short, record, "--ignore-expiry").expect(0)
    time.sleep(2.1)
    check(home, short, record).refused(9, "PROOF_INVALID")
    # the expiry cannot be written over: it is part of what is proven
    later = short.replace(int(time.time()).to_bytes(8, "little")[4:], b"\0\0\0\0")
    if later != short:
        check(home, later, record).refused(9, "PROOF_INVALID")


def test_proofs_differ_and_services_do_not_link(home):
    owner, proof, record = proven()
    owner.json("prove", "--bind", DIGEST, "--nonce", NONCE, "--source", frames("collins", 2, 3), "-o", "again.proof",
               "--service", "shop", "--record-out", "shop.record").expect(0)
    again, shop = (owner.path / "again.proof").read_bytes(), (owner.path / "shop.record").read_bytes()
    check(home, again, shop).expect(0)
    check(home, again, record).refused(9, "PROOF_INVALID")
    one = home.json("proof", "record", owner.path / "shop.record").expect(0).json["record"]
    two = home.json("proof", "record", owner.path / "me.record").expect(0).json["record"]
    same = [k for k in one if k in two and one[k] == two[k] and isinstance(one[k], str) and len(one[k]) > 40]
    assert all("model" in k for k in same), f"two services share {same}"
    aligned = sum(a == b for a, b in zip(proof[224:], again[224:])) / len(proof[224:])
    assert aligned < 0.05, f"{aligned:.2f} of two proofs' bytes agree"


def test_nobody_else_can_prove(home):
    owner, _, _ = proven()
    owner = owner.copy()
    owner.json("prove", "--bind", DIGEST, "--source", frames("hopper", 1, 3), "-o", "x.proof").refused(4, "NO_MATCH")
    assert not (owner.path / "x.proof").exists()


def face_proven(*options):
    """(home, proof bytes, record bytes) of a face proof with these options; each made once."""
    if options not in _made:
        home = enrolled()
        said = home.json("prove", "--bind", DIGEST, "--statement", "face", "--source", frames("collins", 2, 3), "-o",
                         "f.proof", "--record-out", "me.record", *options).expect(0).json
        assert said["proof_bytes"] < 750_000, said
        _made[options] = home, (home.path / "f.proof").read_bytes(), (home.path / "me.record").read_bytes()
    return _made[options]


def test_a_face_proof_holds_without_a_wallet(home):
    _, proof, record = face_proven()
    said = check(home, proof, record).expect(0).json
    assert said["statement"] == "face" and said["frame"] == "committed", said
    assert len(said["frame_commitment"]) == 64 and "embedding_commitment" not in said, said
    assert said["security_bits"] >= 128, said
    assert "C_x" in said["binds_embedding"] and "living person" in said["not_proved"], said
    text = home.mien("verify", "p.proof", "--bind", DIGEST, "--record", "r.record").expect(0).out
    assert "Statement: face" in text and said["frame_commitment"] in text, text


def test_a_face_proof_says_what_it_was_made_for(home):
    _, proof, record = face_proven()
    other = "0" + DIGEST[1:] if DIGEST[0] != "0" else "1" + DIGEST[1:]
    check(home, proof, record, bind=other).refused(9, "PROOF_INVALID")
    shop = enrolled()
    shop.json("prove", "--bind", DIGEST, "--service", "shop", "--source", frames("collins", 2, 3), "-o", "p.proof",
              "--record-out", "shop.record").expect(0)
    check(home, proof, (shop.path / "shop.record").read_bytes()).refused(9, "PROOF_INVALID")
    for at in (8, 12, 20, 60, 100, 130, 150, 164, 170, 300, len(proof) // 2, len(proof) - 1):
        changed = bytearray(proof)
        changed[at] ^= 4
        check(home, bytes(changed), record).refused(9, "PROOF_INVALID")
    check(home, proof[:-1], record).refused(9, "PROOF_INVALID")
    check(home, proof, record, "--frame", SAMPLES / "hopper.jpg").refused(2, "USAGE")


def test_a_face_proof_about_a_public_frame(home):
    owner, proof, record = face_proven("--frame-out", "crop.png", "--bits", "100")
    crop = home.path / "crop.png"
    crop.write_bytes((owner.path / "crop.png").read_bytes())
    said = check(home, proof, record, "--frame", crop).expect(0).json
    assert said["frame"] == "public" and 100 <= said["security_bits"] < 128, said
    check(home, proof, record).refused(2, "USAGE")
    check(home, proof, record, "--frame", SAMPLES / "hopper.jpg").refused(2, "USAGE")
    again = enrolled()
    again.json("prove", "--bind", DIGEST, "--statement", "face", "--source", frames("collins", 40, 3), "-o", "f.proof",
               "--frame-out", "crop.png", "--bits", "100").expect(0)
    other = (again.path / "crop.png").read_bytes()
    assert other != crop.read_bytes(), "two frames gave one crop"
    crop.write_bytes(other)
    check(home, proof, record, "--frame", crop).refused(9, "PROOF_INVALID")


def test_who_checks_asks_for_a_level(home):
    _, proof, record = face_proven("--frame-out", "crop.png", "--bits", "100")
    owner = _made["--frame-out", "crop.png", "--bits", "100"][0]
    crop = home.path / "crop.png"
    crop.write_bytes((owner.path / "crop.png").read_bytes())
    assert check(home, proof, record, "--frame", crop).expect(0).json["security_bits_asked"] == 100
    text = home.mien("verify", "p.proof", "--bind", DIGEST, "--record", "r.record", "--frame", crop).expect(0).out
    assert "Asked for: 100 bits at least" in text, text
    refused = check(home, proof, record, "--frame", crop, "--bits", "128").refused(9, "PROOF_INVALID")
    assert "128 are asked for" in refused.json["error"]["message"], refused.json
    for bits in ("99", "129", "many"):
        check(home, proof, record, "--frame", crop, "--bits", bits).refused(2, "USAGE")
    _, proof, record = face_proven()
    assert check(home, proof, record, "--bits", "128").expect(0).json["security_bits_asked"] == 128
    _, proof, record = proven()
    check(home, proof, record, "--bits", "128").expect(0)


def test_who_checks_asks_for_a_statement(home):
    _, proof, record = proven()
    assert check(home, proof, record, "--statement", "match").expect(0).json["statement"] == "match"
    refused = check(home, proof, record, "--statement", "face").refused(9, "PROOF_INVALID")
    assert "face proof is asked for" in refused.json["error"]["message"], refused.json
    check(home, proof, record, "--frame", SAMPLES / "hopper.jpg").refused(2, "USAGE")  # a match proof knows no frame
    check(home, proof, record, "--statement", "faces").refused(2, "USAGE")
    (home.path / "p.proof").write_bytes(proof)
    swapped = home.json("verify", "r.record", "--bind", DIGEST, "--record", "p.proof").refused(1, "TOO_LARGE")
    assert "not a record" in swapped.json["error"]["message"], swapped.json
    _, proof, record = face_proven()
    for statement in ("match", "face"):  # what shows more is welcome
        assert check(home, proof, record, "--statement", statement).expect(0).json["statement"] == "face"


def test_the_sureness_of_face_proofs(home):
    for bits in ("100", "128"):
        terms = home.json("proof", "security", "--statement", "face", "--bits", bits).expect(0).json["terms"]
        assert terms[-1]["name"] == "total" and int(bits) <= terms[-1]["bits"] <= 128, terms[-1]
        assert terms[-1]["bits_with_grinding"] >= terms[-1]["bits"], terms[-1]
        assert min(t["bits"] for t in terms) >= terms[-1]["bits"] - 0.001, terms
    home.json("proof", "security", "--statement", "faces").refused(2, "USAGE")
    home.json("prove", "--bind", DIGEST, "--bits", "100", "--source", SAMPLES / "hopper.jpg").refused(2, "USAGE")


if __name__ == "__main__":
    main(globals())
