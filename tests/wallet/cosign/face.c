/* SPDX-License-Identifier: MIT */
/* The co-signer and face proofs: what an account that wants them accepts, and every cheaper proof
 * that it must not. */
#include <sodium.h>

#include "tests/wallet/cosign/client.h"
#include "tests/wallet/cosign/face_person.h"

static const char face_policy[] = "mien-policy 1\nrequire face+face-proof\nother-chains allow\n";
static mien_proof_face *shipped, *other;

/* The shipped network with one byte of a weight changed, and the checksum behind it made to fit. */
static void change_a_weight(const char *folder_path) {
    char path[160];
    size_t length;
    uint8_t *bytes = harness_read_file(FACE_MODELS "/embedding.mien", &length);
    snprintf(path, sizeof path, "%s/embedding.mien", folder_path);
    for (size_t at = length / 2; bytes != NULL && other == NULL && at < length / 2 + 64; at++) {
        bytes[at] ^= 1;
        crypto_hash_sha256(bytes + length - 32, bytes, length - 32);
        FILE *file = fopen(path, "w");
        if (file == NULL) break;
        size_t written = fwrite(bytes, 1, length, file);
        if (fclose(file) != 0 || written != length) break;
        if (mien_proof_face_open(&other, folder_path, NULL, NULL) != MIEN_OK) bytes[at] ^= 1;
    }
    free(bytes);
}

/* ---- accounts ---- */

typedef struct account {
    client client;
    face_person face;
} account;

static void make_account(account *a, const mien_proof_face *face) {
    uint8_t seed[64];
    memset(a, 0, sizeof *a);
    face_person_make(&a->face, face, cosigner);
    a->client.person = a->face.person;
    harness_random_bytes(seed, sizeof seed);
    PERSON_DO(mien_hd_master(&a->client.recovery, seed, sizeof seed));
}

static int register_account(account *a, json_t *statements, json_t *bits) {
    json_t *body = registration(&a->client, face_policy);
    if (statements != NULL)
        json_object_set_new(body, "statements", statements);
    else
        json_object_del(body, "statements");
    if (bits != NULL) json_object_set_new(body, "bits", bits);
    return register_body(&a->client, body);
}

static uint8_t *prove(account *a, size_t *length, uint32_t parameters, const char *psbt) {
    uint8_t nonce[32], digest[32];
    uint64_t expiry;
    get_nonce(&a->client, nonce, &expiry);
    digest_of(digest, psbt, &a->client);
    return face_person_prove(&a->face, length, parameters, MIEN_FRAME_COMMITTED, digest, nonce,
                             expiry);
}

static void check_send(const account *a, const char *psbt, const uint8_t *proof, size_t length,
                       const char *statement, int code, const char *status) {
    char *said;
    int got = send_proof(&a->client, &said, psbt, proof, length, statement);
    CHECK_INT(got, code);
    if (code != 200) CHECK_TEXT(said, status);
    free(said);
}

/* ---- tests ---- */

static void what_can_be_registered(void) {
    static account a, stranger;
    make_account(&a, shipped);
    CHECK_INT(register_account(&a, NULL, json_integer(127)), 200);
    CHECK_INT(register_account(&a, NULL, json_integer(128)), 200);
    CHECK_INT(register_account(&a, NULL, json_integer(129)), 400);
    CHECK_INT(register_account(&a, json_pack("[s]", "face"), NULL), 200);
    CHECK_INT(register_account(&a, json_pack("[s, s]", "match", "face"), NULL), 200);
    CHECK_INT(register_account(&a, json_pack("[s, s]", "match", "face"), json_integer(128)), 200);
    CHECK_INT(register_account(&a, json_pack("[s, s]", "face", "faces"), NULL), 400);
    CHECK_INT(register_account(&a, json_object(), NULL), 400);
    /* a network that is not here */
    make_account(&stranger, shipped);
    stranger.client.person.record.model_digest[0] ^= 1;
    CHECK_INT(register_account(&stranger, NULL, NULL), 400);
    CHECK_INT(register_account(&stranger, json_pack("[s]", "match"), NULL), 200);
    face_person_free(&a.face);
    face_person_free(&stranger.face);
}

static void a_face_proof_signs_once(void) {
    static account a;
    size_t length;
    make_account(&a, shipped);
    REQUIRE(register_account(&a, NULL, NULL) == 200);
    char *one = payment(&a.client, 400000), *two = payment(&a.client, 400001);
    uint8_t *proof = prove(&a, &length, 1, one);
    check_send(&a, two, proof, length, "face", 403, "PROOF_INVALID"); /* another payment */
    check_send(&a, one, proof, length, "match", 400, "UNSUPPORTED");  /* a downgrade in words */
    check_send(&a, one, proof, length - 1, "face", 403, "PROOF_INVALID");
    for (int i = 0; i < 24; i++) {
        size_t at = i < 9 ? (size_t)i * 18 : harness_random_below(length);
        proof[at] ^= 1;
        check_send(&a, one, proof, length, "face", 403, "PROOF_INVALID");
        proof[at] ^= 1;
    }
    now += MIEN_COSIGN_NONCE_SECONDS + 1;
    check_send(&a, one, proof, length, "face", 403, "PROOF_INVALID"); /* too late */
    now -= MIEN_COSIGN_NONCE_SECONDS + 1;
    check_send(&a, one, proof, length, "face", 200, "");
    check_send(&a, one, proof, length, "face", 403, "PROOF_INVALID"); /* replay */
    free(proof);
    free(one);
    free(two);
    face_person_free(&a.face);
}

static void no_match_proof_where_a_face_is_wanted(void) {
    static account a;
    uint8_t nonce[32], digest[32];
    uint64_t expiry;
    size_t length;
    make_account(&a, shipped);
    REQUIRE(register_account(&a, NULL, NULL) == 200);
    char *psbt = payment(&a.client, 400000);
    get_nonce(&a.client, nonce, &expiry);
    digest_of(digest, psbt, &a.client);
    uint8_t *match = person_prove(&a.client.person, &length, digest, nonce, expiry);
    check_send(&a, psbt, match, length, "match", 400, "UNSUPPORTED");
    check_send(&a, psbt, match, length, "face", 403, "PROOF_INVALID");
    match[12] = MIEN_PROOF_FACE; /* it says that it is one */
    check_send(&a, psbt, match, length, "face", 403, "PROOF_INVALID");
    free(match);
    /* a picture of the person is not taken, though it would prove more */
    uint8_t *public =
        face_person_prove(&a.face, &length, 1, MIEN_FRAME_PUBLIC, digest, nonce, expiry);
    check_send(&a, psbt, public, length, "face", 403, "PROOF_INVALID");
    free(public);
    free(psbt);
    face_person_free(&a.face);
}

/* Registered for both, the policy decides what a match proof is enough for. */
static void both_statements(void) {
    static account a;
    uint8_t nonce[32], digest[32];
    uint64_t expiry;
    size_t length;
    make_account(&a, shipped);
    REQUIRE(register_account(&a, json_pack("[s, s]", "face", "match"), NULL) == 200);
    char *psbt = payment(&a.client, 400000);
    get_nonce(&a.client, nonce, &expiry);
    digest_of(digest, psbt, &a.client);
    uint8_t *proof = person_prove(&a.client.person, &length, digest, nonce, expiry);
    check_send(&a, psbt, proof, length, "match", 403, "POLICY_DENIED");
    free(proof);
    proof = prove(&a, &length, 2, psbt);
    check_send(&a, psbt, proof, length, "face", 200, "");
    free(proof);
    free(psbt);
    face_person_free(&a.face);
}

static void the_level_that_was_registered(void) {
    static account a;
    size_t length;
    make_account(&a, shipped);
    REQUIRE(register_account(&a, NULL, json_integer(128)) == 200);
    char *psbt = payment(&a.client, 400000);
    uint8_t *proof = prove(&a, &length, 1, psbt);
    check_send(&a, psbt, proof, length, "face", 403, "PROOF_INVALID");
    proof[16] = 2; /* it says 128 and has 100 */
    check_send(&a, psbt, proof, length, "face", 403, "PROOF_INVALID");
    free(proof);
    proof = prove(&a, &length, 2, psbt);
    CHECK(length <= 750000);
    check_send(&a, psbt, proof, length, "face", 200, "");
    free(proof);
    free(psbt);
    face_person_free(&a.face);
}

/* Whoever may choose the network below the proof can enrol whatever that network says of a crop:
 * the record names the shipped one, the proof is about the other. The co-signer has both. */
static void another_network(void) {
    static account a, b;
    size_t length;
    REQUIRE(other != NULL);
    make_account(&a, other);
    make_account(&b, other);
    memcpy(a.face.person.record.model_digest,
           mien_network_digest(mien_proof_face_network(shipped)->network), 32);
    a.client.person = a.face.person;
    REQUIRE(register_account(&a, NULL, NULL) == 200);
    REQUIRE(register_account(&b, NULL, NULL) == 200);
    char *psbt = payment(&a.client, 400000), *theirs = payment(&b.client, 400000);
    uint8_t *proof = prove(&a, &length, 1, psbt);
    check_send(&a, psbt, proof, length, "face", 403, "PROOF_INVALID");
    free(proof);
    /* the other network's own account: the proof is good there and nowhere else */
    proof = prove(&b, &length, 1, theirs);
    check_send(&a, psbt, proof, length, "face", 403, "PROOF_INVALID");
    check_send(&b, theirs, proof, length, "face", 200, "");
    free(proof);
    free(psbt);
    free(theirs);
    face_person_free(&a.face);
    face_person_free(&b.face);
}

/* Another person's face and template, the account's record in the head and in the statement. */
static void another_template(void) {
    static account a, thief;
    uint8_t nonce[32], digest[32];
    uint64_t expiry;
    size_t length;
    make_account(&a, shipped);
    make_account(&thief, shipped);
    REQUIRE(register_account(&a, NULL, NULL) == 200);
    char *psbt = payment(&a.client, 400000);
    get_nonce(&a.client, nonce, &expiry);
    digest_of(digest, psbt, &a.client);
    uint8_t *proof =
        face_person_prove(&thief.face, &length, 1, MIEN_FRAME_COMMITTED, digest, nonce, expiry);
    check_send(&a, psbt, proof, length, "face", 403, "PROOF_INVALID");
    uint8_t record_digest[32];
    PERSON_DO(mien_record_digest(record_digest, &a.client.person.record));
    memcpy(proof + 20, record_digest, 32); /* it says that it is of this record */
    check_send(&a, psbt, proof, length, "face", 403, "PROOF_INVALID");
    free(proof);
    free(psbt);
    face_person_free(&a.face);
    face_person_free(&thief.face);
}

int main(void) {
    char second[] = "/tmp/mien-network-XXXXXX", command[128];
    if (mien_proof_face_open(&shipped, FACE_MODELS, NULL, NULL) != MIEN_OK) return 1;
    if (mkdtemp(second) == NULL) return 1;
    change_a_weight(second);
    if (!cosign_start(shipped, other)) return 1;
    RUN(what_can_be_registered);
    RUN(a_face_proof_signs_once);
    RUN(no_match_proof_where_a_face_is_wanted);
    RUN(both_statements);
    RUN(the_level_that_was_registered);
    RUN(another_network);
    RUN(another_template);
    cosign_end();
    mien_proof_face_close(other);
    mien_proof_face_close(shipped);
    snprintf(command, sizeof command, "rm -rf '%s'", second);
    CHECK_INT(system(command), 0);
    return harness_end();
}
