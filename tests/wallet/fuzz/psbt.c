/* SPDX-License-Identifier: MIT */
/* A PSBT from anybody: parsed, written back to the same bytes, reviewed and signed with every limit
 * lifted, combined with itself, finished, extracted. Nothing here may crash, leak or write out of
 * bounds. */
#include <stdlib.h>

#include "wallet/bitcoin/psbt_input.h"
#include "wallet/bitcoin/review.h"

static mien_curve *curve;
static mien_hd_private root;
static mien_random random_source;

/* The root of the stored vectors' first PSBT, so that the corpus has inputs that are ours. */
static void prepare(void) {
    static uint8_t seed[64];
    random_source = mien_random_system();
    if (curve != NULL) return;
    for (int i = 0; i < 64; i++) seed[i] = (uint8_t)i;
    if (mien_curve_create(&curve, &random_source) != MIEN_OK ||
        mien_hd_master(&root, seed, sizeof seed) != MIEN_OK)
        abort();
}

static void check_written(const mien_psbt *psbt, const uint8_t *data, size_t length) {
    size_t size = mien_psbt_size(psbt);
    uint8_t *bytes = malloc(size);
    mien_writer writer = mien_writer_of(bytes, size);
    if (bytes == NULL || mien_psbt_write(&writer, psbt) != MIEN_OK || writer.used != size) abort();
    if (length >= 5 && data[4] == 0xff && (size != length || memcmp(bytes, data, size) != 0))
        abort();
    free(bytes);
}

static void use(mien_psbt *psbt, const mien_psbt *other) {
    mien_bitcoin_limits limits = {.unproven_amounts = true, .any_path = true};
    mien_bitcoin_root_keys state;
    mien_bitcoin_keys keys;
    mien_bitcoin_review review;
    mien_error error;
    const char *words;
    size_t made, finished;
    mien_view raw;
    if (mien_bitcoin_keys_of_root(&keys, &state, curve, &root) != MIEN_OK) abort();
    if (mien_bitcoin_review_psbt(&review, psbt, MIEN_BITCOIN_REGTEST, &keys, &limits, &error) ==
        MIEN_OK) {
        if (mien_bitcoin_review_words(&words, &review) != MIEN_OK) abort();
        if (review.fee != review.input_total - review.output_total) abort();
        mien_status status = mien_bitcoin_sign_psbt(psbt, &made, curve, &root, MIEN_BITCOIN_REGTEST,
                                                    &limits, review.digest, &random_source, &error);
        if (status != MIEN_OK) abort(); /* what passes review can be signed */
        mien_bitcoin_review_destroy(&review);
    }
    if (mien_psbt_combine(psbt, other, &error) != MIEN_OK) abort();
    if (mien_psbt_finalize(psbt, &finished, &error) == MIEN_OK &&
        mien_psbt_extract(&raw, psbt, &error) == MIEN_OK && raw.length == 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length) {
    mien_psbt psbt, other;
    mien_error error;
    prepare();
    if (mien_psbt_parse(&psbt, data, length, &error) != MIEN_OK) return 0;
    if (mien_psbt_parse(&other, data, length, &error) != MIEN_OK) abort();
    check_written(&psbt, data, length);
    use(&psbt, &other);
    mien_psbt_destroy(&psbt);
    mien_psbt_destroy(&other);
    return 0;
}
