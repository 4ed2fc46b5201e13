/* SPDX-License-Identifier: MIT */
/* Somebody with an enrolled face and keys, as a co-signer's clients are: proofs without a camera,
 * and payments from a shared wallet. For tests and benches. */
#ifndef MIEN_TESTS_WALLET_COSIGN_PERSON_H
#define MIEN_TESTS_WALLET_COSIGN_PERSON_H

#include "platform/json/json.h"
#include "prover/prover.h"
#include "tests/harness.h"
#include "wallet/bip32/bip32.h"
#include "wallet/bitcoin/descriptor.h"
#include "wallet/bitcoin/psbt.h"
#include "wallet/cosign/cosign.h"
#include "wallet/encoding/hex.h"

#define PERSON_DO(expression)                                                                      \
    do {                                                                                           \
        mien_status person_status_ = (expression);                                                 \
        if (person_status_ != MIEN_OK) {                                                           \
            printf("%s:%d: %s\n", __FILE__, __LINE__, mien_status_name(person_status_));           \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

typedef struct person {
    mien_record record;
    mien_match_witness witness;
    mien_random random;
    mien_random_seeded_state random_state;
    mien_hd_private root; /* of the wallet */
} person;

/* A random template, and a look that is exactly it. */
static inline void person_make(person *p, const uint8_t service[32]) {
    uint8_t seed[64];
    memset(p, 0, sizeof *p);
    harness_random_bytes(seed, sizeof seed);
    p->random = mien_random_seeded(&p->random_state, seed);
    PERSON_DO(mien_hd_master(&p->root, seed, sizeof seed));
    for (size_t i = 0; i < MIEN_EMBEDDING_SIZE; i++)
        p->witness.template_vector[i] = p->witness.embedding[i] =
            (int8_t)((int)harness_random_below(61) - 30);
    harness_random_bytes(p->witness.key_z, sizeof p->witness.key_z);
    memcpy(p->record.service, service, 32);
    memset(p->record.model_digest, 0x4d, 32);
    p->record.epoch = 1;
    p->record.threshold = 22814;
    PERSON_DO(mien_match_commit_template(p->record.template_commitment, p->record.key_check,
                                         p->record.service, p->record.epoch, p->record.slot,
                                         p->witness.template_vector, p->witness.key_z));
}

/* A proof file for the digest, malloc'ed. */
static inline uint8_t *person_prove(person *p, size_t *length, const uint8_t digest[32],
                                    const uint8_t nonce[32], uint64_t expiry) {
    const mien_proof_parameters *parameters = mien_proof_parameters_default();
    mien_proof_binding binding = {.expiry = expiry};
    mien_match_statement s = {
        .epoch = p->record.epoch, .slot = p->record.slot, .threshold = p->record.threshold};
    mien_proof_file file = {.expiry = expiry, .parameters = MIEN_PROOF_FILE_PARAMETERS};
    size_t capacity = mien_match_proof_max_size(parameters);
    size_t workspace_size = mien_match_prove_workspace_size(parameters);
    uint8_t *bytes = malloc(MIEN_PROOF_FILE_HEADER_SIZE + capacity);
    void *workspace = aligned_alloc(64, (workspace_size + 63) / 64 * 64);
    memcpy(binding.bind, digest, 32);
    memcpy(binding.nonce, nonce, 32);
    memcpy(binding.service, p->record.service, 32);
    mien_proof_context(s.context, &binding);
    memcpy(s.template_commitment, p->record.template_commitment, MIEN_DIGEST_SIZE);
    memcpy(s.key_check, p->record.key_check, MIEN_DIGEST_SIZE);
    memcpy(s.service, p->record.service, 32);
    PERSON_DO(mien_match_blinding(p->witness.embedding_blinding, &p->random));
    PERSON_DO(mien_match_commit_embedding(s.embedding_commitment, s.context, p->witness.embedding,
                                          p->witness.embedding_blinding));
    PERSON_DO(mien_match_prove(bytes + MIEN_PROOF_FILE_HEADER_SIZE, capacity, length, parameters,
                               &s, &p->witness, workspace, workspace_size, &p->random, NULL, NULL));
    free(workspace);
    PERSON_DO(mien_record_digest(file.record_digest, &p->record));
    memcpy(file.context, s.context, 32);
    memcpy(file.nonce, nonce, 32);
    memcpy(file.embedding_commitment, s.embedding_commitment, MIEN_DIGEST_SIZE);
    file.proof = bytes + MIEN_PROOF_FILE_HEADER_SIZE;
    file.proof_length = *length;
    PERSON_DO(mien_proof_file_header(bytes, &file));
    *length += MIEN_PROOF_FILE_HEADER_SIZE;
    return bytes;
}

static inline char *base64_of(const uint8_t *bytes, size_t length) {
    size_t size = mien_base64_encoded_size(length);
    char *text = malloc(size);
    mien_base64_encode(text, size, bytes, length);
    return text;
}

/* ---- talking to a co-signer without sockets ---- */

static inline json_t *ask(mien_cosign *cosign, int *code, const char *path, const char *token,
                          json_t *body) {
    char authorization[192];
    mien_http_response response = {0};
    char *text = json_dumps(body, JSON_COMPACT);
    snprintf(authorization, sizeof authorization, "Bearer %s", token);
    mien_http_request request = {.method = "POST",
                                 .path = path,
                                 .authorization = authorization,
                                 .body = (const uint8_t *)text,
                                 .length = strlen(text)};
    mien_cosign_http(cosign, &response, &request);
    json_t *answer = json_loadb(response.body, response.length, 0, NULL);
    *code = response.code;
    free(response.body);
    free(text);
    json_decref(body);
    return answer;
}

static inline const char *text_of(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

/* ---- a shared wallet's payment ---- */

/* "[fingerprint/48'/1'/0'/2']tpub..." of a root. */
static inline void key_expression(char out[256], const mien_curve *curve,
                                  const mien_hd_private *root) {
    mien_hd_path path = {
        4, {MIEN_HARDENED | 48, MIEN_HARDENED | 1, MIEN_HARDENED | 0, MIEN_HARDENED | 2}};
    mien_hd_private key;
    mien_hd_public public, top;
    uint8_t fingerprint[4];
    char text[MIEN_HD_TEXT], hex[9];
    PERSON_DO(mien_hd_private_derive(curve, &key, root, &path));
    PERSON_DO(mien_hd_neuter(curve, &public, &key));
    PERSON_DO(mien_hd_neuter(curve, &top, root));
    mien_hd_fingerprint(fingerprint, top.key);
    mien_hex_encode(hex, fingerprint, 4);
    PERSON_DO(mien_hd_public_text(text, &public, MIEN_HD_TPUB));
    snprintf(out, 256, "[%s/48'/1'/0'/2']%s", hex, text);
}

/* Key origins of all keys of the descriptor at chain/index. */
static inline void put_origins(mien_psbt *psbt, mien_psbt_map *map, uint8_t type,
                               const mien_descriptor *d, uint32_t chain, uint32_t index) {
    for (int i = 0; i < d->key_count; i++) {
        const mien_descriptor_key *k = &d->keys[i];
        const uint32_t steps[2] = {chain, index};
        mien_hd_public key;
        uint8_t value[4 + 4 * 8];
        mien_writer w = mien_writer_of(value, sizeof value);
        PERSON_DO(mien_hd_public_derive(&key, &k->extended, steps, 2));
        PERSON_DO(mien_write_bytes(&w, k->fingerprint, 4));
        for (int j = 0; j < k->origin.depth; j++)
            PERSON_DO(mien_write_le32(&w, k->origin.index[j]));
        PERSON_DO(mien_write_le32(&w, chain));
        PERSON_DO(mien_write_le32(&w, index));
        PERSON_DO(
            mien_psbt_set(psbt, map, type, mien_view_of(key.key, 33), mien_view_of(value, w.used)));
    }
}

typedef struct shared_payment {
    uint64_t amount;               /* of the coin that is spent */
    uint64_t pays;                 /* to somebody else */
    uint64_t fee;                  /* the rest comes back as change */
    uint32_t index;                /* of the coin's address */
    size_t inputs;                 /* 0: one; more have no previous transaction either */
    const mien_descriptor *change; /* NULL: the wallet's own */
} shared_payment;

/* Base64 of a version 0 PSBT, malloc'ed. */
static inline char *shared_psbt(const mien_descriptor *d, const shared_payment *payment) {
    static const uint8_t other[20] = {0x6d, 0x69, 0x65, 0x6e};
    const mien_descriptor *back = payment->change != NULL ? payment->change : d;
    size_t inputs = payment->inputs != 0 ? payment->inputs : 1;
    mien_script coin, witness, change, change_witness, pays = {.length = 22};
    mien_psbt psbt;
    char *text;
    pays.bytes[1] = 20;
    memcpy(pays.bytes + 2, other, 20);
    PERSON_DO(mien_descriptor_script(&coin, &witness, d, 0, payment->index));
    PERSON_DO(mien_descriptor_script(&change, &change_witness, back, 1, 3));
    mien_bitcoin_input spends[8];
    memset(spends, 0, sizeof spends);
    for (size_t i = 0; i < inputs; i++) {
        memset(spends[i].txid, (int)(0x77 + i), sizeof spends[i].txid);
        spends[i].sequence = 0xffffffff;
    }
    mien_bitcoin_output outputs[2] = {
        {.amount = payment->pays, .script = mien_script_view(&pays)},
        {.amount = inputs * payment->amount - payment->pays - payment->fee,
         .script = mien_script_view(&change)}};
    mien_bitcoin_transaction transaction = {.version = 2,
                                            .inputs = spends,
                                            .input_count = inputs,
                                            .outputs = outputs,
                                            .output_count = 2};
    PERSON_DO(mien_psbt_create(&psbt, &transaction));
    uint8_t utxo[8 + 1 + 34];
    mien_store_le64(utxo, payment->amount);
    utxo[8] = 34;
    memcpy(utxo + 9, coin.bytes, 34);
    for (size_t i = 0; i < inputs; i++) {
        mien_psbt_map *map = &psbt.inputs[i];
        PERSON_DO(mien_psbt_set(&psbt, map, MIEN_PSBT_IN_WITNESS_UTXO, mien_view_of(NULL, 0),
                                mien_view_of(utxo, sizeof utxo)));
        PERSON_DO(mien_psbt_set(&psbt, map, MIEN_PSBT_IN_WITNESS_SCRIPT, mien_view_of(NULL, 0),
                                mien_script_view(&witness)));
        put_origins(&psbt, map, MIEN_PSBT_IN_BIP32_DERIVATION, d, 0, payment->index);
    }
    PERSON_DO(mien_psbt_set(&psbt, &psbt.outputs[1], MIEN_PSBT_OUT_WITNESS_SCRIPT,
                            mien_view_of(NULL, 0), mien_script_view(&change_witness)));
    put_origins(&psbt, &psbt.outputs[1], MIEN_PSBT_OUT_BIP32_DERIVATION, d, 1, 3);
    PERSON_DO(mien_psbt_base64(&text, &psbt));
    text = strdup(text);
    mien_psbt_destroy(&psbt);
    return text;
}

#endif
