/* SPDX-License-Identifier: MIT */
/* Parsing of arguments, suggestions, the simulated camera, the words of the demonstration. */
#include "tests/harness.h"
#include "wallet/cli/cli.h"
#include "wallet/cli/demo/simulated_camera.h"
#include "wallet/cli/words.h"

static mien_status parse(mien_cli *cli, bool *help, const char **group, mien_error *error,
                         const char *const *words) {
    char *argv[16];
    int argc = 0;
    while (words[argc] != NULL) {
        argv[argc] = (char *)words[argc];
        argc++;
    }
    memset(cli, 0, sizeof *cli);
    memset(error, 0, sizeof *error);
    return mien_cli_parse(cli, help, group, argc, argv, error);
}

#define PARSE(...)                                                                                 \
    parse(&cli, &help, &group, &error, (const char *const[]){"mien", __VA_ARGS__, NULL})
#define VARIABLES                                                                                  \
    mien_cli cli;                                                                                  \
    mien_error error;                                                                              \
    bool help;                                                                                     \
    const char *group;

static void options_stand_anywhere(void) {
    VARIABLES
    REQUIRE(PARSE("psbt", "sign", "--yes", "a.psbt", "--source=x", "-s", "y", "--json") == MIEN_OK);
    CHECK_TEXT(cli.verb->words, "psbt sign");
    CHECK_INT(cli.operand_count, 1);
    CHECK_TEXT(cli.operands[0], "a.psbt");
    const char *sources[1];
    CHECK_INT(mien_cli_values(&cli, "source", sources, 1), 2);
    CHECK_TEXT(sources[0], "x");
    CHECK_TEXT(mien_cli_value(&cli, "source"), "y");
    CHECK(mien_cli_flag(&cli, "yes") && cli.json && !cli.quiet);
    CHECK(mien_cli_value(&cli, "out") == NULL);
}

static void two_dashes_end_options(void) {
    VARIABLES
    REQUIRE(PARSE("psbt", "show", "--", "--json") == MIEN_OK);
    CHECK_TEXT(cli.operands[0], "--json");
    CHECK(!cli.json);
    REQUIRE(PARSE("psbt", "show", "-") == MIEN_OK);
    CHECK_TEXT(cli.operands[0], "-");
}

static void common_options_may_come_first(void) {
    VARIABLES
    REQUIRE(PARSE("--json", "--home", "h", "status") == MIEN_OK);
    CHECK(cli.json);
    CHECK_TEXT(mien_cli_value(&cli, "home"), "h");
    CHECK_INT(PARSE("--source", "x", "unlock"), MIEN_USAGE);
}

static void a_verb_may_have_its_own_json(void) {
    VARIABLES
    REQUIRE(PARSE("eval", "--faces", "d", "--json", "file.json") == MIEN_OK);
    CHECK(!cli.json);
    CHECK_TEXT(mien_cli_value(&cli, "json"), "file.json");
}

static void limits_hold(void) {
    VARIABLES
    const char *words[2 * MIEN_CLI_MAX_OPTIONS + 4];
    char *argv[2 * MIEN_CLI_MAX_OPTIONS + 4];
    int argc = 0;
    words[argc++] = "mien";
    words[argc++] = "unlock";
    for (int i = 0; i < MIEN_CLI_MAX_OPTIONS + 1; i++) words[argc++] = "--source=x";
    for (int i = 0; i < argc; i++) argv[i] = (char *)words[i];
    memset(&cli, 0, sizeof cli);
    CHECK_INT(mien_cli_parse(&cli, &help, &group, argc - 1, argv, &error), MIEN_OK);
    memset(&cli, 0, sizeof cli);
    CHECK_INT(mien_cli_parse(&cli, &help, &group, argc, argv, &error), MIEN_USAGE);
}

static void numbers_are_strict(void) {
    VARIABLES
    uint64_t number = 7;
    REQUIRE(PARSE("address", "--index", "2147483647") == MIEN_OK);
    CHECK_INT(mien_cli_number(&cli, "index", &number, 0, 0, 2147483647, &error), MIEN_OK);
    CHECK_INT(number, 2147483647);
    CHECK_INT(mien_cli_number(&cli, "count", &number, 3, 1, 9, &error), MIEN_OK);
    CHECK_INT(number, 3);
    static const char *const wrong[] = {"", " 1", "+1", "0x1", "1.0", "18446744073709551616", "10"};
    for (size_t i = 1; i < sizeof wrong / sizeof wrong[0]; i++) {
        REQUIRE(PARSE("address", "--index", wrong[i]) == MIEN_OK);
        number = 77;
        CHECK_INT(mien_cli_number(&cli, "index", &number, 0, 0, 9, &error), MIEN_USAGE);
        CHECK_INT(number, 77);
    }
}

static void hex_is_strict(void) {
    mien_error error;
    uint8_t out[2];
    CHECK_INT(mien_cli_hex(out, 2, "0xA1b2", "x", &error), MIEN_OK);
    CHECK(out[0] == 0xa1 && out[1] == 0xb2);
    static const char *const wrong[] = {"", "0x", "a1b", "a1b2c3", "a1g2", "a1b2 ", "0x0xa1"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        CHECK_INT(mien_cli_hex(out, 2, wrong[i], "x", &error), MIEN_USAGE);
}

static void suggestions_are_near(void) {
    static const char *const words[] = {"unlock", "enrol", "address", NULL};
    CHECK_TEXT(mien_cli_nearest("unlokc", words), "unlock");
    CHECK_TEXT(mien_cli_nearest("enroll", words), "enrol");
    CHECK(mien_cli_nearest("banana", words) == NULL);
    CHECK(mien_cli_nearest("", words) == NULL);
    char longest[300];
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    CHECK(mien_cli_nearest(longest, words) == NULL);
}

static void make_portrait(mien_image *portrait, int width, int height) {
    REQUIRE(mien_image_create(portrait, width, height) == MIEN_OK);
    for (int i = 0; i < 3 * width * height; i++) portrait->rgb[i] = (uint8_t)(i % 251 / 2 + 60);
}

static double difference(const mien_image *a, const mien_image *b) {
    double sum = 0;
    size_t values = (size_t)3 * (size_t)a->width * (size_t)a->height;
    for (size_t i = 0; i < values; i++) sum += abs(a->rgb[i] - b->rgb[i]);
    return sum / (double)values;
}

static void camera_repeats_a_seed_and_no_other(void) {
    mien_image portrait = {0}, one = {0}, same = {0}, other = {0};
    make_portrait(&portrait, 97, 61);
    REQUIRE(mien_simulated_frame(&one, &portrait, &mien_simulated_desk, 5) == MIEN_OK);
    REQUIRE(mien_simulated_frame(&same, &portrait, &mien_simulated_desk, 5) == MIEN_OK);
    REQUIRE(mien_simulated_frame(&other, &portrait, &mien_simulated_desk, 6) == MIEN_OK);
    CHECK_INT(one.width, MIEN_SIMULATED_WIDTH);
    CHECK_INT(one.height, MIEN_SIMULATED_HEIGHT);
    CHECK(difference(&one, &same) == 0);
    CHECK(difference(&one, &other) > 3);
    mien_image_free(&portrait);
    mien_image_free(&one);
    mien_image_free(&same);
    mien_image_free(&other);
}

/* With nothing to change, the frame is the portrait, enlarged and hardly blurred. */
static void camera_without_spread_is_faithful(void) {
    const mien_simulated_spread none = {0};
    mien_image portrait = {0}, frame = {0};
    REQUIRE(mien_image_create(&portrait, 64, 48) == MIEN_OK);
    for (int y = 0; y < 48; y++)
        for (int x = 0; x < 64; x++)
            for (int c = 0; c < 3; c++)
                portrait.rgb[3 * (y * 64 + x) + c] = (uint8_t)(2 * x + y + 10 * c);
    REQUIRE(mien_simulated_frame(&frame, &portrait, &none, 1) == MIEN_OK);
    for (int y = 60; y < 420; y += 40)
        for (int x = 60; x < 580; x += 40) {
            double expected = 2 * x / 10.0 + y / 10.0;
            double got = frame.rgb[3 * (y * MIEN_SIMULATED_WIDTH + x)];
            CHECK(got > expected - 2 && got < expected + 2);
        }
    mien_image_free(&portrait);
    mien_image_free(&frame);
}

static void camera_refuses_nothing_to_look_at(void) {
    mien_image empty = {0}, frame = {0};
    CHECK_INT(mien_simulated_frame(&frame, &empty, &mien_simulated_desk, 1), MIEN_ARGUMENT);
    CHECK(frame.rgb == NULL);
}

static void threshold_is_a_cosine(void) {
    CHECK(mien_words_cosine(16384) == 0.5);
    CHECK(mien_words_cosine(65535) < 1 && mien_words_cosine(65535) > 0.9999);
}

int main(void) {
    RUN(options_stand_anywhere);
    RUN(two_dashes_end_options);
    RUN(common_options_may_come_first);
    RUN(a_verb_may_have_its_own_json);
    RUN(limits_hold);
    RUN(numbers_are_strict);
    RUN(hex_is_strict);
    RUN(suggestions_are_near);
    RUN(camera_repeats_a_seed_and_no_other);
    RUN(camera_without_spread_is_faithful);
    RUN(camera_refuses_nothing_to_look_at);
    RUN(threshold_is_a_cosine);
    return harness_end();
}
