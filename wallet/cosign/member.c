/* SPDX-License-Identifier: MIT */
#include "wallet/cosign/member.h"

#include <stdio.h>
#include <string.h>

#include "platform/base/bytes.h"
#include "platform/memory/secret.h"
#include "wallet/encoding/hex.h"
#include "wallet/proof/sureness.h"

void mien_cosign_bitcoin_path(mien_hd_path *out, mien_bitcoin_network network, uint32_t number) {
    *out = (mien_hd_path){4,
                          {MIEN_HARDENED | 48,
                           MIEN_HARDENED | mien_bitcoin_parameters(network)->coin_type,
                           MIEN_HARDENED | number, MIEN_HARDENED | 2}};
}

static mien_status derive_public(mien_hd_public *out, const mien_cosign_root *root,
                                 const mien_hd_path *path, mien_error *error) {
    void *memory;
    MIEN_TRY(mien_secret_alloc(&memory, sizeof(mien_hd_private), error));
    mien_status status = mien_hd_private_derive(root->curve, memory, root->key, path);
    if (status == MIEN_OK) status = mien_hd_neuter(root->curve, out, memory);
    mien_secret_free(memory);
    return status;
}

/* "[fingerprint/48'/1'/0'/2']tpub..." */
static mien_status key_text(char *out, size_t capacity, const mien_cosign_root *root,
                            mien_bitcoin_network network, uint32_t number, mien_error *error) {
    mien_hd_path path, top = {0};
    mien_hd_public root_key, key;
    uint8_t fingerprint[MIEN_FINGERPRINT_SIZE];
    char hex[9], path_text[MIEN_HD_PATH_TEXT], xpub[MIEN_HD_TEXT];
    mien_cosign_bitcoin_path(&path, network, number);
    MIEN_TRY(derive_public(&root_key, root, &top, error));
    MIEN_TRY(derive_public(&key, root, &path, error));
    mien_hd_fingerprint(fingerprint, root_key.key);
    mien_hex_encode(hex, fingerprint, sizeof fingerprint);
    mien_hd_path_text(path_text, &path);
    MIEN_TRY(mien_hd_public_text(xpub, &key, mien_bitcoin_parameters(network)->public));
    int length = snprintf(out, capacity, "[%s%s]%s", hex, path_text + 1, xpub);
    return length > 0 && (size_t)length < capacity ? MIEN_OK : MIEN_TOO_LARGE;
}

static mien_status read_record(mien_cosign_member *member, const json_t *object,
                               mien_error *error) {
    uint8_t bytes[MIEN_RECORD_SIZE];
    MIEN_TRY(mien_json_get_hex(bytes, sizeof bytes, object, "record", error));
    mien_status status = mien_record_decode(&member->record, bytes, sizeof bytes);
    return status == MIEN_OK ? status
                             : mien_fail(error, status, "the record is none of this version");
}

/* What is accepted is written down once, at registration: no request can choose anything less. */
static mien_status read_statements(mien_cosign_member *member, const json_t *object,
                                   mien_error *error) {
    json_t *list = json_object_get(object, "statements");
    if (list == NULL) {
        member->takes_face = true;
        return MIEN_OK;
    }
    MIEN_TRY(mien_json_get_array(&list, object, "statements", error));
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = json_string_value(json_array_get(list, i));
        bool *taken = name == NULL                              ? NULL
                      : strcmp(name, MIEN_STATEMENT_MATCH) == 0 ? &member->takes_match
                      : strcmp(name, MIEN_STATEMENT_FACE) == 0  ? &member->takes_face
                                                                : NULL;
        if (taken == NULL || *taken)
            return mien_fail(error, MIEN_UNSUPPORTED,
                             "the statements that are checked here, each once: \"%s\", \"%s\"",
                             MIEN_STATEMENT_MATCH, MIEN_STATEMENT_FACE);
        *taken = true;
    }
    return member->takes_match || member->takes_face
               ? MIEN_OK
               : mien_fail(error, MIEN_UNSUPPORTED, "\"statements\" names none");
}

static mien_status read_bits(mien_cosign_member *member, const json_t *object, mien_error *error) {
    int64_t bits = MIEN_SURENESS_LEAST;
    if (json_object_get(object, "bits") != NULL)
        MIEN_TRY(mien_json_get_integer(&bits, object, "bits", MIEN_SURENESS_LEAST,
                                       MIEN_SURENESS_MOST, error));
    member->bits = (unsigned)bits;
    return MIEN_OK;
}

static mien_status read_policy(mien_cosign_member *member, const json_t *object,
                               mien_error *error) {
    const char *text;
    MIEN_TRY(mien_json_get_string(&text, object, "policy", error));
    return mien_policy_parse(&member->policy, text, strlen(text), error);
}

/* A key expression as descriptors have it, without the steps behind it. */
static mien_status get_key(const char **out, const json_t *object, const char *name,
                           mien_error *error) {
    MIEN_TRY(mien_json_get_string(out, object, name, error));
    if (strlen(*out) > 400 || strpbrk(*out, "(),#{}<>*; ") != NULL)
        return mien_fail(error, MIEN_FORMAT, "\"%s\" is no [fingerprint/path]xpub", name);
    return MIEN_OK;
}

static bool same_key(const mien_descriptor_key *a, const mien_descriptor_key *b) {
    return memcmp(a->extended.key, b->extended.key, MIEN_PUBLIC_KEY_SIZE) == 0 ||
           memcmp(a->fingerprint, b->fingerprint, MIEN_FINGERPRINT_SIZE) == 0;
}

/* Three ranged keys, each of another root. */
static mien_status check_keys(const mien_descriptor *d, mien_error *error) {
    for (int i = 0; i < d->key_count; i++)
        if (!d->keys[i].has_origin || !d->keys[i].is_extended || !d->keys[i].wildcard ||
            d->keys[i].step_count != 1 || d->keys[i].fork != 0)
            return mien_fail(error, MIEN_FORMAT, "each key is [fingerprint/path]xpub");
    if (d->key_count != 3 || d->required != 2)
        return mien_fail(error, MIEN_FORMAT, "user and recovery are one key each");
    if (same_key(&d->keys[0], &d->keys[1]) || same_key(&d->keys[1], &d->keys[2]) ||
        same_key(&d->keys[0], &d->keys[2]))
        return mien_fail(error, MIEN_ARGUMENT, "user, co-signer and recovery must be different");
    return MIEN_OK;
}

static mien_status read_bitcoin(mien_cosign_member *member, const json_t *object, uint32_t number,
                                const mien_cosign_root *root, mien_error *error) {
    static const char *const keys[] = {"network", "user", "recovery", NULL};
    const char *network, *user, *recovery;
    char ours[MIEN_HD_TEXT + MIEN_HD_PATH_TEXT + 16];
    MIEN_TRY(mien_json_only_keys(object, keys, error));
    MIEN_TRY(mien_json_get_string(&network, object, "network", error));
    if (mien_bitcoin_network_named(&member->network, network) != MIEN_OK)
        return mien_fail(error, MIEN_FORMAT, "unknown network");
    MIEN_TRY(get_key(&user, object, "user", error));
    MIEN_TRY(get_key(&recovery, object, "recovery", error));
    MIEN_TRY(key_text(ours, sizeof ours, root, member->network, number, error));
    int length =
        snprintf(member->descriptor_text, sizeof member->descriptor_text,
                 "wsh(sortedmulti(2,%s/<0;1>/*,%s/<0;1>/*,%s/<0;1>/*))", user, ours, recovery);
    if (length <= 0 || (size_t)length + 10 > sizeof member->descriptor_text) return MIEN_TOO_LARGE;
    MIEN_TRY(
        mien_descriptor_parse(&member->descriptor, member->descriptor_text, (size_t)length, error));
    MIEN_TRY(check_keys(&member->descriptor, error));
    if ((member->descriptor.network == MIEN_BITCOIN_MAINNET) !=
        (member->network == MIEN_BITCOIN_MAINNET))
        return mien_fail(error, MIEN_ARGUMENT, "the keys are of another network");
    member->descriptor_text[length] = '#';
    MIEN_TRY(mien_descriptor_checksum(member->descriptor_text + length + 1, member->descriptor_text,
                                      (size_t)length));
    member->has_bitcoin = true;
    return MIEN_OK;
}

static mien_status read_ethereum(mien_cosign_member *member, const json_t *object,
                                 const char *contract, uint32_t number,
                                 const mien_cosign_root *root, mien_error *error) {
    static const char *const keys[] = {"chain_id", NULL};
    int64_t chain;
    mien_hd_public key;
    mien_hd_path path = {5, {MIEN_HARDENED | 44, MIEN_HARDENED | 60, MIEN_HARDENED | number, 0, 0}};
    MIEN_TRY(mien_json_only_keys(object, keys, error));
    MIEN_TRY(mien_json_get_integer(&chain, object, "chain_id", 1, INT64_MAX, error));
    MIEN_TRY(derive_public(&key, root, &path, error));
    MIEN_TRY(mien_ethereum_address(member->attestor, key.key));
    member->chain_id = (uint64_t)chain;
    member->has_ethereum = true;
    member->has_contract = contract[0] != '\0';
    if (!member->has_contract) return MIEN_OK;
    return mien_ethereum_address_parse(member->contract, contract, strlen(contract));
}

static mien_status read_object(mien_cosign_member *member, const json_t *object,
                               const char *contract, uint32_t number, const mien_cosign_root *root,
                               mien_error *error) {
    static const char *const keys[] = {"record",  "statements", "bits", "policy",
                                       "bitcoin", "ethereum",   NULL};
    const json_t *bitcoin = json_object_get(object, "bitcoin");
    const json_t *ethereum = json_object_get(object, "ethereum");
    if (!json_is_object(object)) return mien_fail(error, MIEN_FORMAT, "an object is expected");
    MIEN_TRY(mien_json_only_keys(object, keys, error));
    MIEN_TRY(read_record(member, object, error));
    MIEN_TRY(read_statements(member, object, error));
    MIEN_TRY(read_bits(member, object, error));
    MIEN_TRY(read_policy(member, object, error));
    if (bitcoin != NULL) MIEN_TRY(read_bitcoin(member, bitcoin, number, root, error));
    if (ethereum != NULL) MIEN_TRY(read_ethereum(member, ethereum, contract, number, root, error));
    if (bitcoin == NULL && ethereum == NULL)
        return mien_fail(error, MIEN_FORMAT, "\"bitcoin\" or \"ethereum\" is needed");
    return MIEN_OK;
}

mien_status mien_cosign_member_read(mien_cosign_member *out, const char *body, const char *contract,
                                    uint32_t number, const mien_cosign_root *root,
                                    mien_error *error) {
    json_t *object;
    memset(out, 0, sizeof *out);
    MIEN_TRY(mien_json_parse(&object, body, strlen(body), "registration", error));
    mien_status status = read_object(out, object, contract, number, root, error);
    json_decref(object);
    return status;
}

void mien_cosign_member_destroy(mien_cosign_member *member) {
    mien_policy_destroy(member->policy);
    member->policy = NULL;
}
