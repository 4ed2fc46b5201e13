/* SPDX-License-Identifier: MIT */
#include "wallet/cli/root.h"

#include "platform/memory/secret.h"

mien_status mien_cli_root_open(mien_cli_root *root, const uint8_t seed[MIEN_WALLET_SEED_SIZE],
                               mien_error *error) {
    *root = (mien_cli_root){0};
    mien_random random = mien_random_system();
    void *memory;
    MIEN_TRY(mien_secret_alloc(&memory, sizeof *root->key, error));
    root->key = memory;
    mien_status status = mien_curve_create(&root->curve, &random);
    if (status == MIEN_OK) status = mien_hd_master(root->key, seed, MIEN_WALLET_SEED_SIZE);
    if (status == MIEN_OK) return MIEN_OK;
    mien_cli_root_close(root);
    return mien_fail(error, status, "the root key could not be made: %s", mien_status_text(status));
}

void mien_cli_root_close(mien_cli_root *root) {
    mien_curve_destroy(root->curve);
    mien_secret_free(root->key);
    *root = (mien_cli_root){0};
}
