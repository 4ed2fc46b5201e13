/* SPDX-License-Identifier: MIT */
/* The messages: one encoding each, nothing else is taken. */
#include "tests/harness.h"
#include "wallet/agent/faces.h"

static const mien_agent_operation operations[] = {
#define X(name, value, fields) MIEN_AGENT_##name,
    MIEN_AGENT_OPERATIONS(X)
#undef X
};
#define OPERATIONS (sizeof operations / sizeof *operations)

static uint8_t payload[600];

static mien_uint256 random_uint256(void) {
    mien_uint256 out;
    harness_random_bytes(&out, sizeof out);
    return out;
}

/* Any request of the operation, with every field in its range. */
static mien_agent_request random_request(mien_agent_operation operation) {
    mien_agent_request r = {.operation = operation};
    const bool ethereum = operation == MIEN_AGENT_SIGN_ETHEREUM_TRANSACTION ||
                          operation == MIEN_AGENT_SIGN_AUTHORIZATION;
    harness_random_bytes(r.token, sizeof r.token);
    r.network = (mien_bitcoin_network)harness_random_below(MIEN_BITCOIN_NETWORKS);
    r.type = (mien_bitcoin_script_type)harness_random_below(MIEN_SCRIPT_TYPES);
    r.chain = (uint32_t)harness_random_below(2);
    r.index = (uint32_t)harness_random_below(MIEN_HARDENED);
    r.form = (mien_message_form)harness_random_below(3);
    r.fee_satoshis = harness_random();
    r.fee_wei = random_uint256();
    r.allow = (uint32_t)(ethereum ? harness_random_below(8) << 1 : harness_random_below(2));
    r.grant = (mien_agent_grant){(uint32_t)harness_random_below(MIEN_PURPOSE_ALL) + 1,
                                 (uint32_t)harness_random_below(UINT32_MAX) + 1,
                                 (uint32_t)harness_random_below(UINT32_MAX) + 1,
                                 harness_random(),
                                 random_uint256(),
                                 MIEN_BITCOIN_SIGNET,
                                 harness_random()};
    r.path.depth = (uint8_t)harness_random_below(MIEN_HD_PATH_MAX + 1);
    for (int i = 0; i < r.path.depth; i++) r.path.index[i] = (uint32_t)harness_random();
    r.authorization.chain_id = harness_random();
    harness_random_bytes(r.authorization.delegate, sizeof r.authorization.delegate);
    r.authorization.nonce = harness_random();
    harness_random_bytes(r.bind, sizeof r.bind);
    harness_random_bytes(r.nonce, sizeof r.nonce);
    r.expiry = harness_random();
    r.has_service = harness_random_below(2) == 1;
    if (r.has_service) harness_random_bytes(r.service, sizeof r.service);
    r.statement = (mien_agent_statement)harness_random_below(MIEN_AGENT_STATEMENTS);
    harness_random_bytes(payload, sizeof payload);
    r.payload = mien_view_of(payload, harness_random_below(sizeof payload));
    return r;
}

static size_t write_request(uint8_t *out, size_t capacity, const mien_agent_request *request) {
    mien_writer writer = mien_writer_of(out, capacity);
    if (mien_agent_request_write(&writer, request) != MIEN_OK) return 0;
    return writer.used;
}

static void requests_come_back(void) {
    for (int round = 0; round < 2000; round++) {
        const mien_agent_request sent = random_request(operations[round % OPERATIONS]);
        mien_agent_request got;
        uint8_t first[2048], second[2048];
        size_t body;
        const size_t length = write_request(first, sizeof first, &sent);
        REQUIRE(length != 0);
        CHECK_INT(mien_agent_request_size(&sent), length);
        CHECK_INT(mien_agent_body_length(&body, first), MIEN_OK);
        CHECK_INT(body, length - MIEN_AGENT_LENGTH_SIZE);
        REQUIRE(mien_agent_request_read(&got, first + 4, length - 4) == MIEN_OK);
        CHECK_INT(write_request(second, sizeof second, &got), length);
        CHECK_BYTES(first, second, length);
    }
}

static void every_prefix_and_tail_is_refused(void) {
    for (size_t i = 0; i < OPERATIONS; i++) {
        const mien_agent_request sent = random_request(operations[i]);
        mien_agent_request got;
        uint8_t bytes[2048];
        const size_t length = write_request(bytes, sizeof bytes, &sent) - 4;
        for (size_t cut = 0; cut < length; cut++)
            CHECK(mien_agent_request_read(&got, bytes + 4, cut) != MIEN_OK);
        bytes[length + 4] = 0;
        CHECK_INT(mien_agent_request_read(&got, bytes + 4, length + 1), MIEN_TRAILING);
    }
}

/* Whatever a changed byte makes of a request: refused, or another request with its own bytes. */
static void no_two_encodings(void) {
    for (int round = 0; round < 20000; round++) {
        const mien_agent_request sent = random_request(operations[round % OPERATIONS]);
        mien_agent_request got;
        uint8_t bytes[2048], again[2048];
        const size_t length = write_request(bytes, sizeof bytes, &sent);
        bytes[4 + harness_random_below(length - 4)] = (uint8_t)harness_random();
        if (mien_agent_request_read(&got, bytes + 4, length - 4) != MIEN_OK) continue;
        CHECK_INT(write_request(again, sizeof again, &got), length);
        CHECK_BYTES(again, bytes, length);
    }
}

static void values_out_of_range(void) {
    static const struct {
        mien_agent_operation operation;
        size_t at;
        uint8_t value;
    } cases[] = {
        {MIEN_AGENT_GRANT, 2, 0},          /* purposes, then checked for 0 and unknown ones */
        {MIEN_AGENT_GRANT, 5, 1},          /* a purpose that does not exist */
        {MIEN_AGENT_SHOW_ADDRESS, 2, 4},   /* network */
        {MIEN_AGENT_SHOW_ADDRESS, 3, 4},   /* type */
        {MIEN_AGENT_SHOW_ADDRESS, 4, 2},   /* chain */
        {MIEN_AGENT_SHOW_ADDRESS, 8, 128}, /* index */
        {MIEN_AGENT_PUBLIC, 3, 17},        /* depth */
        {MIEN_AGENT_SIGN_PSBT, 27, 2},     /* allow of Ethereum */
        {MIEN_AGENT_SIGN_BITCOIN_MESSAGE, 25, 3}, /* form */
        {MIEN_AGENT_SIGN_AUTHORIZATION, 54, 1},   /* allow of Bitcoin */
        {MIEN_AGENT_PROVE, 90, 2},                /* has a service */
        {MIEN_AGENT_PROVE, 0, 3},                 /* statement, which is last */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mien_agent_request sent = random_request(cases[i].operation), got;
        uint8_t bytes[2048];
        sent.grant.purposes = 1;
        sent.path.depth = 0;
        const size_t length = write_request(bytes, sizeof bytes, &sent) - 4;
        CHECK_INT(mien_agent_request_read(&got, bytes + 4, length), MIEN_OK);
        bytes[cases[i].at != 0 ? 4 + cases[i].at : 4 + length - 1] = cases[i].value;
        if (mien_agent_request_read(&got, bytes + 4, length) == MIEN_OK)
            printf("  case %zu was taken\n", i);
        CHECK(mien_agent_request_read(&got, bytes + 4, length) != MIEN_OK);
    }
}

static void what_cannot_be_sent(void) {
    mien_agent_request request = {.operation = (mien_agent_operation)99};
    uint8_t head[4] = {0, 0, 0, 0};
    size_t length;
    CHECK_INT(mien_agent_request_size(&request), 0);
    request.operation = MIEN_AGENT_SIGN_PSBT;
    request.payload = mien_view_of(payload, MIEN_AGENT_BODY_MAX); /* its length alone decides */
    CHECK_INT(mien_agent_request_size(&request), 0);
    CHECK_INT(mien_agent_body_length(&length, head), MIEN_FORMAT);
    mien_store_le32(head, (uint32_t)MIEN_AGENT_BODY_MAX);
    CHECK_INT(mien_agent_body_length(&length, head), MIEN_OK);
    mien_store_le32(head, (uint32_t)MIEN_AGENT_BODY_MAX + 1);
    CHECK_INT(mien_agent_body_length(&length, head), MIEN_TOO_LARGE);
}

static void replies_come_back(void) {
    for (int i = 0; i < MIEN_STATUS_COUNT; i++) {
        mien_agent_reply sent = {.status = (mien_status)i, .number = 7}, got;
        uint8_t bytes[1024];
        mien_writer writer = mien_writer_of(bytes, sizeof bytes);
        snprintf(sent.words, sizeof sent.words, "words \xc3\xa4 %d", i);
        sent.payload = mien_view_of(payload, (size_t)i * 3);
        REQUIRE(mien_agent_reply_write(&writer, &sent) == MIEN_OK);
        CHECK_INT(mien_agent_reply_size(&sent), writer.used);
        REQUIRE(mien_agent_reply_read(&got, bytes + 4, writer.used - 4) == MIEN_OK);
        CHECK_INT(got.status, i);
        CHECK_TEXT(got.words, sent.words);
        CHECK_INT(got.number, i == MIEN_OK ? 7 : 0);
        CHECK_INT(got.payload.length, i == MIEN_OK ? sent.payload.length : 0);
        for (size_t cut = 0; cut + 4 < writer.used; cut++)
            CHECK(mien_agent_reply_read(&got, bytes + 4, cut) != MIEN_OK);
        CHECK_INT(mien_agent_reply_read(&got, bytes + 4, writer.used - 3), MIEN_TRAILING);
    }
}

/* An agent that was taken over must not paint on the terminal of a client. */
static void words_that_repaint(void) {
    mien_agent_reply sent = {.status = MIEN_IO, .words = "\033[2J gone"}, got;
    uint8_t bytes[512];
    mien_writer writer = mien_writer_of(bytes, sizeof bytes);
    REQUIRE(mien_agent_reply_write(&writer, &sent) == MIEN_OK);
    CHECK_INT(mien_agent_reply_read(&got, bytes + 4, writer.used - 4), MIEN_FORMAT);
}

static void states_come_back(void) {
    mien_agent_state sent = {true, {1, 2, 3, 4}, 5, 6, 7, 8, 9, 1ull << 40}, got;
    uint8_t bytes[MIEN_AGENT_STATE_SIZE];
    mien_agent_state_write(bytes, &sent);
    REQUIRE(mien_agent_state_read(&got, mien_view_of(bytes, sizeof bytes)) == MIEN_OK);
    CHECK(got.unlocked && got.seconds_left == 5 && got.idle_left == 6 && got.grants == 7);
    CHECK(got.clients == 8 && got.waiting == 9 && got.served == 1ull << 40);
    CHECK_INT(mien_agent_state_read(&got, mien_view_of(bytes, sizeof bytes - 1)), MIEN_FORMAT);
    bytes[0] = 2;
    CHECK_INT(mien_agent_state_read(&got, mien_view_of(bytes, sizeof bytes)), MIEN_FORMAT);
}

static void faces_come_back(void) {
    static mien_agent_faces sent, got;
    static uint8_t bytes[MIEN_AGENT_FACES_BYTES];
    mien_error why = {0}, error = {0};
    sent.count = 3;
    harness_random_bytes(sent.model_digest, 32);
    for (size_t i = 0; i < sent.count; i++) {
        harness_random_bytes(sent.frames[i].embedding, MIEN_COMBINE_SIZE);
        harness_random_bytes(sent.crops[i], sizeof sent.crops[i]);
        sent.frames[i].quality = 0.25f + (float)i;
    }
    mien_writer writer = mien_writer_of(bytes, sizeof bytes);
    REQUIRE(mien_agent_faces_write(&writer, &sent, &why) == MIEN_OK);
    REQUIRE(mien_agent_faces_read(&got, bytes, writer.used, &error) == MIEN_OK);
    CHECK_BYTES(&got, &sent, sizeof got);
    for (size_t cut = 0; cut < writer.used; cut += cut < 1000 ? 1 : 97)
        CHECK_INT(mien_agent_faces_read(&got, bytes, cut, &error), MIEN_FORMAT);
    CHECK_INT(mien_agent_faces_read(&got, bytes, writer.used - 1, &error), MIEN_FORMAT);
    CHECK_INT(got.count, 0);
    sent.frames[1].quality = 0;
    writer.used = 0;
    REQUIRE(mien_agent_faces_write(&writer, &sent, &why) == MIEN_OK);
    CHECK_INT(mien_agent_faces_read(&got, bytes, writer.used, &error), MIEN_FORMAT);
    why = (mien_error){MIEN_NO_FACE, "nobody there"};
    writer.used = 0;
    REQUIRE(mien_agent_faces_write(&writer, &sent, &why) == MIEN_OK);
    CHECK_INT(mien_agent_faces_read(&got, bytes, writer.used, &error), MIEN_NO_FACE);
    CHECK_TEXT(error.message, "nobody there");
}

int main(void) {
    RUN(requests_come_back);
    RUN(every_prefix_and_tail_is_refused);
    RUN(no_two_encodings);
    RUN(values_out_of_range);
    RUN(what_cannot_be_sent);
    RUN(replies_come_back);
    RUN(words_that_repaint);
    RUN(states_come_back);
    RUN(faces_come_back);
    return harness_end();
}
