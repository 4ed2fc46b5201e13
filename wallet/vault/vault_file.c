/* SPDX-License-Identifier: MIT */
#include "wallet/vault/vault_file.h"

#include "platform/base/bytes.h"
#include "wallet/record/public_hash.h"

static const uint8_t magic[8] = {'M', 'I', 'E', 'N', 'V', 'L', 'T', '\n'};
#define VERSION 1
#define FLAG_PIN 1u

/* What no writer produces: out-of-range values, and fields that are set although nothing uses them.
 */
static bool core_is_canonical(const mien_vault_core *core) {
    static const uint8_t zeros[MIEN_PIN_SALT_SIZE];
    const mien_pin_cost *cost = &core->cost;
    if (core->threshold == 0 || core->threshold > 65535) return false;
    if (!mien_digest_is_canonical(core->key_check)) return false;
    if (core->pin) return cost->memory_kib >= MIEN_ARGON2_MIN_MEMORY_KIB && cost->passes >= 1;
    return cost->memory_kib == 0 && cost->passes == 0 &&
           memcmp(core->pin_salt, zeros, sizeof zeros) == 0;
}

static mien_status write_core(mien_writer *writer, const mien_vault_core *core) {
    MIEN_TRY(mien_write_bytes(writer, magic, sizeof magic));
    MIEN_TRY(mien_write_le32(writer, VERSION));
    MIEN_TRY(mien_write_le32(writer, core->pin ? FLAG_PIN : 0));
    MIEN_TRY(mien_write_le32(writer, core->epoch));
    MIEN_TRY(mien_write_le32(writer, core->threshold));
    MIEN_TRY(mien_write_le16(writer, MIEN_SKETCH_SIZE));
    MIEN_TRY(mien_write_le16(writer, MIEN_SKETCH_MESSAGE_BITS));
    MIEN_TRY(mien_write_le32(writer, core->cost.memory_kib));
    MIEN_TRY(mien_write_le32(writer, core->cost.passes));
    MIEN_TRY(mien_write_bytes(writer, core->pin_salt, sizeof core->pin_salt));
    MIEN_TRY(mien_write_bytes(writer, core->service, sizeof core->service));
    MIEN_TRY(mien_write_bytes(writer, core->model_digest, sizeof core->model_digest));
    MIEN_TRY(mien_write_bytes(writer, core->device_name, sizeof core->device_name));
    return mien_write_bytes(writer, core->key_check, sizeof core->key_check);
}

mien_status mien_vault_encode_core(uint8_t bytes[MIEN_VAULT_CORE_SIZE],
                                   const mien_vault_core *core) {
    if (!core_is_canonical(core)) return MIEN_ARGUMENT;
    mien_writer writer = mien_writer_of(bytes, MIEN_VAULT_CORE_SIZE);
    MIEN_TRY(write_core(&writer, core));
    return writer.used == MIEN_VAULT_CORE_SIZE ? MIEN_OK : MIEN_INTERNAL;
}

static mien_status write_slot(mien_writer *writer, const mien_vault_slot *slot, uint32_t number) {
    MIEN_TRY(mien_write_le32(writer, number));
    MIEN_TRY(mien_write_bytes(writer, slot->template_commitment, MIEN_DIGEST_SIZE));
    MIEN_TRY(mien_write_bytes(writer, slot->check, sizeof slot->check));
    MIEN_TRY(mien_write_bytes(writer, slot->sealed_rotation, MIEN_VAULT_SEALED_ROTATION));
    return mien_write_bytes(writer, slot->wrapped_key, MIEN_VAULT_SEALED_KEY);
}

mien_status mien_vault_encode_head(uint8_t *bytes, size_t capacity, size_t *length,
                                   const mien_vault *vault) {
    uint8_t core[MIEN_VAULT_CORE_SIZE];
    *length = 0;
    if (vault->slots > MIEN_VAULT_SLOTS) return MIEN_ARGUMENT;
    MIEN_TRY(mien_vault_encode_core(core, &vault->core));
    mien_writer writer = mien_writer_of(bytes, capacity);
    MIEN_TRY(mien_write_bytes(&writer, core, sizeof core));
    MIEN_TRY(mien_write_le64(&writer, vault->revision));
    MIEN_TRY(mien_write_le32(&writer, vault->slots));
    for (uint32_t i = 0; i < vault->slots; i++) MIEN_TRY(write_slot(&writer, &vault->slot[i], i));
    if (vault->slots == 0)
        MIEN_TRY(mien_write_bytes(&writer, vault->faceless_key, MIEN_VAULT_SEALED_KEY));
    *length = writer.used;
    return MIEN_OK;
}

static mien_status read_parameters(mien_vault_core *core, mien_reader *reader) {
    uint16_t size, bits;
    MIEN_TRY(mien_read_le32(reader, &core->epoch));
    MIEN_TRY(mien_read_le32(reader, &core->threshold));
    MIEN_TRY(mien_read_le16(reader, &size));
    MIEN_TRY(mien_read_le16(reader, &bits));
    if (size != MIEN_SKETCH_SIZE || bits != MIEN_SKETCH_MESSAGE_BITS) return MIEN_UNSUPPORTED;
    MIEN_TRY(mien_read_le32(reader, &core->cost.memory_kib));
    MIEN_TRY(mien_read_le32(reader, &core->cost.passes));
    if (core->cost.memory_kib > MIEN_ARGON2_MAX_MEMORY_KIB) return MIEN_TOO_LARGE;
    return core->cost.passes > MIEN_ARGON2_MAX_PASSES ? MIEN_TOO_LARGE : MIEN_OK;
}

static mien_status read_core(mien_vault_core *core, mien_reader *reader) {
    uint8_t start[8];
    uint32_t version, flags;
    MIEN_TRY(mien_read_bytes(reader, start, sizeof start));
    if (memcmp(start, magic, sizeof magic) != 0) return MIEN_FORMAT;
    MIEN_TRY(mien_read_le32(reader, &version));
    if (version != VERSION) return MIEN_VERSION;
    MIEN_TRY(mien_read_le32(reader, &flags));
    if ((flags & ~FLAG_PIN) != 0) return MIEN_FORMAT;
    core->pin = (flags & FLAG_PIN) != 0;
    MIEN_TRY(read_parameters(core, reader));
    MIEN_TRY(mien_read_bytes(reader, core->pin_salt, sizeof core->pin_salt));
    MIEN_TRY(mien_read_bytes(reader, core->service, sizeof core->service));
    MIEN_TRY(mien_read_bytes(reader, core->model_digest, sizeof core->model_digest));
    MIEN_TRY(mien_read_bytes(reader, core->device_name, sizeof core->device_name));
    MIEN_TRY(mien_read_bytes(reader, core->key_check, sizeof core->key_check));
    return core_is_canonical(core) ? MIEN_OK : MIEN_FORMAT;
}

static mien_status read_slot(mien_vault_slot *slot, uint32_t number, mien_reader *reader) {
    uint32_t stored;
    MIEN_TRY(mien_read_le32(reader, &stored));
    if (stored != number) return MIEN_FORMAT;
    MIEN_TRY(mien_read_bytes(reader, slot->template_commitment, MIEN_DIGEST_SIZE));
    if (!mien_digest_is_canonical(slot->template_commitment)) return MIEN_FORMAT;
    MIEN_TRY(mien_read_bytes(reader, slot->check, sizeof slot->check));
    MIEN_TRY(mien_read_view(reader, &slot->sealed_rotation, MIEN_VAULT_SEALED_ROTATION));
    return mien_read_view(reader, &slot->wrapped_key, MIEN_VAULT_SEALED_KEY);
}

static mien_status read_vault(mien_vault *vault, const uint8_t *bytes, size_t length) {
    mien_reader reader = mien_reader_of(bytes, length);
    MIEN_TRY(read_core(&vault->core, &reader));
    MIEN_TRY(mien_read_le64(&reader, &vault->revision));
    MIEN_TRY(mien_read_le32(&reader, &vault->slots));
    if (vault->slots > MIEN_VAULT_SLOTS) return MIEN_FORMAT;
    if (vault->slots > 0 && vault->core.epoch == 0) return MIEN_FORMAT;
    for (uint32_t i = 0; i < vault->slots; i++) MIEN_TRY(read_slot(&vault->slot[i], i, &reader));
    if (vault->slots == 0)
        MIEN_TRY(mien_read_view(&reader, &vault->faceless_key, MIEN_VAULT_SEALED_KEY));
    vault->bytes = bytes;
    vault->before_body = (size_t)(reader.next - bytes);
    MIEN_TRY(mien_read_view(&reader, &vault->sealed_body, MIEN_VAULT_SEALED_BODY));
    vault->before_tag = (size_t)(reader.next - bytes);
    MIEN_TRY(mien_read_view(&reader, &vault->tag, MIEN_VAULT_TAG_SIZE));
    return mien_read_end(&reader);
}

mien_status mien_vault_decode(mien_vault *vault, const uint8_t *bytes, size_t length) {
    mien_vault read = {0};
    memset(vault, 0, sizeof *vault);
    MIEN_TRY(read_vault(&read, bytes, length));
    *vault = read;
    return MIEN_OK;
}
