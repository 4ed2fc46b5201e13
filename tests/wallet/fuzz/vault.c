/* SPDX-License-Identifier: MIT */
/* Vault files under a known device secret: what is read has one encoding, and bytes that no one
 * sealed never open. */
#include <stdlib.h>
#include <string.h>

#include "wallet/vault/seal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const uint8_t secret[MIEN_KEY_SIZE] = {1};
    static uint8_t head[MIEN_VAULT_MAX_SIZE];
    mien_vault vault;
    mien_vault_content content = {0};
    size_t length;
    if (mien_vault_decode(&vault, data, size) != MIEN_OK) return 0;
    if (mien_vault_encode_head(head, sizeof head, &length, &vault) != MIEN_OK) abort();
    if (length != vault.before_body || memcmp(head, data, length) != 0) abort();
    if (mien_vault_check(&vault, secret) == MIEN_OK) abort();
    if (vault.slots == 0 && mien_vault_open_faceless(&vault, &content, secret) == MIEN_OK) abort();
    return 0;
}
