/* SPDX-License-Identifier: MIT */
#include "platform/base/bytes.h"
#include "platform/frames/frame_source.h"
#include "platform/frames/pixels.h"
#include "platform/frames/y4m.h"
#include "tests/harness.h"

#include <sys/stat.h>

static char home[256];

static const char *at(const char *name) {
    static char paths[8][512];
    static int next;
    char *path = paths[next++ % 8];
    snprintf(path, 512, "%s/%s", home, name);
    return path;
}

static void put(const char *path, const void *bytes, size_t length) {
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes, 1, length, file) != length || fclose(file) != 0) abort();
}

static void put_picture(const char *path, uint8_t value) {
    mien_image image;
    if (mien_image_create(&image, 4, 4) != MIEN_OK) abort();
    memset(image.rgb, value, 48);
    if (mien_image_write_png(path, &image, NULL) != MIEN_OK) abort();
    mien_image_free(&image);
}

/* ---- pixels ---- */

static void colours_are_those_of_bt601(void) {
    static const struct {
        int y, cb, cr;
        bool full;
        uint8_t rgb[3];
    } known[] = {{16, 128, 128, false, {0, 0, 0}},       {235, 128, 128, false, {255, 255, 255}},
                 {81, 90, 240, false, {255, 0, 0}},      {145, 54, 34, false, {0, 255, 0}},
                 {41, 240, 110, false, {0, 0, 255}},     {0, 128, 128, true, {0, 0, 0}},
                 {255, 128, 128, true, {255, 255, 255}}, {76, 85, 255, true, {254, 0, 0}},
                 {0, 0, 0, false, {0, 135, 0}},          {255, 255, 255, false, {255, 125, 255}}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        uint8_t rgb[3];
        mien_pixel_from_ycc(rgb, known[i].y, known[i].cb, known[i].cr, known[i].full);
        for (int c = 0; c < 3; c++) CHECK(abs(rgb[c] - known[i].rgb[c]) <= 1);
    }
}

/* Every one of the 2^24 colours against the formula in floating point: never more than one off. */
static void integers_follow_the_formula(void) {
    int worst = 0;
    for (int full = 0; full < 2; full++)
        for (int y = 0; y < 256; y += 3)
            for (int cb = 0; cb < 256; cb += 5)
                for (int cr = 0; cr < 256; cr += 5) {
                    const double luma = full ? y : (y - 16) * 255.0 / 219;
                    const double s = full ? 1 : 255.0 / 224, b = (cb - 128) * s, r = (cr - 128) * s;
                    const double exact[3] = {luma + 1.402 * r, luma - 0.344136 * b - 0.714136 * r,
                                             luma + 1.772 * b};
                    uint8_t rgb[3];
                    mien_pixel_from_ycc(rgb, y, cb, cr, full);
                    for (int c = 0; c < 3; c++) {
                        double e = exact[c] < 0 ? 0 : exact[c] > 255 ? 255 : exact[c];
                        int off = abs((int)(e + 0.5) - rgb[c]);
                        if (off > worst) worst = off;
                    }
                }
    CHECK(worst <= 1);
}

/* ---- Y4M ---- */

static mien_status read_one_byte(void *context, uint8_t *bytes, size_t length, size_t *got) {
    mien_reader *reader = context;
    (void)length;
    *got = reader->left != 0;
    return mien_read_bytes(reader, bytes, *got);
}

static mien_status read_nothing(void *context, uint8_t *bytes, size_t length, size_t *got) {
    (void)context;
    (void)bytes;
    (void)length;
    (void)got;
    return MIEN_IO;
}

static mien_status open_text(mien_y4m **video, mien_reader *reader, const char *text) {
    *reader = mien_reader_of(text, strlen(text));
    return mien_y4m_open(video, (mien_y4m_input){read_one_byte, reader}, NULL);
}

static void headers_are_judged(void) {
    static const struct {
        const char *text;
        mien_status status;
    } cases[] = {{"YUV4MPEG2 W2 H2\n", MIEN_OK},
                 {"YUV4MPEG2 H2 W2 F25:1 Ip A1:1 C420paldv Xother\n", MIEN_OK},
                 {"YUV4MPEG2 W2 H2", MIEN_TRUNCATED},
                 {"YUV4MPEG2", MIEN_TRUNCATED},
                 {"", MIEN_FORMAT},
                 {"\n", MIEN_FORMAT},
                 {"YUV4MPEG2 W2\n", MIEN_FORMAT},
                 {"YUV4MPEG2 W0 H2\n", MIEN_FORMAT},
                 {"YUV4MPEG2 W-2 H2\n", MIEN_FORMAT},
                 {"YUV4MPEG2 W2x H2\n", MIEN_FORMAT},
                 {"YUV4MPEG2 W H2\n", MIEN_FORMAT},
                 {"YUV4MPEG2 W99999999999999999999 H2\n", MIEN_FORMAT},
                 {"YUV4MPEG2 W8193 H2\n", MIEN_TOO_LARGE},
                 {"YUV4MPEG2 W8192 H8192\n", MIEN_TOO_LARGE},
                 {"YUV4MPEG2 W2 H2 C420p10\n", MIEN_UNSUPPORTED},
                 {"YUV4MPEG2 W2 H2 C444alpha\n", MIEN_UNSUPPORTED},
                 {"YUV4MPEG2 W2 H2 C411\n", MIEN_UNSUPPORTED},
                 {"YUV4MPEG2 W2 H2 F30\n", MIEN_FORMAT},
                 {"YUV4MPEG2X W2 H2\n", MIEN_FORMAT},
                 {"yuv4mpeg2 W2 H2\n", MIEN_FORMAT}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mien_y4m *video = NULL;
        mien_reader reader;
        CHECK_INT(open_text(&video, &reader, cases[i].text), cases[i].status);
        CHECK((video != NULL) == (cases[i].status == MIEN_OK));
        mien_y4m_close(video);
    }
    mien_y4m *video = NULL;
    CHECK_INT(mien_y4m_open(&video, (mien_y4m_input){read_nothing, NULL}, NULL), MIEN_IO);
    static char longer[2 * MIEN_Y4M_MAX_HEADER];
    memset(longer, 'X', sizeof longer - 1);
    memcpy(longer, "YUV4MPEG2 ", 10);
    mien_reader reader;
    CHECK_INT(open_text(&video, &reader, longer), MIEN_FORMAT);
}

/* Each chroma kind: the pixel in column x and row y gets the sample that lies there. */
static void chroma_lies_where_it_should(void) {
    static const struct {
        const char *name;
        int across, down;
    } kinds[] = {{"420", 2, 2}, {"420jpeg", 2, 2}, {"420mpeg2", 2, 2}, {"420paldv", 2, 2},
                 {"422", 2, 1}, {"444", 1, 1},     {"mono", 0, 0}};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        for (int w = 1; w <= 5; w++)
            for (int h = 1; h <= 5; h++) {
                uint8_t file[400];
                int across = kinds[k].across, down = kinds[k].down;
                int head = snprintf((char *)file, sizeof file,
                                    "YUV4MPEG2 W%d H%d C%s F25:1\nFRAME Ip\n", w, h, kinds[k].name);
                const int cw = across != 0 ? (w + across - 1) / across : 0;
                const int ch = across != 0 ? (h + down - 1) / down : 0;
                const size_t size = (size_t)(w * h + 2 * cw * ch);
                const uint8_t *planes = file + head;
                harness_random_bytes(file + head, size);
                mien_reader reader = mien_reader_of(file, (size_t)head + size);
                mien_y4m *video = NULL;
                mien_image image;
                REQUIRE(mien_y4m_open(&video, (mien_y4m_input){read_one_byte, &reader}, NULL) ==
                        MIEN_OK);
                CHECK(mien_y4m_frame_seconds(video) > 0.0399 &&
                      mien_y4m_frame_seconds(video) < 0.0401);
                REQUIRE(mien_y4m_next(video, &image, NULL) == MIEN_OK);
                for (int y = 0; y < h; y++)
                    for (int x = 0; x < w; x++) {
                        const int c = across != 0 ? y / down * cw + x / across : 0;
                        uint8_t expected[3];
                        mien_pixel_from_ycc(expected, planes[y * w + x],
                                            across != 0 ? planes[w * h + c] : 128,
                                            across != 0 ? planes[w * h + cw * ch + c] : 128, false);
                        CHECK_BYTES(image.rgb + 3 * (y * w + x), expected, 3);
                    }
                mien_image_free(&image);
                CHECK_INT(mien_y4m_next(video, &image, NULL), MIEN_END);
                CHECK_INT(mien_y4m_next(video, &image, NULL), MIEN_END);
                mien_y4m_close(video);
            }
}

static void frames_are_judged(void) {
    static const struct {
        const char *text;
        mien_status status;
    } cases[] = {{"FRAME\n123456", MIEN_OK},
                 {"FRAME Ixyz\n123456", MIEN_OK},
                 {"FRAME\n12345", MIEN_TRUNCATED},
                 {"FRAME\n", MIEN_TRUNCATED},
                 {"FRAM", MIEN_TRUNCATED},
                 {"FRAMES\n123456", MIEN_FORMAT},
                 {"FRAME123456\n", MIEN_FORMAT},
                 {"123456\n", MIEN_FORMAT},
                 {"", MIEN_END}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[100];
        mien_y4m *video = NULL;
        mien_reader reader;
        mien_image image;
        snprintf(text, sizeof text, "YUV4MPEG2 W2 H2\n%s", cases[i].text);
        REQUIRE(open_text(&video, &reader, text) == MIEN_OK);
        CHECK_INT(mien_y4m_next(video, &image, NULL), cases[i].status);
        CHECK((image.rgb != NULL) == (cases[i].status == MIEN_OK));
        mien_image_free(&image);
        if (cases[i].status == MIEN_TRUNCATED || cases[i].status == MIEN_FORMAT)
            CHECK_INT(mien_y4m_next(video, &image, NULL), MIEN_FORMAT); /* it stays broken */
        mien_y4m_close(video);
    }
}

/* ---- sources ---- */

static void still_gives_one_frame(void) {
    mien_frame_source *source = NULL;
    mien_frame frame;
    REQUIRE(mien_frame_source_open(&source, at("b.png"), NULL) == MIEN_OK);
    CHECK(!mien_frame_source_is_live(source));
    CHECK_INT(mien_frame_source_count(source), 1);
    REQUIRE(mien_frame_source_next(source, &frame, NULL) == MIEN_OK);
    CHECK_TEXT(frame.name, "b.png");
    CHECK_INT(frame.image.rgb[0], 2);
    mien_image_free(&frame.image);
    CHECK_INT(mien_frame_source_next(source, &frame, NULL), MIEN_END);
    CHECK(frame.image.rgb == NULL);
    mien_frame_source_close(source);
    mien_frame_source_close(NULL);
}

static void folder_goes_on_behind_a_damaged_file(void) {
    static const char *const names[] = {"C.PNG", "a.png", "b.png", "bad.jpg"};
    mien_frame_source *source = NULL;
    mien_frame frame;
    mien_error error = {MIEN_OK, ""};
    REQUIRE(mien_frame_source_open(&source, home, NULL) == MIEN_OK);
    CHECK_INT(mien_frame_source_count(source), 5);
    for (int i = 0; i < 3; i++) {
        CHECK_INT(mien_frame_source_next(source, &frame, NULL), MIEN_OK);
        CHECK_TEXT(frame.name, names[i]);
        mien_image_free(&frame.image);
    }
    CHECK_INT(mien_frame_source_next(source, &frame, &error), MIEN_FORMAT);
    CHECK(strstr(error.message, "bad.jpg") != NULL && frame.image.rgb == NULL);
    CHECK_INT(mien_frame_source_next(source, &frame, NULL), MIEN_OK);
    CHECK_TEXT(frame.name, "d.png");
    mien_image_free(&frame.image);
    CHECK_INT(mien_frame_source_next(source, &frame, NULL), MIEN_END);
    mien_frame_source_close(source);
}

static void video_tells_its_time(void) {
    mien_frame_source *source = NULL;
    mien_frame frame;
    mien_error error = {MIEN_OK, ""};
    static const char film[] = "YUV4MPEG2 W2 H2 F10:1\nFRAME\n123456FRAME\n123456FRAME\n1234";
    put(at("film.y4m"), film, sizeof film - 1);
    REQUIRE(mien_frame_source_open(&source, at("film.y4m"), NULL) == MIEN_OK);
    CHECK_INT(mien_frame_source_count(source), 0);
    CHECK_INT(mien_frame_source_next(source, &frame, NULL), MIEN_OK);
    CHECK_TEXT(frame.name, "frame 1");
    mien_image_free(&frame.image);
    CHECK_INT(mien_frame_source_next(source, &frame, NULL), MIEN_OK);
    CHECK(frame.seconds > 0.099 && frame.seconds < 0.101);
    mien_image_free(&frame.image);
    CHECK_INT(mien_frame_source_next(source, &frame, &error), MIEN_TRUNCATED);
    CHECK(strstr(error.message, "film.y4m, frame 3") != NULL);
    CHECK_INT(mien_frame_source_next(source, &frame, NULL), MIEN_END);
    mien_frame_source_close(source);
    put(at("empty.y4m"), "", 0);
    CHECK_INT(mien_frame_source_open(&source, at("empty.y4m"), &error), MIEN_FORMAT);
    CHECK(strstr(error.message, "empty.y4m") != NULL && source == NULL);
}

static void lists_go_through_all(void) {
    const char *texts[] = {at("b.png"), at("film.y4m"), at("a.png")};
    mien_frame_source *source = NULL;
    mien_frame frame;
    int fine = 0, failed = 0;
    REQUIRE(mien_frame_source_open_list(&source, texts, 3, NULL) == MIEN_OK);
    CHECK_INT(mien_frame_source_count(source), 0); /* nobody knows how long the film is */
    CHECK(!mien_frame_source_is_live(source));
    for (;;) {
        mien_status status = mien_frame_source_next(source, &frame, NULL);
        if (status == MIEN_END) break;
        fine += status == MIEN_OK;
        failed += status != MIEN_OK;
        mien_image_free(&frame.image);
        REQUIRE(fine + failed < 10);
    }
    CHECK_INT(fine, 4);
    CHECK_INT(failed, 1);
    mien_frame_source_close(source);
    texts[1] = at("missing.png");
    CHECK_INT(mien_frame_source_open_list(&source, texts, 3, NULL), MIEN_NOT_FOUND);
    CHECK(source == NULL);
    CHECK_INT(mien_frame_source_open_list(&source, texts, 0, NULL), MIEN_ARGUMENT);
    texts[1] = texts[0];
    REQUIRE(mien_frame_source_open_list(&source, texts, 3, NULL) == MIEN_OK);
    CHECK_INT(mien_frame_source_count(source), 3);
    mien_frame_source_close(source);
}

static void wrong_names_are_explained(void) {
    mien_frame_source *source = NULL;
    mien_error error = {MIEN_OK, ""};
    CHECK_INT(mien_frame_source_open(&source, at("nowhere"), &error), MIEN_NOT_FOUND);
    CHECK(strstr(error.message, "nowhere") != NULL);
    REQUIRE(mkdir(at("hollow"), 0700) == 0);
    put(at("hollow/.hidden.png"), "", 0);
    put(at("hollow/notes.txt"), "", 0);
    CHECK_INT(mien_frame_source_open(&source, at("hollow"), &error), MIEN_NOT_FOUND);
    CHECK(strstr(error.message, "hollow") != NULL);
    CHECK_INT(mien_frame_source_open(&source, "", &error), MIEN_NOT_FOUND);
}

int main(void) {
    snprintf(home, sizeof home, "/tmp/mien-frames-XXXXXX");
    if (mkdtemp(home) == NULL) return 1;
    put_picture(at("a.png"), 1);
    put_picture(at("b.png"), 2);
    put_picture(at("C.PNG"), 3);
    put_picture(at("d.png"), 4);
    put(at("bad.jpg"), "\xff\xd8\xff", 3);
    put(at("notes.txt"), "x", 1);
    RUN(colours_are_those_of_bt601);
    RUN(integers_follow_the_formula);
    RUN(headers_are_judged);
    RUN(chroma_lies_where_it_should);
    RUN(frames_are_judged);
    RUN(still_gives_one_frame);
    RUN(folder_goes_on_behind_a_damaged_file);
    RUN(video_tells_its_time);
    RUN(lists_go_through_all);
    RUN(wrong_names_are_explained);
    char command[512];
    snprintf(command, sizeof command, "rm -rf '%s'", home);
    if (system(command) != 0) return 1;
    return harness_end();
}
