/* SPDX-License-Identifier: MIT */
/* One table says which fields an operation has; writing, reading and measuring follow it. */
#include "wallet/agent/protocol.h"

#include <string.h>

#include "platform/console/console.h"

#define REPLY 0x80
#define NAME_MAX_LENGTH 32 /* of a status */
#define ALLOW_BITCOIN ((uint32_t)MIEN_ALLOW_UNPROVEN)
#define ALLOW_ETHEREUM ((uint32_t)(MIEN_ALLOW_BLIND | MIEN_ALLOW_DELEGATES | MIEN_ALLOW_ANY_CHAIN))

/* The fields of an operation, NULL when there is no such operation. */
static const char *fields_of(unsigned operation) {
    switch (operation) {
#define X(name, value, fields)                                                                     \
    case (value):                                                                                  \
        return fields;
        MIEN_AGENT_OPERATIONS(X)
#undef X
    default:
        return NULL;
    }
}

/* ---- numbers in bounds ---- */

static mien_status read_below(mien_reader *reader, uint32_t *out, size_t bytes, uint64_t bound) {
    uint8_t raw[4] = {0};
    MIEN_TRY(mien_read_bytes(reader, raw, bytes));
    *out = mien_load_le32(raw);
    return *out < bound ? MIEN_OK : MIEN_FORMAT;
}

static mien_status write_uint256(mien_writer *writer, const mien_uint256 *value) {
    uint8_t bytes[32];
    mien_uint256_to_bytes(bytes, value);
    return mien_write_bytes(writer, bytes, sizeof bytes);
}

static mien_status read_uint256(mien_reader *reader, mien_uint256 *value) {
    uint8_t bytes[32];
    MIEN_TRY(mien_read_bytes(reader, bytes, sizeof bytes));
    return mien_uint256_from_bytes(value, bytes, sizeof bytes);
}

/* ---- fields that are structs ---- */

static mien_status write_grant(mien_writer *writer, const mien_agent_grant *grant) {
    MIEN_TRY(mien_write_le32(writer, grant->purposes));
    MIEN_TRY(mien_write_le32(writer, grant->seconds));
    MIEN_TRY(mien_write_le32(writer, grant->count));
    MIEN_TRY(mien_write_le64(writer, grant->satoshis));
    MIEN_TRY(write_uint256(writer, &grant->wei));
    MIEN_TRY(mien_write_u8(writer, (uint8_t)grant->network));
    return mien_write_le64(writer, grant->chain_id);
}

static mien_status read_grant(mien_reader *reader, mien_agent_grant *grant) {
    uint32_t network;
    MIEN_TRY(mien_read_le32(reader, &grant->purposes));
    MIEN_TRY(mien_read_le32(reader, &grant->seconds));
    MIEN_TRY(mien_read_le32(reader, &grant->count));
    MIEN_TRY(mien_read_le64(reader, &grant->satoshis));
    MIEN_TRY(read_uint256(reader, &grant->wei));
    MIEN_TRY(read_below(reader, &network, 1, MIEN_BITCOIN_NETWORKS));
    MIEN_TRY(mien_read_le64(reader, &grant->chain_id));
    grant->network = (mien_bitcoin_network)network;
    const bool sane = grant->purposes != 0 && (grant->purposes & ~(uint32_t)MIEN_PURPOSE_ALL) == 0;
    return sane && grant->seconds != 0 && grant->count != 0 ? MIEN_OK : MIEN_FORMAT;
}

static mien_status write_path(mien_writer *writer, const mien_hd_path *path) {
    if (path->depth > MIEN_HD_PATH_MAX) return MIEN_ARGUMENT;
    MIEN_TRY(mien_write_u8(writer, path->depth));
    for (int i = 0; i < path->depth; i++) MIEN_TRY(mien_write_le32(writer, path->index[i]));
    return MIEN_OK;
}

static mien_status read_path(mien_reader *reader, mien_hd_path *path) {
    uint32_t depth;
    MIEN_TRY(read_below(reader, &depth, 1, MIEN_HD_PATH_MAX + 1));
    path->depth = (uint8_t)depth;
    for (uint32_t i = 0; i < depth; i++) MIEN_TRY(mien_read_le32(reader, &path->index[i]));
    return MIEN_OK;
}

static mien_status write_binding(mien_writer *writer, const mien_agent_request *request) {
    MIEN_TRY(mien_write_bytes(writer, request->bind, sizeof request->bind));
    MIEN_TRY(mien_write_bytes(writer, request->nonce, sizeof request->nonce));
    MIEN_TRY(mien_write_le64(writer, request->expiry));
    MIEN_TRY(mien_write_u8(writer, request->has_service));
    return mien_write_bytes(writer, request->service,
                            request->has_service ? sizeof request->service : 0);
}

static mien_status read_binding(mien_reader *reader, mien_agent_request *request) {
    uint32_t has_service;
    MIEN_TRY(mien_read_bytes(reader, request->bind, sizeof request->bind));
    MIEN_TRY(mien_read_bytes(reader, request->nonce, sizeof request->nonce));
    MIEN_TRY(mien_read_le64(reader, &request->expiry));
    MIEN_TRY(read_below(reader, &has_service, 1, 2));
    request->has_service = has_service == 1;
    return mien_read_bytes(reader, request->service,
                           request->has_service ? sizeof request->service : 0);
}

static mien_status write_limits(mien_writer *writer, const mien_agent_request *request,
                                bool ethereum) {
    if (ethereum)
        MIEN_TRY(write_uint256(writer, &request->fee_wei));
    else
        MIEN_TRY(mien_write_le64(writer, request->fee_satoshis));
    return mien_write_u8(writer, (uint8_t)request->allow);
}

static mien_status read_limits(mien_reader *reader, mien_agent_request *request, bool ethereum) {
    const uint32_t known = ethereum ? ALLOW_ETHEREUM : ALLOW_BITCOIN;
    if (ethereum)
        MIEN_TRY(read_uint256(reader, &request->fee_wei));
    else
        MIEN_TRY(mien_read_le64(reader, &request->fee_satoshis));
    MIEN_TRY(read_below(reader, &request->allow, 1, 256));
    return (request->allow & ~known) == 0 ? MIEN_OK : MIEN_FORMAT;
}

static mien_status write_authorization(mien_writer *writer,
                                       const mien_ethereum_authorization *authorization) {
    MIEN_TRY(mien_write_le64(writer, authorization->chain_id));
    MIEN_TRY(mien_write_bytes(writer, authorization->delegate, sizeof authorization->delegate));
    return mien_write_le64(writer, authorization->nonce);
}

static mien_status read_authorization(mien_reader *reader,
                                      mien_ethereum_authorization *authorization) {
    MIEN_TRY(mien_read_le64(reader, &authorization->chain_id));
    MIEN_TRY(mien_read_bytes(reader, authorization->delegate, sizeof authorization->delegate));
    return mien_read_le64(reader, &authorization->nonce);
}

static mien_status write_payload(mien_writer *writer, mien_view payload) {
    if (payload.length > MIEN_AGENT_BODY_MAX) return MIEN_TOO_LARGE;
    MIEN_TRY(mien_write_le32(writer, (uint32_t)payload.length));
    return mien_write_bytes(writer, payload.data, payload.length);
}

static mien_status read_payload(mien_reader *reader, mien_view *payload) {
    uint32_t length;
    MIEN_TRY(mien_read_le32(reader, &length));
    payload->length = length;
    return mien_read_view(reader, &payload->data, length);
}

/* ---- requests ---- */

static mien_status write_field(mien_writer *writer, const mien_agent_request *request, char field) {
    switch (field) {
    case 't':
        return mien_write_bytes(writer, request->token, sizeof request->token);
    case 'n':
        return mien_write_u8(writer, (uint8_t)request->network);
    case 'y':
        return mien_write_u8(writer, (uint8_t)request->type);
    case 'c':
        return mien_write_u8(writer, (uint8_t)request->chain);
    case 'i':
        return mien_write_le32(writer, request->index);
    case 'f':
        return mien_write_u8(writer, (uint8_t)request->form);
    case 'l':
        return write_limits(writer, request, false);
    case 'e':
        return write_limits(writer, request, true);
    case 'G':
        return write_grant(writer, &request->grant);
    case 'P':
        return write_path(writer, &request->path);
    case 'A':
        return write_authorization(writer, &request->authorization);
    case 'B':
        return write_binding(writer, request);
    case 's':
        return mien_write_u8(writer, (uint8_t)request->statement);
    case 'p':
        return write_payload(writer, request->payload);
    default:
        return MIEN_INTERNAL;
    }
}

static mien_status read_enumeration(mien_reader *reader, mien_agent_request *request, char field) {
    const uint32_t bound = field == 'n'   ? MIEN_BITCOIN_NETWORKS
                           : field == 'y' ? MIEN_SCRIPT_TYPES
                           : field == 'f' ? MIEN_MESSAGE_BIP322_BARE + 1
                           : field == 's' ? MIEN_AGENT_STATEMENTS
                                          : 2;
    uint32_t value;
    MIEN_TRY(read_below(reader, &value, 1, bound));
    if (field == 'n') request->network = (mien_bitcoin_network)value;
    if (field == 'y') request->type = (mien_bitcoin_script_type)value;
    if (field == 'f') request->form = (mien_message_form)value;
    if (field == 'c') request->chain = value;
    if (field == 's') request->statement = (mien_agent_statement)value;
    return MIEN_OK;
}

static mien_status read_field(mien_reader *reader, mien_agent_request *request, char field) {
    switch (field) {
    case 't':
        return mien_read_bytes(reader, request->token, sizeof request->token);
    case 'n':
    case 'y':
    case 'c':
    case 'f':
    case 's':
        return read_enumeration(reader, request, field);
    case 'i':
        return read_below(reader, &request->index, 4, MIEN_HARDENED);
    case 'l':
        return read_limits(reader, request, false);
    case 'e':
        return read_limits(reader, request, true);
    case 'G':
        return read_grant(reader, &request->grant);
    case 'P':
        return read_path(reader, &request->path);
    case 'A':
        return read_authorization(reader, &request->authorization);
    case 'B':
        return read_binding(reader, request);
    case 'p':
        return read_payload(reader, &request->payload);
    default:
        return MIEN_INTERNAL;
    }
}

static mien_status write_body(mien_writer *writer, const mien_agent_request *request) {
    const char *fields = fields_of((unsigned)request->operation);
    if (fields == NULL) return MIEN_UNSUPPORTED;
    MIEN_TRY(mien_write_u8(writer, MIEN_AGENT_VERSION));
    MIEN_TRY(mien_write_u8(writer, (uint8_t)request->operation));
    for (; *fields != '\0'; fields++) MIEN_TRY(write_field(writer, request, *fields));
    return MIEN_OK;
}

/* The fields without payload fit into a small buffer. */
size_t mien_agent_request_size(const mien_agent_request *request) {
    uint8_t bytes[512];
    mien_writer writer = mien_writer_of(bytes, sizeof bytes);
    mien_agent_request small = *request;
    small.payload.length = 0;
    if (write_body(&writer, &small) != MIEN_OK) return 0;
    const char *fields = fields_of((unsigned)request->operation);
    const size_t payload = strchr(fields, 'p') != NULL ? request->payload.length : 0;
    if (payload > MIEN_AGENT_BODY_MAX - writer.used) return 0;
    return MIEN_AGENT_LENGTH_SIZE + writer.used + payload;
}

mien_status mien_agent_request_write(mien_writer *writer, const mien_agent_request *request) {
    const size_t size = mien_agent_request_size(request);
    if (size == 0) return MIEN_TOO_LARGE;
    MIEN_TRY(mien_write_le32(writer, (uint32_t)(size - MIEN_AGENT_LENGTH_SIZE)));
    return write_body(writer, request);
}

mien_status mien_agent_request_read(mien_agent_request *request, const uint8_t *body,
                                    size_t length) {
    mien_reader reader = mien_reader_of(body, length);
    uint8_t version, operation;
    memset(request, 0, sizeof *request);
    MIEN_TRY(mien_read_u8(&reader, &version));
    if (version != MIEN_AGENT_VERSION) return MIEN_VERSION;
    MIEN_TRY(mien_read_u8(&reader, &operation));
    const char *fields = fields_of(operation);
    if (fields == NULL) return MIEN_UNSUPPORTED;
    request->operation = (mien_agent_operation)operation;
    for (; *fields != '\0'; fields++) MIEN_TRY(read_field(&reader, request, *fields));
    return mien_read_end(&reader);
}

mien_status mien_agent_body_length(size_t *length, const uint8_t bytes[MIEN_AGENT_LENGTH_SIZE]) {
    *length = mien_load_le32(bytes);
    if (*length > MIEN_AGENT_BODY_MAX) return MIEN_TOO_LARGE;
    return *length >= 2 ? MIEN_OK : MIEN_FORMAT;
}

/* ---- replies ---- */

static mien_status write_reply_body(mien_writer *writer, const mien_agent_reply *reply) {
    const char *name = mien_status_name(reply->status);
    const size_t words = strnlen(reply->words, sizeof reply->words);
    if (words == sizeof reply->words) return MIEN_ARGUMENT;
    MIEN_TRY(mien_write_u8(writer, MIEN_AGENT_VERSION));
    MIEN_TRY(mien_write_u8(writer, REPLY));
    MIEN_TRY(mien_write_u8(writer, (uint8_t)strlen(name)));
    MIEN_TRY(mien_write_bytes(writer, name, strlen(name)));
    MIEN_TRY(mien_write_le16(writer, (uint16_t)words));
    MIEN_TRY(mien_write_bytes(writer, reply->words, words));
    if (reply->status != MIEN_OK) return MIEN_OK;
    MIEN_TRY(mien_write_le32(writer, reply->number));
    MIEN_TRY(mien_write_bytes(writer, reply->hash, sizeof reply->hash));
    return write_payload(writer, reply->payload);
}

size_t mien_agent_reply_size(const mien_agent_reply *reply) {
    uint8_t bytes[1024];
    mien_writer writer = mien_writer_of(bytes, sizeof bytes);
    mien_agent_reply small = *reply;
    small.payload.length = 0;
    if (write_reply_body(&writer, &small) != MIEN_OK) return 0;
    const size_t payload = reply->status == MIEN_OK ? reply->payload.length : 0;
    if (payload > MIEN_AGENT_BODY_MAX - writer.used) return 0;
    return MIEN_AGENT_LENGTH_SIZE + writer.used + payload;
}

mien_status mien_agent_reply_write(mien_writer *writer, const mien_agent_reply *reply) {
    const size_t size = mien_agent_reply_size(reply);
    if (size == 0) return MIEN_TOO_LARGE;
    MIEN_TRY(mien_write_le32(writer, (uint32_t)(size - MIEN_AGENT_LENGTH_SIZE)));
    return write_reply_body(writer, reply);
}

static mien_status status_named(mien_status *status, const uint8_t *name, size_t length) {
    for (int i = 0; i < MIEN_STATUS_COUNT; i++) {
        const char *known = mien_status_name((mien_status)i);
        if (strlen(known) != length || memcmp(known, name, length) != 0) continue;
        *status = (mien_status)i;
        return MIEN_OK;
    }
    return MIEN_FORMAT;
}

/* Words go to terminals: what could repaint one is no words. */
static mien_status read_words(mien_reader *reader, char *words, size_t capacity) {
    char clean[sizeof((mien_agent_reply *)NULL)->words];
    uint16_t length;
    MIEN_TRY(mien_read_le16(reader, &length));
    if (length >= capacity) return MIEN_FORMAT;
    MIEN_TRY(mien_read_bytes(reader, words, length));
    if (memchr(words, '\0', length) != NULL) return MIEN_FORMAT;
    words[length] = '\0';
    mien_console_clean(clean, sizeof clean, words);
    return strcmp(clean, words) == 0 ? MIEN_OK : MIEN_FORMAT;
}

static mien_status read_reply(mien_agent_reply *reply, mien_reader *reader) {
    uint8_t version, kind, length;
    const uint8_t *name;
    MIEN_TRY(mien_read_u8(reader, &version));
    if (version != MIEN_AGENT_VERSION) return MIEN_VERSION;
    MIEN_TRY(mien_read_u8(reader, &kind));
    if (kind != REPLY) return MIEN_FORMAT;
    MIEN_TRY(mien_read_u8(reader, &length));
    if (length > NAME_MAX_LENGTH) return MIEN_FORMAT;
    MIEN_TRY(mien_read_view(reader, &name, length));
    MIEN_TRY(status_named(&reply->status, name, length));
    MIEN_TRY(read_words(reader, reply->words, sizeof reply->words));
    if (reply->status == MIEN_OK) {
        MIEN_TRY(mien_read_le32(reader, &reply->number));
        MIEN_TRY(mien_read_bytes(reader, reply->hash, sizeof reply->hash));
        MIEN_TRY(read_payload(reader, &reply->payload));
    }
    return mien_read_end(reader);
}

mien_status mien_agent_reply_read(mien_agent_reply *reply, const uint8_t *body, size_t length) {
    mien_reader reader = mien_reader_of(body, length);
    memset(reply, 0, sizeof *reply);
    mien_status status = read_reply(reply, &reader);
    if (status != MIEN_OK) memset(reply, 0, sizeof *reply);
    return status;
}

void mien_agent_state_write(uint8_t out[MIEN_AGENT_STATE_SIZE], const mien_agent_state *state) {
    out[0] = state->unlocked;
    memcpy(out + 1, state->fingerprint, MIEN_FINGERPRINT_SIZE);
    const uint32_t numbers[5] = {state->seconds_left, state->idle_left, state->grants,
                                 state->clients, state->waiting};
    for (int i = 0; i < 5; i++) mien_store_le32(out + 5 + 4 * i, numbers[i]);
    mien_store_le64(out + 25, state->served);
}

mien_status mien_agent_state_read(mien_agent_state *state, mien_view payload) {
    uint32_t numbers[5];
    memset(state, 0, sizeof *state);
    if (payload.length != MIEN_AGENT_STATE_SIZE || payload.data[0] > 1) return MIEN_FORMAT;
    state->unlocked = payload.data[0] == 1;
    memcpy(state->fingerprint, payload.data + 1, MIEN_FINGERPRINT_SIZE);
    for (int i = 0; i < 5; i++) numbers[i] = mien_load_le32(payload.data + 5 + 4 * i);
    state->seconds_left = numbers[0];
    state->idle_left = numbers[1];
    state->grants = numbers[2];
    state->clients = numbers[3];
    state->waiting = numbers[4];
    state->served = mien_load_le64(payload.data + 25);
    return MIEN_OK;
}
