/* SPDX-License-Identifier: MIT */
#include "platform/base/bytes.h"
#include "platform/base/error.h"
#include "tests/harness.h"

static void status_list(void) {
    for (int s = 0; s < MIEN_STATUS_COUNT; s++) {
        CHECK(mien_status_text((mien_status)s)[0] != '\0');
        CHECK((s == MIEN_OK) == (mien_status_exit_code((mien_status)s) == 0));
        CHECK((s == MIEN_OK) == (mien_status_kind_of((mien_status)s) == MIEN_KIND_OK));
    }
    CHECK_TEXT(mien_status_name(MIEN_NO_FACE), "NO_FACE");
    CHECK_TEXT(mien_status_text((mien_status)-1), "unknown status");
    CHECK_INT(mien_status_exit_code(MIEN_PROOF_INVALID), 9);
}

static void reader_stops_at_the_end(void) {
    const uint8_t bytes[7] = {1, 2, 3, 4, 5, 6, 7};
    mien_reader reader = mien_reader_of(bytes, sizeof bytes);
    uint32_t word = 0;
    uint64_t wide = 99;
    CHECK_INT(mien_read_le32(&reader, &word), MIEN_OK);
    CHECK_INT(word, 0x04030201);
    CHECK_INT(mien_read_le32(&reader, &word), MIEN_TRUNCATED);
    CHECK_INT(word, 0x04030201);
    CHECK_INT(mien_read_le64(&reader, &wide), MIEN_TRUNCATED);
    CHECK_INT(wide, 99);
    CHECK_INT(reader.left, 3);
    CHECK_INT(mien_read_end(&reader), MIEN_TRAILING);
    const uint8_t *view;
    CHECK_INT(mien_read_view(&reader, &view, SIZE_MAX), MIEN_TRUNCATED);
    CHECK_INT(mien_read_view(&reader, &view, 3), MIEN_OK);
    CHECK_INT(mien_read_end(&reader), MIEN_OK);
}

static void writer_stops_at_the_end(void) {
    uint8_t bytes[8] = {0};
    mien_writer writer = mien_writer_of(bytes, 6);
    CHECK_INT(mien_write_le32(&writer, 0x04030201), MIEN_OK);
    CHECK_INT(mien_write_le32(&writer, 1), MIEN_TOO_LARGE);
    CHECK_INT(writer.used, 4);
    CHECK_INT(mien_write_le16(&writer, 0x0605), MIEN_OK);
    const uint8_t expected[8] = {1, 2, 3, 4, 5, 6, 0, 0};
    CHECK_BYTES(bytes, expected, 8);
}

static void sizes_and_comparison(void) {
    size_t out = 5;
    CHECK(!mien_size_add(&out, SIZE_MAX, 1) && out == 5);
    CHECK(!mien_size_multiply(&out, SIZE_MAX / 2, 3) && out == 5);
    CHECK(mien_size_multiply(&out, 6, 7) && out == 42);
    uint8_t a[33], b[33];
    harness_random_bytes(a, sizeof a);
    memcpy(b, a, sizeof a);
    CHECK(mien_equal_ct(a, b, sizeof a));
    for (size_t i = 0; i < sizeof a; i++) {
        b[i] ^= (uint8_t)(1u << i % 8);
        CHECK(!mien_equal_ct(a, b, sizeof a));
        b[i] = a[i];
    }
    mien_wipe(a, sizeof a);
    for (size_t i = 0; i < sizeof a; i++) CHECK(a[i] == 0);
}

static void errors_have_words(void) {
    mien_error error = {MIEN_OK, ""};
    CHECK_INT(mien_fail(&error, MIEN_FORMAT, "node %d", 7), MIEN_FORMAT);
    CHECK_TEXT(mien_error_words(&error), "node 7");
    CHECK_INT(mien_fail(NULL, MIEN_IO, "nobody listens"), MIEN_IO);
    mien_error silent = {MIEN_NO_FACE, ""};
    CHECK_TEXT(mien_error_words(&silent), "no face found");
}

int main(void) {
    RUN(status_list);
    RUN(reader_stops_at_the_end);
    RUN(writer_stops_at_the_end);
    RUN(sizes_and_comparison);
    RUN(errors_have_words);
    return harness_end();
}
