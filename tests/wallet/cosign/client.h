/* SPDX-License-Identifier: MIT */
/* A co-signer in this process and accounts at it, for tests: register, get nonces, send requests.
 */
#ifndef MIEN_TESTS_WALLET_COSIGN_CLIENT_H
#define MIEN_TESTS_WALLET_COSIGN_CLIENT_H

#include <unistd.h>

#include "tests/wallet/cosign/person.h"
#include "wallet/bitcoin/review.h"

#define ADMIN "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define NAME "https://cosign.example"

static mien_cosign *cosign;
static mien_curve *curve;
static uint8_t cosigner[32]; /* its name in records and proofs */
static int64_t now = 1800000000;
static char folder[] = "/tmp/mien-cosign-XXXXXX";

static inline int64_t clock_now(void *context) {
    (void)context;
    return now;
}

/* An account and whoever has it. */
typedef struct client {
    person person;
    mien_hd_private recovery;
    char id[64], token[128], descriptor_text[MIEN_DESCRIPTOR_MAX], attestor[64];
    mien_descriptor descriptor;
} client;

static inline json_t *registration(const client *c, const char *policy) {
    uint8_t record[MIEN_RECORD_SIZE];
    char user[256], recovery[256], hex[2 * MIEN_RECORD_SIZE + 1];
    PERSON_DO(mien_record_encode(record, &c->person.record));
    mien_hex_encode(hex, record, sizeof record);
    key_expression(user, curve, &c->person.root);
    key_expression(recovery, curve, &c->recovery);
    return json_pack("{s:s, s:[s], s:s, s:{s:s, s:s, s:s}, s:{s:i}}", "record", hex, "statements",
                     "match", "policy", policy, "bitcoin", "network", "testnet", "user", user,
                     "recovery", recovery, "ethereum", "chain_id", 31337);
}

static inline void make_client(client *c) {
    uint8_t seed[64];
    memset(c, 0, sizeof *c);
    person_make(&c->person, cosigner);
    harness_random_bytes(seed, sizeof seed);
    PERSON_DO(mien_hd_master(&c->recovery, seed, sizeof seed));
}

/* body is taken over. */
static inline int register_body(client *c, json_t *body) {
    int code;
    json_t *answer = ask(cosign, &code, "/v1/register", ADMIN, body);
    snprintf(c->id, sizeof c->id, "%s", text_of(answer, "account"));
    snprintf(c->token, sizeof c->token, "%s", text_of(answer, "token"));
    snprintf(c->attestor, sizeof c->attestor, "%s", text_of(answer, "attestor"));
    snprintf(c->descriptor_text, sizeof c->descriptor_text, "%s", text_of(answer, "descriptor"));
    if (code == 200)
        PERSON_DO(mien_descriptor_parse(&c->descriptor, c->descriptor_text,
                                        strlen(c->descriptor_text), NULL));
    json_decref(answer);
    return code;
}

static inline int register_client(client *c, const char *policy) {
    return register_body(c, registration(c, policy));
}

static inline void new_client(client *c, const char *policy) {
    make_client(c);
    if (register_client(c, policy) != 200) abort();
}

static inline void get_nonce(const client *c, uint8_t nonce[32], uint64_t *expiry) {
    int code;
    json_t *answer =
        ask(cosign, &code, "/v1/nonce", c->token, json_pack("{s:s}", "account", c->id));
    const char *hex = text_of(answer, "nonce");
    if (code != 200 || mien_hex_decode(nonce, 32, hex, strlen(hex)) != MIEN_OK) abort();
    *expiry = (uint64_t)json_integer_value(json_object_get(answer, "expiry"));
    json_decref(answer);
}

static inline void digest_of(uint8_t digest[32], const char *psbt_text, const client *c) {
    mien_psbt psbt;
    mien_bitcoin_review review;
    mien_bitcoin_keys keys;
    mien_bitcoin_root_keys state = {0};
    mien_bitcoin_limits limits = mien_bitcoin_limits_default();
    limits.shared = &c->descriptor;
    limits.shared_count = 1;
    limits.unproven_amounts = true;
    PERSON_DO(mien_psbt_parse(&psbt, (const uint8_t *)psbt_text, strlen(psbt_text), NULL));
    PERSON_DO(mien_bitcoin_keys_of_root(&keys, &state, curve, &c->person.root));
    PERSON_DO(mien_bitcoin_review_psbt(&review, &psbt, MIEN_BITCOIN_TESTNET, &keys, &limits, NULL));
    memcpy(digest, review.digest, 32);
    mien_bitcoin_review_destroy(&review);
    mien_psbt_destroy(&psbt);
}

/* Send a PSBT with a proof; the answer's code, and its status or PSBT in *said (free it). */
static inline int send_proof(const client *c, char **said, const char *psbt, const uint8_t *proof,
                             size_t length, const char *statement) {
    int code;
    char *text = base64_of(proof, length);
    json_t *answer = ask(cosign, &code, "/v1/sign", c->token,
                         json_pack("{s:s, s:s, s:s, s:s}", "account", c->id, "statement", statement,
                                   "proof", text, "psbt", psbt));
    const json_t *error = json_object_get(answer, "error");
    *said = strdup(error != NULL ? text_of(error, "status") : text_of(answer, "psbt"));
    json_decref(answer);
    free(text);
    return code;
}

static inline char *payment(const client *c, uint64_t pays) {
    shared_payment p = {.amount = 1000000, .pays = pays, .fee = 1000};
    return shared_psbt(&c->descriptor, &p);
}

static inline void check_code(const char *path, const char *token, json_t *body, int wanted) {
    int code;
    json_t *answer = ask(cosign, &code, path, token, body);
    if (code != wanted)
        printf("  %s: %s\n", path, text_of(json_object_get(answer, "error"), "message"));
    CHECK_INT(code, wanted);
    json_decref(answer);
}

/* The co-signer at folder/cosign.db with networks for face proofs (may be none), and the curve. */
static inline int cosign_start(const mien_proof_face *face, const mien_proof_face *other) {
    static mien_clock clock = {clock_now, NULL};
    uint8_t seed[64];
    char database[64];
    mien_random random = mien_random_system();
    mien_error error = {0};
    if (mkdtemp(folder) == NULL) return 0;
    snprintf(database, sizeof database, "sqlite:%s/cosign.db", folder);
    harness_random_bytes(seed, sizeof seed);
    mien_cosign_options options = {
        .database = database, .name = NAME, .seed = seed, .admin_token = ADMIN, .clock = &clock};
    if (face != NULL) options.faces[options.face_count++] = face;
    if (other != NULL) options.faces[options.face_count++] = other;
    PERSON_DO(mien_curve_create(&curve, &random));
    mien_cosign_service(cosigner, NAME);
    if (mien_cosign_create(&cosign, &options, &error) == MIEN_OK) return 1;
    printf("FAIL %s\n", mien_error_words(&error));
    return 0;
}

static inline void cosign_end(void) {
    char command[128];
    mien_cosign_destroy(cosign);
    mien_curve_destroy(curve);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    CHECK_INT(system(command), 0);
}

#endif
