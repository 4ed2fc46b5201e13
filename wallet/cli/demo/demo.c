/* SPDX-License-Identifier: MIT */
#include "wallet/cli/demo/demo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/base/bytes.h"
#include "platform/files/file.h"
#include "platform/memory/secret.h"
#include "wallet/bip39/bip39.h"
#include "wallet/bitcoin/psbt_input.h"
#include "wallet/bitcoin/review.h"
#include "wallet/cli/accounts.h"
#include "wallet/cli/common.h"
#include "wallet/cli/demo/cast.h"
#include "wallet/cli/demo/payments.h"
#include "wallet/cli/demo/scan.h"
#include "wallet/cli/prove.h"
#include "wallet/cli/root.h"
#include "wallet/cli/words.h"
#include "wallet/ethereum/review.h"

static const mien_cli_option demo_options[] = {
    {"out", 'o', "FILE.html", false, "where the report goes (default mien-demo.html)"},
    {"models", 0, "FOLDER", false, "other networks than the ones that ship with mien"},
    MIEN_CLI_OPTIONS_END};
const mien_cli_option *const mien_demo_tables[] = {demo_options, NULL};

#define AMOUNT 400000u      /* satoshis of the payment */
#define ETHER_GWEI 1500000u /* 0.0015 ether */
#define CHANGES 64          /* bytes of the proof that are changed, one at a time */
#define FACE_CHANGES 8      /* the same of the proof of the network */

typedef struct demo {
    mien_cli *cli;
    mien_story story;
    mien_cast cast;
    char home[64];
    char *mnemonic; /* guarded */
    uint8_t *seed;  /* guarded, MIEN_WALLET_SEED_SIZE bytes */
    mien_accounts accounts;
    mien_wallet *wallet;
    mien_wallet_session *session;
    mien_cli_proof proof, face; /* match; the whole network */
    uint8_t digest[32];         /* of the Bitcoin payment */
} demo;

static const mien_pin right_pin = {"2718", 4}, wrong_pin = {"2719", 4};

/* A step that must not fail: tell, and go on only when it did not. */
static mien_status need(demo *d, mien_status status, const char *title, const mien_error *error) {
    if (status != MIEN_OK && status != MIEN_INTERRUPTED)
        mien_story_tell(&d->story, MIEN_STORY_FAILED, 0, title, "%s",
                        error->status == status ? mien_error_words(error)
                                                : mien_status_text(status));
    if (status == MIEN_OK && mien_console_interrupted()) return MIEN_INTERRUPTED;
    return status;
}

/* A step that must be refused with `wanted`. */
static void must_refuse(demo *d, mien_status status, mien_status wanted, double milliseconds,
                        const char *title, const char *why) {
    mien_story_tell(&d->story, status == wanted ? MIEN_STORY_REFUSED : MIEN_STORY_FAILED,
                    milliseconds, title, "%s (%s)", why, mien_status_name(status));
}

static mien_status make_seed(demo *d, mien_error *error) {
    mien_random random = mien_random_system();
    void *memory;
    MIEN_TRY(mien_secret_alloc(&memory, MIEN_BIP39_SENTENCE_SIZE, error));
    d->mnemonic = memory;
    MIEN_TRY(mien_secret_alloc(&memory, MIEN_WALLET_SEED_SIZE, error));
    d->seed = memory;
    MIEN_TRY(mien_bip39_generate(d->mnemonic, 24, &random));
    return mien_bip39_seed(d->seed, d->mnemonic, "", error);
}

static mien_status init_wallet(demo *d, mien_error *error) {
    MIEN_TRY(make_seed(d, error));
    MIEN_TRY(mien_cli_wallet_open(&d->wallet, error));
    MIEN_TRY(mien_accounts_of_seed(&d->accounts, d->seed, error));
    double start = mien_cli_milliseconds();
    MIEN_TRY(mien_wallet_init(d->wallet, d->seed, &right_pin, error));
    MIEN_TRY(mien_accounts_write(&d->accounts, error));
    const uint8_t *f = d->accounts.fingerprint;
    mien_story_tell(&d->story, MIEN_STORY_DONE, mien_cli_milliseconds() - start, "A new wallet",
                    "24 words, fingerprint %02x%02x%02x%02x. The words are the root and the way "
                    "back; the face only opens what they made. A PIN goes through Argon2id.",
                    f[0], f[1], f[2], f[3]);
    return MIEN_OK;
}

static mien_status enrol(demo *d, mien_error *error) {
    mien_wallet_enrolment enrolment;
    uint8_t service[32];
    mien_record_service(service, "demo", 4);
    double start = mien_cli_milliseconds();
    MIEN_TRY(mien_wallet_enrol(d->wallet, NULL, &enrolment, d->cast.enrol.frames,
                               d->cast.enrol.count, &right_pin, d->cast.model_digest, service,
                               error));
    d->story.enrol = mien_cli_milliseconds() - start;
    d->story.threshold = mien_words_cosine(enrolment.record.threshold);
    mien_story_tell(&d->story, MIEN_STORY_DONE, d->story.enrol, "A enrols",
                    "%zu frames, which agree with a mean cosine of %.2f. Kept are a sealed random "
                    "rotation and blinded commitments: no picture, no template.",
                    enrolment.frames_used, (double)enrolment.mean_cosine);
    return MIEN_OK;
}

static mien_status come_back(demo *d, mien_error *error) {
    double start = mien_cli_milliseconds();
    MIEN_TRY(mien_wallet_unlock(d->wallet, &d->session, d->cast.back.frames, d->cast.back.count,
                                &right_pin, d->cast.model_digest, error));
    d->story.unlock = mien_cli_milliseconds() - start;
    bool same = mien_equal_ct(mien_wallet_session_seed(d->session), d->seed, MIEN_WALLET_SEED_SIZE);
    mien_story_tell(&d->story, same ? MIEN_STORY_DONE : MIEN_STORY_FAILED, d->story.unlock,
                    "A comes back",
                    "%zu other frames, cosine %.2f to the enrolment: the key that comes out opens "
                    "the vault, and the seed in it is %s.",
                    d->cast.back.count, (double)mien_wallet_session_cosine(d->session),
                    same ? "the very one, byte for byte" : "ANOTHER ONE");
    return MIEN_OK;
}

/* Nothing but the right face with the right PIN opens it. */
static mien_status others_try(demo *d, mien_error *error) {
    mien_wallet_session *session = NULL;
    mien_wallet_status status;
    double start = mien_cli_milliseconds();
    mien_status result =
        mien_wallet_unlock(d->wallet, &session, d->cast.other.frames, d->cast.other.count,
                           &right_pin, d->cast.model_digest, NULL);
    must_refuse(d, result, MIEN_NO_MATCH, mien_cli_milliseconds() - start, "B tries, with A's PIN",
                "Another face decodes to another message, which opens nothing");
    mien_wallet_lock(session);
    session = NULL;
    start = mien_cli_milliseconds();
    result = mien_wallet_unlock(d->wallet, &session, d->cast.back.frames, d->cast.back.count,
                                &wrong_pin, d->cast.model_digest, NULL);
    must_refuse(d, result, MIEN_NO_MATCH, mien_cli_milliseconds() - start,
                "A tries, with a wrong PIN", "The answer is the same as for a wrong face");
    mien_wallet_lock(session);
    MIEN_TRY(mien_wallet_get_status(d->wallet, &status, error));
    d->story.argon2_mebibytes = status.argon2_memory_kib / 1024.0;
    mien_story_tell(&d->story, status.failures == 2 ? MIEN_STORY_DONE : MIEN_STORY_FAILED, 0,
                    "The counter saw it",
                    "%u failed attempts were written down before anything was decoded. From the "
                    "fifth on one has to wait, longer each time; after ten only the words help.",
                    (unsigned)status.failures);
    return MIEN_OK;
}

/* Digest and words of the payment of `satoshis`, as a signer reviews it. */
static mien_status review_payment(demo *d, uint8_t digest[32], uint64_t satoshis, char *words,
                                  size_t capacity, mien_error *error) {
    uint8_t bytes[MIEN_DEMO_PSBT_MAX];
    size_t length;
    const char *text = "";
    mien_psbt psbt = {0};
    mien_bitcoin_review review = {0};
    mien_bitcoin_limits limits = mien_bitcoin_limits_default();
    mien_bitcoin_account account =
        mien_accounts_bitcoin(&d->accounts, MIEN_BITCOIN_TESTNET, MIEN_SCRIPT_P2WPKH);
    mien_bitcoin_keys keys = mien_accounts_keys(&d->accounts);
    mien_status status = mien_demo_psbt(bytes, &length, &account, satoshis);
    if (status == MIEN_OK) status = mien_psbt_parse(&psbt, bytes, length, error);
    if (status == MIEN_OK)
        status =
            mien_bitcoin_review_psbt(&review, &psbt, MIEN_BITCOIN_TESTNET, &keys, &limits, error);
    if (status == MIEN_OK) status = mien_bitcoin_review_words(&text, &review);
    if (status == MIEN_OK) memcpy(digest, review.digest, 32);
    if (words != NULL) snprintf(words, capacity, "%s", text);
    mien_bitcoin_review_destroy(&review);
    mien_psbt_destroy(&psbt);
    return status;
}

static mien_status show_payment(demo *d, mien_error *error) {
    MIEN_TRY(review_payment(d, d->digest, AMOUNT, d->story.words, sizeof d->story.words, error));
    mien_story_tell(&d->story, MIEN_STORY_DONE, 0, "The payment in words, before any face", "%s",
                    d->story.words);
    return MIEN_OK;
}

static mien_status prove_payment(demo *d, mien_error *error) {
    static const uint8_t no_nonce[MIEN_PROOF_NONCE_SIZE];
    mien_cli_verdict verdict;
    mien_progress progress = mien_cli_progress(d->cli);
    MIEN_TRY(mien_cli_prove(&d->proof, d->session, d->digest, no_nonce, 0, NULL, &progress, error));
    d->story.prove = d->proof.milliseconds;
    d->story.proof_bytes = d->proof.length;
    d->story.prover_bytes = d->proof.workspace_bytes;
    mien_story_tell(&d->story, MIEN_STORY_DONE, d->story.prove, "A proof that the face matched",
                    "%zu bytes, zero-knowledge, bound to this payment's digest.", d->proof.length);
    MIEN_TRY(mien_cli_verify(&verdict, d->proof.bytes, d->proof.length, &d->proof.record, d->digest,
                             0, error));
    d->story.verify = verdict.milliseconds;
    d->story.verifier_bytes = verdict.workspace_bytes;
    mien_story_tell(&d->story, MIEN_STORY_DONE, d->story.verify, "The proof is checked",
                    "It holds. The verifier needs the proof, the public record and the digest, no "
                    "wallet, and %zu kB of memory.",
                    (verdict.workspace_bytes + 999) / 1000);
    return MIEN_OK;
}

/* A's proof with its header rewritten to fit another record or digest, as a forger would do: then
 * only the mathematics can tell. */
static mien_status forge(demo *d, const mien_record *record, const uint8_t digest[32],
                         mien_error *why, double *milliseconds) {
    mien_proof_file file;
    mien_cli_verdict verdict;
    uint8_t *forged = malloc(d->proof.length);
    if (forged == NULL) return MIEN_MEMORY;
    memcpy(forged, d->proof.bytes, d->proof.length);
    mien_status status = mien_proof_file_decode(&file, d->proof.bytes, d->proof.length);
    mien_proof_binding binding = {.expiry = file.expiry};
    memcpy(binding.bind, digest, sizeof binding.bind);
    memcpy(binding.nonce, file.nonce, sizeof binding.nonce);
    memcpy(binding.service, record->service, sizeof binding.service);
    mien_proof_context(file.context, &binding);
    if (status == MIEN_OK) status = mien_record_digest(file.record_digest, record);
    if (status == MIEN_OK) status = mien_proof_file_header(forged, &file);
    double start = mien_cli_milliseconds();
    if (status == MIEN_OK)
        status = mien_cli_verify(&verdict, forged, d->proof.length, record, digest, 0, why);
    *milliseconds = mien_cli_milliseconds() - start;
    free(forged);
    return status;
}

/* Refused as it is, and refused when dressed up. */
static void must_not_pass(demo *d, const mien_record *record, const uint8_t digest[32],
                          const char *title, const char *forged_title) {
    mien_cli_verdict verdict;
    mien_error why = {0};
    double milliseconds = 0;
    mien_status status =
        mien_cli_verify(&verdict, d->proof.bytes, d->proof.length, record, digest, 0, &why);
    must_refuse(d, status, MIEN_PROOF_INVALID, 0, title, mien_error_words(&why));
    why = (mien_error){0};
    status = forge(d, record, digest, &why, &milliseconds);
    must_refuse(d, status, MIEN_PROOF_INVALID, milliseconds, forged_title, mien_error_words(&why));
}

static mien_status changed_payment(demo *d, mien_error *error) {
    uint8_t digest[32];
    MIEN_TRY(review_payment(d, digest, AMOUNT + 1, NULL, 0, error));
    must_not_pass(d, &d->proof.record, digest, "The payment, changed by one satoshi",
                  "The same, with the proof's header rewritten to fit");
    return MIEN_OK;
}

/* One byte at a time, over the whole file. */
static mien_status changed_proof(demo *d) {
    mien_cli_verdict verdict;
    size_t refused = 0;
    double start = mien_cli_milliseconds();
    for (size_t i = 0; i < CHANGES; i++) {
        uint8_t *byte = &d->proof.bytes[i * (d->proof.length - 1) / (CHANGES - 1)];
        *byte ^= 0x10;
        refused += mien_cli_verify(&verdict, d->proof.bytes, d->proof.length, &d->proof.record,
                                   d->digest, 0, NULL) == MIEN_PROOF_INVALID;
        *byte ^= 0x10;
        if (mien_console_interrupted()) return MIEN_INTERRUPTED;
    }
    mien_story_tell(&d->story, refused == CHANGES ? MIEN_STORY_REFUSED : MIEN_STORY_FAILED,
                    mien_cli_milliseconds() - start, "The proof, changed by one bit",
                    "%zu of %d changed proofs were refused, from the first byte to the last.",
                    refused, CHANGES);
    return MIEN_OK;
}

/* The frame nearest to the enrolment, through the whole network. */
static mien_status prove_network(demo *d, mien_error *error) {
    static const uint8_t no_nonce[MIEN_PROOF_NONCE_SIZE];
    const mien_cli_face_options options = {mien_cli_value(d->cli, "models"), 2, NULL};
    const uint8_t *crops[MIEN_WALLET_MAX_FRAMES];
    mien_cli_seen seen = {d->cast.back.frames, crops, d->cast.back.count};
    mien_progress progress = mien_cli_progress(d->cli);
    for (size_t i = 0; i < seen.count; i++) crops[i] = d->cast.back.views[i].crop;
    MIEN_TRY(mien_cli_prove_face(&d->face, d->session, &seen, &options, d->digest, no_nonce, 0,
                                 NULL, &progress, error));
    d->story.prove_face = d->face.milliseconds;
    d->story.face_bytes = d->face.length;
    mien_story_tell(&d->story, MIEN_STORY_DONE, d->story.prove_face, "A proof of the whole network",
                    "%zu bytes: the public network itself, all its layers, computed a matching "
                    "embedding from one frame, which stays hidden behind a commitment.",
                    d->face.length);
    return MIEN_OK;
}

static mien_status check_network(demo *d, mien_error *error) {
    mien_cli_verdict verdict;
    mien_cli_proof *face = &d->face;
    const char *models = mien_cli_value(d->cli, "models");
    MIEN_TRY(mien_cli_verify_face(&verdict, face->bytes, face->length, &face->record, d->digest, 0,
                                  models, NULL, error));
    mien_story_tell(&d->story, MIEN_STORY_DONE, verdict.milliseconds, "That proof is checked",
                    "It holds, with %.0f bits of proven soundness. Whoever checks needs the "
                    "network's file, the record and the digest, and learns nothing else.",
                    verdict.bits);
    size_t refused = 0;
    double start = mien_cli_milliseconds();
    for (size_t i = 0; i < FACE_CHANGES; i++) {
        uint8_t *byte = &face->bytes[i * (face->length - 1) / (FACE_CHANGES - 1)];
        *byte ^= 0x04;
        refused += mien_cli_verify_face(&verdict, face->bytes, face->length, &face->record,
                                        d->digest, 0, models, NULL, NULL) == MIEN_PROOF_INVALID;
        *byte ^= 0x04;
    }
    mien_story_tell(&d->story, refused == FACE_CHANGES ? MIEN_STORY_REFUSED : MIEN_STORY_FAILED,
                    mien_cli_milliseconds() - start, "The network's proof, changed by one bit",
                    "%zu of %d changed proofs were refused.", refused, FACE_CHANGES);
    return MIEN_OK;
}

/* B makes a wallet of her own, without a PIN, and opens it. */
static mien_status live_as_b(demo *d, mien_wallet *wallet, mien_record *record, mien_error *error) {
    mien_wallet_enrolment enrolment;
    mien_wallet_session *session;
    uint8_t service[32];
    mien_record_service(service, "demo", 4);
    MIEN_TRY(mien_wallet_init(wallet, d->seed, NULL, error));
    MIEN_TRY(mien_wallet_enrol(wallet, NULL, &enrolment, d->cast.other.frames, d->cast.other.count,
                               NULL, d->cast.model_digest, service, error));
    double start = mien_cli_milliseconds();
    MIEN_TRY(mien_wallet_unlock(wallet, &session, d->cast.other.frames, d->cast.other.count, NULL,
                                d->cast.model_digest, error));
    d->story.unlock_bare =
        mien_cli_milliseconds() - start +
        (double)d->cast.other.count * (d->story.look[0] + d->story.look[1] + d->story.look[2]);
    mien_wallet_lock(session);
    *record = enrolment.record;
    return MIEN_OK;
}

static mien_status record_of_b(demo *d, mien_record *record, mien_error *error) {
    char folder[sizeof d->home + 4];
    mien_wallet *wallet = NULL;
    snprintf(folder, sizeof folder, "%s/b", d->home);
    if (setenv("MIEN_HOME", folder, 1) != 0) return MIEN_MEMORY;
    mien_status status = mien_cli_wallet_open(&wallet, error);
    if (status == MIEN_OK) status = live_as_b(d, wallet, record, error);
    mien_wallet_close(wallet);
    snprintf(folder, sizeof folder, "%s/a", d->home);
    return setenv("MIEN_HOME", folder, 1) == 0 ? status : MIEN_MEMORY;
}

static mien_status other_record(demo *d, mien_error *error) {
    mien_record record;
    MIEN_TRY(record_of_b(d, &record, error));
    must_not_pass(d, &record, d->digest, "A's proof, shown as B's",
                  "The same, with B's record named in the header");
    return MIEN_OK;
}

/* The face once more, as before every signature; the root key for what follows. */
static mien_status unlock_root(demo *d, mien_cli_root *root, mien_error *error) {
    mien_wallet_lock(d->session);
    d->session = NULL;
    MIEN_TRY(mien_wallet_unlock(d->wallet, &d->session, d->cast.signing.frames,
                                d->cast.signing.count, &right_pin, d->cast.model_digest, error));
    return mien_cli_root_open(root, mien_wallet_session_seed(d->session), error);
}

static mien_status sign_psbt(demo *d, mien_psbt *psbt, const mien_cli_root *root,
                             mien_error *error) {
    size_t signed_inputs = 0, finished = 0;
    mien_view raw;
    mien_random random = mien_random_system();
    mien_bitcoin_limits limits = mien_bitcoin_limits_default();
    double start = mien_cli_milliseconds();
    MIEN_TRY(mien_bitcoin_sign_psbt(psbt, &signed_inputs, root->curve, root->key,
                                    MIEN_BITCOIN_TESTNET, &limits, d->digest, &random, error));
    d->story.sign = mien_cli_milliseconds() - start;
    MIEN_TRY(mien_psbt_finalize(psbt, &finished, error));
    MIEN_TRY(mien_psbt_extract(&raw, psbt, error));
    mien_story_tell(&d->story,
                    signed_inputs == 1 && finished == 1 ? MIEN_STORY_DONE : MIEN_STORY_FAILED,
                    d->story.sign, "The Bitcoin payment is signed",
                    "The signature was checked against the address's key while finishing the "
                    "transaction: %zu bytes, ready for the network.",
                    raw.length);
    return MIEN_OK;
}

static mien_status sign_bitcoin(demo *d, const mien_cli_root *root, mien_error *error) {
    uint8_t bytes[MIEN_DEMO_PSBT_MAX];
    size_t length;
    mien_psbt psbt = {0};
    mien_bitcoin_account account =
        mien_accounts_bitcoin(&d->accounts, MIEN_BITCOIN_TESTNET, MIEN_SCRIPT_P2WPKH);
    MIEN_TRY(mien_demo_psbt(bytes, &length, &account, AMOUNT));
    mien_status status = mien_psbt_parse(&psbt, bytes, length, error);
    if (status == MIEN_OK) status = sign_psbt(d, &psbt, root, error);
    mien_psbt_destroy(&psbt);
    return status;
}

/* Sign, then read the raw bytes back as a node would: who signed this? */
static mien_status ethereum_bytes(demo *d, mien_arena *arena, const mien_cli_root *root,
                                  const mien_ethereum_transaction *transaction,
                                  const uint8_t from[MIEN_ETHEREUM_ADDRESS_SIZE],
                                  mien_error *error) {
    mien_ethereum_signature signature;
    mien_ethereum_transaction again;
    uint8_t hash[32], signer[MIEN_ETHEREUM_ADDRESS_SIZE];
    char text[MIEN_ETHEREUM_ADDRESS_TEXT];
    mien_view raw;
    mien_hd_path path;
    void *memory;
    MIEN_TRY(mien_secret_alloc(&memory, sizeof(mien_hd_private), error));
    mien_hd_private *key = memory;
    mien_ethereum_path(&path, 0);
    double start = mien_cli_milliseconds();
    mien_status status = mien_hd_private_derive(root->curve, key, root->key, &path);
    if (status == MIEN_OK)
        status =
            mien_ethereum_sign(&raw, hash, &signature, arena, root->curve, transaction, key->key);
    mien_secret_free(memory);
    MIEN_TRY(status);
    double signing = mien_cli_milliseconds() - start;
    MIEN_TRY(mien_ethereum_read_signed(&again, &signature, signer, arena, raw, error));
    mien_ethereum_address_text(text, signer);
    bool same = memcmp(signer, from, sizeof signer) == 0;
    mien_story_tell(&d->story, same ? MIEN_STORY_DONE : MIEN_STORY_FAILED, signing,
                    "The Ethereum transaction is signed",
                    "Recovered from the %zu raw bytes as a node does it, the sender is %s, %s.",
                    raw.length, text, same ? "A's address" : "NOT A's address");
    return MIEN_OK;
}

static mien_status sign_ethereum(demo *d, const mien_cli_root *root, mien_error *error) {
    char json[MIEN_DEMO_JSON_MAX];
    uint8_t from[MIEN_ETHEREUM_ADDRESS_SIZE];
    bool has_from;
    mien_ethereum_transaction transaction;
    mien_ethereum_review review;
    mien_ethereum_limits limits = mien_ethereum_limits_default();
    mien_arena arena = mien_arena_of((size_t)1 << 20);
    MIEN_TRY(mien_ethereum_account_address(from, &d->accounts.ethereum, 0));
    mien_demo_ethereum(json, from, ETHER_GWEI);
    mien_status status =
        mien_ethereum_read_text(&transaction, from, &has_from, &arena, json, strlen(json), error);
    if (status == MIEN_OK)
        status =
            mien_ethereum_review_transaction(&review, &arena, &transaction, from, &limits, error);
    if (status == MIEN_OK) {
        snprintf(d->story.ethereum_words, sizeof d->story.ethereum_words, "%s", review.words);
        status = ethereum_bytes(d, &arena, root, &transaction, from, error);
    }
    mien_arena_clear(&arena);
    return status;
}

static mien_status sign_both(demo *d, mien_error *error) {
    mien_cli_root root = {0};
    mien_status status = unlock_root(d, &root, error);
    if (status == MIEN_OK) status = sign_bitcoin(d, &root, error);
    if (status == MIEN_OK) status = sign_ethereum(d, &root, error);
    mien_cli_root_close(&root);
    return status;
}

/* Every embedding and a row of every crop, looked for in every file of both wallets. */
static mien_status search_disk(demo *d, mien_error *error) {
    mien_scan scan = {0};
    mien_wallet_status status;
    const mien_cast *cast = &d->cast;
    const mien_cast_scene scenes[] = {cast->enrol, cast->back, cast->signing, cast->other};
    for (size_t i = 0; i < sizeof scenes / sizeof scenes[0]; i++) {
        mien_scan one = {0};
        const mien_face_view *view = scenes[i].views;
        MIEN_TRY(mien_scan_folder(&one, d->home, view->embedding, scenes[i].count, 32, sizeof *view,
                                  error));
        scan.found += one.found;
        one.found = 0;
        MIEN_TRY(
            mien_scan_folder(&one, d->home, view->crop, scenes[i].count, 64, sizeof *view, error));
        scan.found += one.found;
        scan.files = one.files / 2;
        scan.bytes = one.bytes / 2;
    }
    MIEN_TRY(mien_wallet_get_status(d->wallet, &status, error));
    mien_story_tell(&d->story,
                    scan.found == 0 && scan.files != 0 ? MIEN_STORY_DONE : MIEN_STORY_FAILED, 0,
                    "What the disk knows",
                    "%zu files with %zu bytes were searched for every embedding and every crop: "
                    "found %zu times.",
                    scan.files, scan.bytes, scan.found);
    return MIEN_OK;
}

typedef struct scene {
    const char *chapter, *title;
    mien_status (*play)(demo *d, mien_error *error);
} scene;

static mien_status play_changed_proof(demo *d, mien_error *error) {
    (void)error;
    return changed_proof(d);
}

static const scene scenes[] = {
    {"A wallet and a face", "A new wallet", init_wallet},
    {NULL, "A enrols", enrol},
    {"Coming back", "A comes back", come_back},
    {"Somebody else", "Others try", others_try},
    {"A payment and a proof", "The payment in words", show_payment},
    {NULL, "A proof that the face matched", prove_payment},
    {NULL, "A proof of the whole network", prove_network},
    {"Cheating", "A changed payment", changed_payment},
    {NULL, "A changed proof", play_changed_proof},
    {NULL, "The network's proof", check_network},
    {NULL, "Another record", other_record},
    {"Signing", "Signing", sign_both},
    {"Afterwards", "What the disk knows", search_disk},
};

static mien_status play(demo *d, mien_error *error) {
    for (size_t i = 0; i < sizeof scenes / sizeof scenes[0]; i++) {
        mien_error why = {0};
        if (scenes[i].chapter != NULL) mien_story_chapter(&d->story, scenes[i].chapter);
        mien_status status = need(d, scenes[i].play(d, &why), scenes[i].title, &why);
        if (status == MIEN_OK) continue;
        if (status == MIEN_INTERRUPTED) return status;
        return mien_fail(error, status, "%s: %s", scenes[i].title,
                         why.status == status ? mien_error_words(&why) : mien_status_text(status));
    }
    return MIEN_OK;
}

static mien_status make_home(demo *d, mien_error *error) {
    const char *base = getenv("TMPDIR");
    char folder[sizeof d->home + 4];
    if (base == NULL || strlen(base) > sizeof d->home - 24) base = "/tmp";
    snprintf(d->home, sizeof d->home, "%s/mien-demo-XXXXXX", base);
    if (mkdtemp(d->home) == NULL) {
        d->home[0] = '\0';
        return mien_fail(error, MIEN_IO, "no temporary folder can be made in %s", base);
    }
    snprintf(folder, sizeof folder, "%s/a", d->home);
    return setenv("MIEN_HOME", folder, 1) == 0 ? MIEN_OK : MIEN_MEMORY;
}

static void clean_up(demo *d) {
    mien_wallet_lock(d->session);
    mien_wallet_close(d->wallet);
    mien_secret_free(d->seed);
    mien_secret_free(d->mnemonic);
    free(d->proof.bytes);
    free(d->face.bytes);
    mien_cast_close(&d->cast);
    if (d->home[0] != '\0' && !mien_folder_erase(d->home))
        mien_cli_say(d->cli, "%s could not be removed; please do", d->home);
}

static mien_status write_report(demo *d, const char *path, mien_error *error) {
    char *text = NULL;
    size_t length = 0;
    MIEN_TRY(mien_story_report(&text, &length, &d->story));
    mien_status status = mien_file_write(path, text, length, MIEN_FILE_PUBLIC, error);
    free(text);
    return status;
}

static mien_status result_json(json_t *out, const mien_story *story, const char *path) {
    json_t *steps = json_array();
    static const char *const moods[] = {"done", "refused", "wrong"};
    MIEN_TRY(mien_json_set(out, "steps", steps));
    for (size_t i = 0; i < story->step_count; i++) {
        json_t *step = json_pack("{s:s, s:s, s:s, s:f}", "title", story->steps[i].title, "outcome",
                                 moods[story->steps[i].mood], "words", story->steps[i].words,
                                 "milliseconds", story->steps[i].milliseconds);
        if (step == NULL || json_array_append_new(steps, step) != 0) return MIEN_MEMORY;
    }
    MIEN_TRY(mien_json_set(out, "look_milliseconds",
                           json_pack("[f, f, f]", story->look[0], story->look[1], story->look[2])));
    MIEN_TRY(mien_json_set(out, "unlock_milliseconds", json_real(story->unlock)));
    MIEN_TRY(mien_json_set(out, "unlock_without_pin_milliseconds", json_real(story->unlock_bare)));
    MIEN_TRY(mien_json_set(out, "prove_milliseconds", json_real(story->prove)));
    MIEN_TRY(mien_json_set(out, "verify_milliseconds", json_real(story->verify)));
    MIEN_TRY(mien_json_set(out, "proof_bytes", json_integer((json_int_t)story->proof_bytes)));
    MIEN_TRY(mien_json_set(out, "prove_face_milliseconds", json_real(story->prove_face)));
    MIEN_TRY(mien_json_set(out, "face_proof_bytes", json_integer((json_int_t)story->face_bytes)));
    MIEN_TRY(mien_json_set(out, "seconds", json_real(story->total_seconds)));
    return mien_json_set(out, "report", json_string(path));
}

static mien_status finish(demo *d, mien_status played, mien_error *error) {
    mien_story *story = &d->story;
    const char *path = mien_cli_value(d->cli, "out");
    char resolved[MIEN_PATH_SIZE], *absolute;
    if (path == NULL) path = "mien-demo.html";
    MIEN_TRY(write_report(d, path, played == MIEN_OK ? error : NULL));
    absolute = realpath(path, resolved);
    if (played != MIEN_OK) {
        mien_cli_say(d->cli, "The report tells what went wrong: %s", path);
        return played;
    }
    if (story->failures != 0)
        return mien_fail(error, MIEN_INTERNAL, "%zu steps did not end as they should; see %s",
                         story->failures, path);
    fprintf(d->cli->text, "\nAll %zu steps ended as they should, in %.1f seconds.\nReport: %s\n",
            story->step_count, story->total_seconds, absolute != NULL ? absolute : path);
    return result_json(d->cli->result, story, absolute != NULL ? absolute : path);
}

mien_status mien_demo_run(mien_cli *cli, mien_error *error) {
    if (cli->operand_count == 1)
        return mien_fail(error, MIEN_USAGE, "two folders are needed, of person A and of person B");
    demo *d = calloc(1, sizeof *d);
    if (d == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for the demonstration");
    double start = mien_cli_milliseconds();
    d->cli = d->story.cli = cli;
    d->story.simulated = cli->operand_count == 0;
    d->story.term_count =
        mien_match_security(d->story.terms, MIEN_STORY_TERMS, mien_proof_parameters_default());
    if (d->story.term_count > MIEN_STORY_TERMS) d->story.term_count = MIEN_STORY_TERMS;
    mien_story_chapter(&d->story, "Looking at the pictures");
    mien_status status = make_home(d, error);
    if (status == MIEN_OK)
        status =
            mien_cast_open(&d->cast, &d->story, d->story.simulated ? NULL : cli->operands, error);
    if (status == MIEN_OK) {
        status = play(d, error);
        d->story.total_seconds = (mien_cli_milliseconds() - start) * 1e-3;
        if (status != MIEN_INTERRUPTED) status = finish(d, status, error);
    }
    clean_up(d);
    mien_story_clear(&d->story);
    free(d);
    return status;
}
