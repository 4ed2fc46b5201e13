/* SPDX-License-Identifier: MIT */
#include "wallet/vault/seal.h"

#include "face_model/combine/combine.h"
#include "platform/base/bytes.h"
#include "platform/memory/secret.h"
#include "prover/prover.h"

_Static_assert(sizeof(((mien_vault_content *)0)->body) == MIEN_VAULT_BODY_SIZE, "no padding");

#define FACELESS UINT32_MAX

/* ---- memory ---- */

mien_status mien_vault_scratch_create(mien_vault_scratch *scratch, int for_making,
                                      mien_error *error) {
    size_t workspace = mien_sketch_recover_workspace_size();
    if (for_making && workspace < mien_sketch_make_workspace_size())
        workspace = mien_sketch_make_workspace_size();
    const size_t candidates = MIEN_SKETCH_CANDIDATES * sizeof(uint64_t);
    uint8_t *at;
    memset(scratch, 0, sizeof *scratch);
    MIEN_TRY(mien_secret_alloc(&scratch->block,
                               workspace + sizeof(mien_sketch_rotation) + candidates +
                                   sizeof scratch->keys / sizeof *scratch->keys * MIEN_KEY_SIZE,
                               error));
    at = scratch->block; /* sizes are multiples of 64, so everything stays aligned */
    scratch->workspace = at;
    scratch->rotation = (mien_sketch_rotation *)(at += workspace);
    scratch->candidates = (uint64_t *)(void *)(at += sizeof(mien_sketch_rotation));
    at += candidates;
    for (size_t i = 0; i < sizeof scratch->keys / sizeof *scratch->keys; i++)
        scratch->keys[i] = at + i * MIEN_KEY_SIZE;
    return MIEN_OK;
}

void mien_vault_scratch_destroy(mien_vault_scratch *scratch) {
    mien_secret_free(scratch->block);
    memset(scratch, 0, sizeof *scratch);
}

/* ---- digests and keys ---- */

/* h of a slot: the whole core, the slot's number and its commitment. */
static mien_status slot_digest(uint8_t digest[MIEN_KEY_SIZE], const mien_vault_core *core,
                               uint32_t slot, const uint8_t commitment[MIEN_DIGEST_SIZE]) {
    uint8_t bytes[MIEN_VAULT_CORE_SIZE + 4 + MIEN_DIGEST_SIZE];
    MIEN_TRY(mien_vault_encode_core(bytes, core));
    mien_store_le32(bytes + MIEN_VAULT_CORE_SIZE, slot);
    memcpy(bytes + MIEN_VAULT_CORE_SIZE + 4, commitment, MIEN_DIGEST_SIZE);
    mien_key_header_digest(digest, bytes, sizeof bytes);
    return MIEN_OK;
}

static mien_status faceless_key(uint8_t key[MIEN_KEY_SIZE], uint8_t digest[MIEN_KEY_SIZE],
                                const mien_vault *vault, const uint8_t pin_key[MIEN_KEY_SIZE],
                                const uint8_t device_secret[MIEN_KEY_SIZE]) {
    static const uint8_t no_commitment[MIEN_DIGEST_SIZE];
    uint8_t both[2 * MIEN_KEY_SIZE], bound[MIEN_KEY_SIZE];
    MIEN_TRY(slot_digest(digest, &vault->core, FACELESS, no_commitment));
    memcpy(both, digest, MIEN_KEY_SIZE);
    memcpy(both + MIEN_KEY_SIZE, pin_key, MIEN_KEY_SIZE);
    mien_key_header_digest(bound, both, sizeof both);
    mien_key_from_device(key, device_secret, MIEN_KEY_LABEL_FACELESS, bound);
    mien_wipe(both, sizeof both);
    mien_wipe(bound, sizeof bound);
    return MIEN_OK;
}

static void file_tag(uint8_t tag[MIEN_VAULT_TAG_SIZE], const uint8_t *bytes, size_t length,
                     const uint8_t device_secret[MIEN_KEY_SIZE]) {
    uint8_t digest[MIEN_KEY_SIZE];
    mien_key_header_digest(digest, bytes, length);
    mien_key_from_device(tag, device_secret, MIEN_KEY_LABEL_WHOLE, digest);
}

mien_status mien_vault_pin_key(uint8_t pin_key[MIEN_KEY_SIZE], const mien_vault_core *core,
                               const char *text, size_t length) {
    mien_wipe(pin_key, MIEN_KEY_SIZE);
    if (!core->pin) return MIEN_OK;
    if (text == NULL) return MIEN_USAGE;
    return mien_key_from_pin(pin_key, text, length, core->pin_salt, &core->cost);
}

/* ---- making ---- */

static mien_status seal_slot(mien_vault_slot *slot, mien_vault_parts *parts,
                             const mien_vault_content *content, uint64_t message,
                             const uint8_t digest[MIEN_KEY_SIZE],
                             const uint8_t device_secret[MIEN_KEY_SIZE],
                             mien_vault_scratch *scratch, const mien_random *random) {
    mien_face_key face_key;
    uint8_t *rotation_key = scratch->keys[0];
    mien_key_from_device(rotation_key, device_secret, MIEN_KEY_LABEL_ROTATION, digest);
    mien_key_from_face(&face_key, device_secret, digest, message, content->pin_key);
    memcpy(slot->check, face_key.check, sizeof slot->check);
    mien_status status =
        mien_seal(parts->rotation, (const uint8_t *)scratch->rotation, sizeof *scratch->rotation,
                  digest, MIEN_KEY_SIZE, rotation_key, random);
    if (status == MIEN_OK)
        status = mien_seal(parts->key, content->data_key, MIEN_KEY_SIZE, digest, MIEN_KEY_SIZE,
                           face_key.wrap, random);
    mien_wipe(&face_key, sizeof face_key);
    slot->sealed_rotation = parts->rotation;
    slot->wrapped_key = parts->key;
    return status;
}

mien_status mien_vault_make_slot(mien_vault *vault, mien_vault_parts *parts,
                                 mien_vault_content *content, uint32_t number,
                                 const int8_t embedding[MIEN_SKETCH_SIZE],
                                 const uint8_t device_secret[MIEN_KEY_SIZE],
                                 mien_vault_scratch *scratch, const mien_random *random) {
    mien_vault_core *core = &vault->core;
    mien_vault_slot *slot = &vault->slot[number];
    uint8_t digest[MIEN_KEY_SIZE], key_check[MIEN_DIGEST_SIZE];
    uint64_t *message = &scratch->candidates[0];
    MIEN_TRY(mien_sketch_make(scratch->rotation, message, embedding, random, scratch->workspace));
    mien_sketch_template(content->template_vector, scratch->rotation, *message);
    content->slot = number;
    MIEN_TRY(mien_match_commit_template(slot->template_commitment, key_check, core->service,
                                        core->epoch, number, content->template_vector,
                                        content->body.key_z));
    if (number == 0) memcpy(core->key_check, key_check, sizeof key_check);
    if (memcmp(core->key_check, key_check, sizeof key_check) != 0) return MIEN_ARGUMENT;
    MIEN_TRY(slot_digest(digest, core, number, slot->template_commitment));
    return seal_slot(slot, parts, content, *message, digest, device_secret, scratch, random);
}

mien_status mien_vault_make_faceless(mien_vault *vault, mien_vault_parts *parts,
                                     const mien_vault_content *content,
                                     const uint8_t device_secret[MIEN_KEY_SIZE],
                                     const mien_random *random) {
    uint8_t key[MIEN_KEY_SIZE], digest[MIEN_KEY_SIZE];
    vault->slots = 0;
    vault->faceless_key = parts->key;
    MIEN_TRY(faceless_key(key, digest, vault, content->pin_key, device_secret));
    mien_status status =
        mien_seal(parts->key, content->data_key, MIEN_KEY_SIZE, digest, MIEN_KEY_SIZE, key, random);
    mien_wipe(key, sizeof key);
    return status;
}

mien_status mien_vault_finish(uint8_t *bytes, size_t capacity, size_t *length,
                              const mien_vault *vault, const mien_vault_content *content,
                              const uint8_t device_secret[MIEN_KEY_SIZE],
                              const mien_random *random) {
    size_t head;
    *length = 0;
    MIEN_TRY(mien_vault_encode_head(bytes, capacity, &head, vault));
    if (capacity - head < MIEN_VAULT_SEALED_BODY + MIEN_VAULT_TAG_SIZE) return MIEN_TOO_LARGE;
    MIEN_TRY(mien_seal(bytes + head, (const uint8_t *)&content->body, MIEN_VAULT_BODY_SIZE, bytes,
                       head, content->data_key, random));
    file_tag(bytes + head + MIEN_VAULT_SEALED_BODY, bytes, head + MIEN_VAULT_SEALED_BODY,
             device_secret);
    *length = head + MIEN_VAULT_SEALED_BODY + MIEN_VAULT_TAG_SIZE;
    return MIEN_OK;
}

/* ---- opening ---- */

mien_status mien_vault_check(const mien_vault *vault, const uint8_t device_secret[MIEN_KEY_SIZE]) {
    uint8_t tag[MIEN_VAULT_TAG_SIZE];
    file_tag(tag, vault->bytes, vault->before_tag, device_secret);
    return mien_equal_ct(tag, vault->tag, sizeof tag) ? MIEN_OK : MIEN_AUTHENTICATION;
}

static mien_status unseal_rotation(const mien_vault *vault, uint32_t slot,
                                   const uint8_t digest[MIEN_KEY_SIZE],
                                   const uint8_t device_secret[MIEN_KEY_SIZE],
                                   mien_vault_scratch *scratch) {
    uint8_t *key = scratch->keys[0];
    mien_key_from_device(key, device_secret, MIEN_KEY_LABEL_ROTATION, digest);
    return mien_unseal((uint8_t *)scratch->rotation, sizeof *scratch->rotation,
                       vault->slot[slot].sealed_rotation, digest, MIEN_KEY_SIZE, key);
}

/* One slot: all candidates against its check value. *found, *message, wrap: of the fitting one. */
static mien_status try_slot(const mien_vault *vault, uint32_t slot, int *found, uint64_t *message,
                            uint8_t wrap[MIEN_KEY_SIZE], const uint8_t pin_key[MIEN_KEY_SIZE],
                            const int8_t *embedding, const uint8_t device_secret[MIEN_KEY_SIZE],
                            mien_vault_scratch *scratch) {
    uint8_t digest[MIEN_KEY_SIZE];
    MIEN_TRY(slot_digest(digest, &vault->core, slot, vault->slot[slot].template_commitment));
    MIEN_TRY(unseal_rotation(vault, slot, digest, device_secret, scratch));
    mien_sketch_recover(scratch->candidates, scratch->rotation, embedding, scratch->workspace);
    *found = mien_key_try_candidates(message, wrap, scratch->candidates, MIEN_SKETCH_CANDIDATES,
                                     device_secret, digest, pin_key, vault->slot[slot].check);
    return MIEN_OK;
}

/* t again from P and the message, and whether it is what C_t and KC commit to. */
static mien_status recompute_template(const mien_vault *vault, mien_vault_content *content,
                                      uint64_t message, const uint8_t device_secret[MIEN_KEY_SIZE],
                                      mien_vault_scratch *scratch) {
    const mien_vault_core *core = &vault->core;
    const mien_vault_slot *slot = &vault->slot[content->slot];
    uint8_t digest[MIEN_KEY_SIZE], commitment[MIEN_DIGEST_SIZE], key_check[MIEN_DIGEST_SIZE];
    MIEN_TRY(slot_digest(digest, core, content->slot, slot->template_commitment));
    MIEN_TRY(unseal_rotation(vault, content->slot, digest, device_secret, scratch));
    mien_sketch_template(content->template_vector, scratch->rotation, message);
    MIEN_TRY(mien_match_commit_template(commitment, key_check, core->service, core->epoch,
                                        content->slot, content->template_vector,
                                        content->body.key_z));
    if (memcmp(commitment, slot->template_commitment, sizeof commitment) != 0 ||
        memcmp(key_check, core->key_check, sizeof key_check) != 0)
        return MIEN_AUTHENTICATION;
    return MIEN_OK;
}

static mien_status open_slot(const mien_vault *vault, mien_vault_content *content, uint32_t slot,
                             uint64_t message, const uint8_t wrap[MIEN_KEY_SIZE],
                             const uint8_t device_secret[MIEN_KEY_SIZE],
                             mien_vault_scratch *scratch) {
    uint8_t digest[MIEN_KEY_SIZE];
    content->slot = slot;
    MIEN_TRY(slot_digest(digest, &vault->core, slot, vault->slot[slot].template_commitment));
    MIEN_TRY(mien_unseal(content->data_key, MIEN_KEY_SIZE, vault->slot[slot].wrapped_key, digest,
                         MIEN_KEY_SIZE, wrap));
    MIEN_TRY(mien_unseal((uint8_t *)&content->body, MIEN_VAULT_BODY_SIZE, vault->sealed_body,
                         vault->bytes, vault->before_body, content->data_key));
    return recompute_template(vault, content, message, device_secret, scratch);
}

static void clear_but_pin_key(mien_vault_content *content) {
    mien_wipe(&content->body, sizeof content->body);
    mien_wipe(content->data_key, sizeof content->data_key);
    mien_wipe(content->template_vector, sizeof content->template_vector);
    content->slot = 0;
}

/* When both slots open, the one whose template is nearer: its proofs have the larger margin. */
static mien_status open_nearest(const mien_vault *vault, mien_vault_content *content,
                                const int found[MIEN_VAULT_SLOTS],
                                const uint64_t message[MIEN_VAULT_SLOTS], const int8_t *embedding,
                                const uint8_t device_secret[MIEN_KEY_SIZE],
                                mien_vault_scratch *scratch) {
    double cosine[MIEN_VAULT_SLOTS] = {-2, -2};
    if (!found[0] && !found[1]) return MIEN_NO_MATCH;
    for (uint32_t i = 0; i < MIEN_VAULT_SLOTS; i++) {
        if (!found[i]) continue;
        MIEN_TRY(
            open_slot(vault, content, i, message[i], scratch->keys[1 + i], device_secret, scratch));
        cosine[i] = mien_combine_cosine(embedding, content->template_vector);
    }
    uint32_t nearest = cosine[1] > cosine[0];
    if (content->slot == nearest) return MIEN_OK;
    return open_slot(vault, content, nearest, message[nearest], scratch->keys[1 + nearest],
                     device_secret, scratch);
}

mien_status mien_vault_open(const mien_vault *vault, mien_vault_content *content,
                            const int8_t embedding[MIEN_SKETCH_SIZE],
                            const uint8_t device_secret[MIEN_KEY_SIZE],
                            mien_vault_scratch *scratch) {
    int found[MIEN_VAULT_SLOTS] = {0};
    uint64_t message[MIEN_VAULT_SLOTS] = {0};
    mien_status status = MIEN_OK;
    clear_but_pin_key(content);
    for (uint32_t i = 0; i < vault->slots && status == MIEN_OK; i++)
        status = try_slot(vault, i, &found[i], &message[i], scratch->keys[1 + i], content->pin_key,
                          embedding, device_secret, scratch);
    if (status == MIEN_OK)
        status = open_nearest(vault, content, found, message, embedding, device_secret, scratch);
    mien_wipe(message, sizeof message);
    if (status != MIEN_OK) clear_but_pin_key(content);
    return status;
}

mien_status mien_vault_open_faceless(const mien_vault *vault, mien_vault_content *content,
                                     const uint8_t device_secret[MIEN_KEY_SIZE]) {
    uint8_t key[MIEN_KEY_SIZE], digest[MIEN_KEY_SIZE];
    clear_but_pin_key(content);
    MIEN_TRY(faceless_key(key, digest, vault, content->pin_key, device_secret));
    mien_status status = mien_unseal(content->data_key, MIEN_KEY_SIZE, vault->faceless_key, digest,
                                     MIEN_KEY_SIZE, key);
    mien_wipe(key, sizeof key);
    if (status != MIEN_OK) return MIEN_NO_MATCH; /* the file is genuine: the PIN is not */
    status = mien_unseal((uint8_t *)&content->body, MIEN_VAULT_BODY_SIZE, vault->sealed_body,
                         vault->bytes, vault->before_body, content->data_key);
    if (status != MIEN_OK) clear_but_pin_key(content);
    return status;
}

mien_status mien_vault_check_data_key(const mien_vault *vault,
                                      const uint8_t data_key[MIEN_KEY_SIZE]) {
    uint8_t body[MIEN_VAULT_BODY_SIZE];
    mien_status status = mien_unseal(body, sizeof body, vault->sealed_body, vault->bytes,
                                     vault->before_body, data_key);
    mien_wipe(body, sizeof body);
    return status;
}
