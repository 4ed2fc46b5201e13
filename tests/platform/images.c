/* SPDX-License-Identifier: MIT */
#include "platform/base/bytes.h"
#include "platform/images/draw.h"
#include "platform/images/exif.h"
#include "platform/images/image.h"
#include "platform/images/jpeg.h"
#include "platform/images/stb.h"
#include "tests/harness.h"

#define CORPUS MIEN_SOURCE_DIR "/tests/fuzz/corpus/"

static void fill_random(mien_image *image) {
    harness_random_bytes(image->rgb, (size_t)image->width * (size_t)image->height * 3);
}

/* Soft shapes, so that lossy compression stays close. */
static void fill_soft(mien_image *image) {
    for (int y = 0; y < image->height; y++)
        for (int x = 0; x < image->width; x++) {
            uint8_t *p = image->rgb + 3 * (y * image->width + x);
            p[0] = (uint8_t)(255 * x / image->width);
            p[1] = (uint8_t)(255 * y / image->height);
            p[2] = 128;
        }
}

static void sizes_are_limited(void) {
    mien_image image = {NULL, 3, 3};
    CHECK_INT(mien_image_create(&image, 0, 1), MIEN_ARGUMENT);
    CHECK_INT(mien_image_create(&image, 1, -5), MIEN_ARGUMENT);
    CHECK_INT(mien_image_create(&image, MIEN_IMAGE_MAX_SIDE + 1, 1), MIEN_TOO_LARGE);
    CHECK_INT(mien_image_create(&image, 8192, 8192), MIEN_TOO_LARGE);
    CHECK(image.rgb == NULL && image.width == 0);
    mien_image_free(&image);
    mien_image_free(NULL);
}

static void png_comes_back_exactly(void) {
    for (int round = 0; round < 20; round++) {
        mien_image image, back;
        uint8_t *bytes = NULL;
        size_t length = 0;
        REQUIRE(mien_image_create(&image, 1 + (int)harness_random_below(70),
                                  1 + (int)harness_random_below(70)) == MIEN_OK);
        fill_random(&image);
        REQUIRE(mien_image_encode_png(&bytes, &length, &image) == MIEN_OK);
        REQUIRE(mien_image_decode(&back, bytes, length, NULL) == MIEN_OK);
        CHECK(back.width == image.width && back.height == image.height);
        CHECK_BYTES(back.rgb, image.rgb, (size_t)(3 * image.width * image.height));
        for (size_t cut = 0; cut < length; cut += 1 + length / 50) {
            mien_image damaged;
            if (mien_image_decode(&damaged, bytes, cut, NULL) == MIEN_OK)
                CHECK_INT(damaged.width, image.width); /* only bytes behind the picture missing */
            mien_image_free(&damaged);
        }
        free(bytes);
        mien_image_free(&image);
        mien_image_free(&back);
    }
}

static void jpeg_comes_back_closely(void) {
    mien_image image, back;
    uint8_t *bytes = NULL;
    size_t length = 0;
    REQUIRE(mien_image_create(&image, 90, 50) == MIEN_OK);
    fill_soft(&image);
    CHECK_INT(mien_image_encode_jpeg(&bytes, &length, &image, 0), MIEN_ARGUMENT);
    CHECK_INT(mien_image_encode_jpeg(&bytes, &length, &image, 101), MIEN_ARGUMENT);
    REQUIRE(mien_image_encode_jpeg(&bytes, &length, &image, 95) == MIEN_OK);
    REQUIRE(mien_image_decode(&back, bytes, length, NULL) == MIEN_OK);
    int worst = 0;
    for (int i = 0; i < 3 * 90 * 50; i++) {
        const int difference = abs(image.rgb[i] - back.rgb[i]);
        if (difference > worst) worst = difference;
    }
    CHECK(worst <= 12);
    mien_image_free(&back);
    /* every cut-off JPEG is refused: half a face is no face */
    for (size_t cut = 0; cut < length; cut++)
        CHECK(mien_image_decode(&back, bytes, cut, NULL) != MIEN_OK);
    free(bytes);
    mien_image_free(&image);
}

static void usual_kinds_decode(void) {
    static const char *const names[] = {
        "rgb.png",   "rgb16.png", "interlaced.png", "grey.png", "palette.png",     "one-bit.png",
        "alpha.png", "420.jpg",   "422.jpg",        "grey.jpg", "progressive.jpg", "cmyk.jpg"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[512];
        mien_image image;
        mien_error error = {MIEN_OK, ""};
        snprintf(path, sizeof path, CORPUS "image/%s", names[i]);
        if (mien_image_read(&image, path, &error) != MIEN_OK) printf("  %s\n", error.message);
        CHECK(image.width == 19 && image.height == 13);
        mien_image_free(&image);
    }
}

static void others_are_refused(void) {
    static const char *const texts[] = {"",
                                        "x",
                                        "GIF89a\1\0\1\0",
                                        "BM aaaaaaaaaaaaaaaaaaaaaaaaaaa",
                                        "P6 1 1 255 abc",
                                        "\x89PNG\r\n\x1a\n",
                                        "\xff\xd8\xff"};
    mien_image image;
    mien_error error;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        error = (mien_error){MIEN_OK, ""};
        CHECK_INT(mien_image_decode(&image, (const uint8_t *)texts[i], strlen(texts[i]), &error),
                  MIEN_FORMAT);
        CHECK(image.rgb == NULL && error.message[0] != '\0');
    }
    CHECK_INT(mien_image_decode(&image, (const uint8_t *)"", MIEN_IMAGE_MAX_FILE + 1, NULL),
              MIEN_TOO_LARGE);
    CHECK_INT(mien_image_read(&image, CORPUS "image/too-many-codes.jpg", &error), MIEN_FORMAT);
    CHECK(strstr(error.message, "too-many-codes") != NULL);
    CHECK_INT(mien_image_read(&image, CORPUS "image/fill-byte-before-start.jpg", NULL),
              MIEN_FORMAT);
    CHECK_INT(mien_image_read(&image, CORPUS "image/claims-67-megapixels.jpg", NULL),
              MIEN_TOO_LARGE);
    CHECK_INT(mien_image_read(&image, CORPUS "image/none.jpg", NULL), MIEN_NOT_FOUND);
}

/* Sizes beyond the limit are called that, whatever the decoder would say of them. */
static void sizes_beyond_the_limit_are_named(void) {
    static const uint32_t sizes[][2] = {
        {8193, 10}, {10, 8193}, {100000, 100000}, {1u << 24, 1}, {UINT32_MAX, UINT32_MAX}};
    mien_image image, small;
    mien_error error;
    uint8_t *png, *jpeg;
    size_t png_length, jpeg_length;
    REQUIRE(mien_image_create(&small, 16, 16) == MIEN_OK);
    REQUIRE(mien_image_encode_png(&png, &png_length, &small) == MIEN_OK);
    REQUIRE(mien_image_encode_jpeg(&jpeg, &jpeg_length, &small, 90) == MIEN_OK);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        mien_store_be32(png + 16, sizes[i][0]);
        mien_store_be32(png + 20, sizes[i][1]);
        error = (mien_error){MIEN_OK, ""};
        CHECK_INT(mien_image_decode(&image, png, png_length, &error), MIEN_TOO_LARGE);
        CHECK(image.rgb == NULL && strstr(error.message, "8192") != NULL);
    }
    uint8_t *frame = jpeg;
    while (frame < jpeg + jpeg_length - 16 && memcmp(frame, "\xff\xc0", 2) != 0) frame++;
    REQUIRE(memcmp(frame, "\xff\xc0", 2) == 0);
    for (int width = 0; width < 2; width++) {
        memcpy(frame + 5, width ? "\0\x10\xff\xff" : "\xff\xff\0\x10", 4);
        error = (mien_error){MIEN_OK, ""};
        CHECK_INT(mien_image_decode(&image, jpeg, jpeg_length, &error), MIEN_TOO_LARGE);
        CHECK(image.rgb == NULL && strstr(error.message, "65535") != NULL);
    }
    free(png);
    free(jpeg);
    mien_image_free(&small);
}

/* A PNG of 16 x 16 whose compressed bytes unpack to far more than that. */
static void put_chunk(uint8_t **out, const char *type, const uint8_t *data, uint32_t length) {
    uint8_t *p = *out;
    for (int i = 0; i < 4; i++) p[i] = (uint8_t)(length >> (24 - 8 * i));
    memcpy(p + 4, type, 4);
    if (length != 0) memcpy(p + 8, data, length);
    memset(p + 8 + length, 0, 4); /* the decoder does not check sums */
    *out = p + 12 + length;
}

static void png_bombs_are_refused(void) {
    const uint8_t header[13] = {0, 0, 0, 16, 0, 0, 0, 16, 8, 2, 0, 0, 0};
    /* deflate, fixed codes: a literal 0, then copies of 258 bytes from distance 1 */
    static uint8_t stream[300000], file[300200];
    size_t bit = 16;
    stream[0] = 0x78;
    stream[1] = 0x01;
    const unsigned first = 3,
                   literal = 0x0c; /* final block, fixed; 0 is 00110000, read backwards */
    for (int i = 0; i < 3; i++, bit++) stream[bit / 8] |= (uint8_t)((first >> i & 1) << bit % 8);
    for (int i = 0; i < 8; i++, bit++) stream[bit / 8] |= (uint8_t)((literal >> i & 1) << bit % 8);
    while (bit / 8 < sizeof stream - 8) { /* length 258: 11000101; distance 1: 00000 */
        const unsigned code = 0xa3;
        for (int i = 0; i < 13; i++, bit++)
            stream[bit / 8] |= (uint8_t)((i < 8 ? code >> i & 1 : 0) << bit % 8);
    }
    uint8_t *end = file;
    memcpy(end, "\x89PNG\r\n\x1a\n", 8);
    end += 8;
    put_chunk(&end, "IHDR", header, sizeof header);
    put_chunk(&end, "IDAT", stream, sizeof stream);
    put_chunk(&end, "IEND", NULL, 0);
    mien_image image;
    mien_error error = {MIEN_OK, ""};
    CHECK_INT(mien_image_decode(&image, file, (size_t)(end - file), &error), MIEN_MEMORY);
    CHECK(image.rgb == NULL);
}

/* The cap holds for the sum of what is in use, not only for one piece. */
static void decoding_memory_is_capped(void) {
    mien_image image;
    uint8_t *bytes = NULL, *rgb;
    size_t length = 0;
    int width, height, out_of_memory = 0;
    REQUIRE(mien_image_create(&image, 100, 100) == MIEN_OK);
    REQUIRE(mien_image_encode_png(&bytes, &length, &image) == MIEN_OK);
    rgb = mien_stb_decode(bytes, length, &width, &height, 40000, &out_of_memory);
    CHECK(rgb == NULL && out_of_memory);
    rgb = mien_stb_decode(bytes, length, &width, &height, 400000, &out_of_memory);
    CHECK(rgb != NULL && !out_of_memory && width == 100 && height == 100);
    mien_stb_free(rgb);
    free(bytes);
    mien_image_free(&image);
}

static void orientations_turn_back(void) {
    /* 1 = as stored; each stored picture shows the upright pattern 0 1 / 2 3 / 4 5 */
    static const uint8_t stored[9][6] = {{0},
                                         {0, 1, 2, 3, 4, 5},
                                         {1, 0, 3, 2, 5, 4},
                                         {5, 4, 3, 2, 1, 0},
                                         {4, 5, 2, 3, 0, 1},
                                         {0, 2, 4, 1, 3, 5},
                                         {1, 3, 5, 0, 2, 4},
                                         {5, 3, 1, 4, 2, 0},
                                         {4, 2, 0, 5, 3, 1}};
    for (int orientation = 1; orientation <= 8; orientation++) {
        mien_image image;
        REQUIRE(mien_image_create(&image, orientation < 5 ? 2 : 3, orientation < 5 ? 3 : 2) ==
                MIEN_OK);
        for (int i = 0; i < 6; i++) memset(image.rgb + (size_t)(3 * i), stored[orientation][i], 3);
        CHECK_INT(mien_image_apply_orientation(&image, orientation), MIEN_OK);
        REQUIRE(image.width == 2 && image.height == 3);
        for (int i = 0; i < 6; i++) CHECK_INT(image.rgb[3 * i + 2], i);
        CHECK_INT(mien_image_apply_orientation(&image, 0), MIEN_ARGUMENT);
        CHECK_INT(mien_image_apply_orientation(&image, 9), MIEN_ARGUMENT);
        mien_image_free(&image);
    }
}

static int orientation_of(const char *name) {
    char path[512];
    size_t length = 0;
    snprintf(path, sizeof path, CORPUS "exif/%s.jpg", name);
    uint8_t *bytes = harness_read_file(path, &length);
    if (bytes == NULL) return -1;
    int orientation = mien_exif_orientation(bytes, length);
    for (size_t cut = 0; cut < length; cut++) {
        const int partly = mien_exif_orientation(bytes, cut);
        CHECK(partly == 1 || partly == orientation);
    }
    free(bytes);
    return orientation;
}

static void exif_is_read(void) {
    CHECK_INT(orientation_of("little-6"), 6);
    CHECK_INT(orientation_of("big-8"), 8);
    CHECK_INT(orientation_of("wrong-type"), 1);
    CHECK_INT(orientation_of("offset-outside"), 1);
    CHECK_INT(orientation_of("many-entries"), 3);
    CHECK_INT(orientation_of("orientation-9"), 1);
    mien_image upright, turned;
    REQUIRE(mien_image_read(&upright, CORPUS "image/420.jpg", NULL) == MIEN_OK);
    REQUIRE(mien_image_read(&turned, CORPUS "image/exif-6.jpg", NULL) == MIEN_OK);
    CHECK(turned.width == 13 && turned.height == 19);
    CHECK_INT(mien_image_apply_orientation(&upright, 6), MIEN_OK);
    CHECK_BYTES(upright.rgb, turned.rgb, 3 * 13 * 19);
    mien_image_free(&upright);
    mien_image_free(&turned);
}

static void missing_tables_are_put_in(void) {
    mien_image whole, without;
    size_t length = 0;
    uint8_t *bytes = harness_read_file(CORPUS "jpeg/no-tables.jpg", &length);
    REQUIRE(bytes != NULL);
    uint8_t *out = NULL;
    size_t out_length = 0;
    CHECK_INT(mien_jpeg_rewrite(&out, &out_length, bytes, length), MIEN_OK);
    free(out);
    free(bytes);
    /* stb's encoder uses the standard tables, so a picture of its own must survive their loss */
    REQUIRE(mien_image_create(&whole, 40, 24) == MIEN_OK);
    fill_soft(&whole);
    REQUIRE(mien_image_encode_jpeg(&bytes, &length, &whole, 90) == MIEN_OK);
    mien_image_free(&whole);
    REQUIRE(mien_image_decode(&whole, bytes, length, NULL) == MIEN_OK);
    mien_reader reader = mien_reader_of(bytes, length), payload;
    int marker = 0;
    while (marker != MIEN_JPEG_DHT) {
        REQUIRE(mien_jpeg_segment(&reader, &marker, &payload) == MIEN_OK);
        REQUIRE(marker != MIEN_JPEG_SOS);
    }
    uint8_t *table = bytes + (payload.next - bytes) - 4;
    const size_t removed = payload.left + 4;
    memmove(table, table + removed, (size_t)(bytes + length - table) - removed);
    REQUIRE(mien_image_decode(&without, bytes, length - removed, NULL) == MIEN_OK);
    CHECK_BYTES(whole.rgb, without.rgb, 3 * 40 * 24);
    mien_image_free(&whole);
    mien_image_free(&without);
    free(bytes);
}

static void broken_segments_are_refused(void) {
    static const struct {
        const char *bytes;
        size_t length;
        mien_status status;
    } cases[] = {
        {"\xff\xd8", 2, MIEN_TRUNCATED},
        {"\xff\xd8\xff\xd9", 4, MIEN_FORMAT},             /* nothing in it */
        {"\xff\xd8\xff\xd8\xff\xd9", 6, MIEN_FORMAT},     /* begins twice */
        {"\xff\xd8\xff\xc4\0\1\xff\xd9", 8, MIEN_FORMAT}, /* a length below two */
        {"\xff\xd8\xff\xc4\0\2\xff\xd9", 8, MIEN_FORMAT}, /* no table in DHT */
        {"\xff\xd8\xff\xdb\0\2\xff\xd9", 8, MIEN_FORMAT},
        {"\xff\xd8\xff\xdd\0\3\0\xff\xd9", 9, MIEN_FORMAT},
        {"\xff\xd8\xff\xda\0\2\xff\xd9", 8, MIEN_FORMAT}, /* a scan before the frame */
        {"\xff\xd8\xff\xc9\0\2\xff\xd9", 8, MIEN_UNSUPPORTED},
        {"\xff\xd8xx", 4, MIEN_FORMAT},
        {"\xff\xd8\xff\0\0", 5, MIEN_FORMAT},
        {"\xff\xd8\xff\xe1\xff\xff", 6, MIEN_TRUNCATED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t *out = NULL;
        size_t length = 0;
        CHECK_INT(
            mien_jpeg_rewrite(&out, &length, (const uint8_t *)cases[i].bytes, cases[i].length),
            cases[i].status);
        CHECK(out == NULL);
    }
}

/* An otherwise good picture with one more Huffman table of `counts` codes of 1, 2, ... bits. */
static mien_status with_table(uint8_t kind, const int counts[16], size_t symbols) {
    static uint8_t file[4000], rest[2000];
    size_t length = 0, used = 0, out_length;
    uint8_t *whole = harness_read_file(CORPUS "jpeg/whole.jpg", &length), *out;
    if (whole == NULL || length > sizeof rest) return MIEN_INTERNAL;
    const size_t segment = 2 + 17 + symbols;
    const uint8_t head[] = {
        0xff, 0xd8, 0xff, MIEN_JPEG_DHT, (uint8_t)(segment >> 8), (uint8_t)segment, kind};
    memcpy(file, head, sizeof head);
    used = sizeof head;
    for (int i = 0; i < 16; i++) file[used++] = (uint8_t)counts[i];
    memset(file + used, 1, symbols);
    used += symbols;
    memcpy(file + used, whole + 2, length - 2);
    mien_status status = mien_jpeg_rewrite(&out, &out_length, file, used + length - 2);
    free(out);
    free(whole);
    return status;
}

static void tables_are_prefix_codes(void) {
    const int two[16] = {2}, three[16] = {3}, deep[16] = {1, 1, 1, 2}, deeper[16] = {1, 1, 1, 3};
    const int most[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 255};
    const int more[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 255};
    CHECK_INT(with_table(0x00, two, 2), MIEN_OK);
    CHECK_INT(with_table(0x00, three, 3), MIEN_FORMAT);
    CHECK_INT(with_table(0x13, deep, 5), MIEN_OK);
    CHECK_INT(with_table(0x13, deeper, 6), MIEN_FORMAT);
    CHECK_INT(with_table(0x10, most, 256), MIEN_OK);
    CHECK_INT(with_table(0x10, more, 257), MIEN_FORMAT);
    CHECK_INT(with_table(0x20, two, 2), MIEN_FORMAT);
    CHECK_INT(with_table(0x04, two, 2), MIEN_FORMAT);
    CHECK_INT(with_table(0x00, two, 1), MIEN_TRUNCATED);
    CHECK_INT(with_table(0x00, two, 3), MIEN_TRUNCATED); /* read as the start of another table */
}

static int painted(const mien_image *image, mien_pixel colour) {
    int count = 0;
    for (int i = 0; i < image->width * image->height; i++)
        count += memcmp(image->rgb + 3 * i, &colour, 3) == 0;
    return count;
}

static void shapes_have_their_area(void) {
    const mien_pixel white = {255, 255, 255}, red = {255, 0, 0};
    mien_image image;
    REQUIRE(mien_image_create(&image, 60, 40) == MIEN_OK);
    mien_draw_fill(&image, white);
    CHECK_INT(painted(&image, white), 2400);
    mien_draw_box(&image, -5, -5, 10, 8, red);
    CHECK_INT(painted(&image, red), 15);
    mien_draw_fill(&image, white);
    mien_draw_disc(&image, 30, 20, 10, red);
    CHECK(abs(painted(&image, red) - 300) < 40);
    mien_draw_fill(&image, white);
    mien_draw_line(&image, 10, 20, 50, 20, 2, red);
    CHECK(abs(painted(&image, red) - 80) <= 8);
    mien_draw_fill(&image, white);
    mien_draw_rectangle(&image, 10, 10, 30, 20, 2, red);
    CHECK(painted(&image, red) > 80 && painted(&image, red) < 140);
    mien_image_free(&image);
}

/* Nothing outside is written (the sanitizer watches) whatever the coordinates are. */
static void wild_coordinates_are_cut_off(void) {
    const float wild[] = {0, -1e30f, 1e30f, 0.0f / 0.0f * 1, 1.0f / 3, 59.9f, -0.5f, 3e9f};
    const int whole[] = {0, -1, INT32_MAX, INT32_MIN, 59, 60, 1000000};
    const mien_pixel red = {255, 0, 0};
    mien_image image, small;
    REQUIRE(mien_image_create(&image, 60, 40) == MIEN_OK);
    REQUIRE(mien_image_create(&small, 7, 5) == MIEN_OK);
    for (int i = 0; i < 8; i++)
        for (int k = 0; k < 8; k++) {
            mien_draw_line(&image, wild[i], wild[k], wild[k], wild[i], 3, red);
            mien_draw_disc(&image, wild[i], wild[k], 4, red);
            mien_draw_rectangle(&image, wild[i], wild[k], 5, 5, 1, red);
        }
    for (int i = 0; i < 7; i++)
        for (int k = 0; k < 7; k++) {
            mien_draw_box(&image, whole[i], whole[k], whole[k], whole[i], red);
            mien_draw_image(&image, whole[i], whole[k], &small);
        }
    mien_draw_text(&image, 55, 35, 3, red, "off the edge\nand below");
    mien_draw_text(&image, -30, -10, 2, red, "\x01\xff~ above");
    mien_image_free(&image);
    mien_image_free(&small);
}

static void letters_are_distinct(void) {
    static uint8_t seen[95][48 * 3];
    const mien_pixel red = {255, 0, 0};
    for (int letter = 33; letter < 127; letter++) {
        mien_image image;
        const char text[2] = {(char)letter, '\0'};
        REQUIRE(mien_image_create(&image, 6, 8) == MIEN_OK);
        CHECK_INT(mien_draw_text(&image, 0, 0, 1, red, text), MIEN_DRAW_TEXT_WIDTH);
        CHECK(painted(&image, red) > 1);
        memcpy(seen[letter - 32], image.rgb, 48 * 3);
        for (int other = 32; other < letter; other++)
            CHECK(memcmp(seen[other - 32], image.rgb, 48 * 3) != 0);
        mien_image_free(&image);
    }
}

static void pictures_are_pasted(void) {
    mien_image image, small;
    REQUIRE(mien_image_create(&image, 10, 10) == MIEN_OK);
    REQUIRE(mien_image_create(&small, 4, 3) == MIEN_OK);
    memset(small.rgb, 9, 36);
    const mien_pixel nine = {9, 9, 9};
    mien_draw_image(&image, 8, -1, &small);
    CHECK_INT(painted(&image, nine), 4);
    mien_draw_image(&image, -3, 8, &small);
    CHECK_INT(painted(&image, nine), 6);
    mien_image_free(&image);
    mien_image_free(&small);
}

static void scaling_keeps_what_is_flat(void) {
    const int sizes[][2] = {{1, 1}, {3, 7}, {40, 24}, {80, 48}, {41, 23}, {300, 2}};
    mien_image source, out;
    REQUIRE(mien_image_create(&source, 40, 24) == MIEN_OK);
    memset(source.rgb, 77, 3 * 40 * 24);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        REQUIRE(mien_image_scale(&out, &source, sizes[i][0], sizes[i][1]) == MIEN_OK);
        for (int k = 0; k < 3 * sizes[i][0] * sizes[i][1]; k++) CHECK_INT(out.rgb[k], 77);
        mien_image_free(&out);
    }
    fill_random(&source);
    REQUIRE(mien_image_scale(&out, &source, 40, 24) == MIEN_OK);
    CHECK_BYTES(out.rgb, source.rgb, 3 * 40 * 24);
    mien_image_free(&out);
    CHECK_INT(mien_image_scale(&out, &source, 0, 5), MIEN_ARGUMENT);
    CHECK_INT(mien_image_scale(&out, &source, 9000, 5), MIEN_ARGUMENT);
    mien_image_free(&source);
    CHECK_INT(mien_image_scale(&out, &source, 5, 5), MIEN_ARGUMENT);
}

static void scaling_keeps_the_mean(void) {
    mien_image source, out;
    double before = 0, after = 0;
    REQUIRE(mien_image_create(&source, 64, 64) == MIEN_OK);
    for (int i = 0; i < 3 * 64 * 64; i++) source.rgb[i] = i / 3 % 2 == 0 ? 0 : 255; /* stripes */
    REQUIRE(mien_image_scale(&out, &source, 16, 16) == MIEN_OK);
    for (int i = 0; i < 3 * 64 * 64; i++) before += source.rgb[i] / (3.0 * 64 * 64);
    for (int i = 0; i < 3 * 16 * 16; i++) after += out.rgb[i] / (3.0 * 16 * 16);
    CHECK(before - after < 2 && after - before < 2);
    mien_image_free(&source);
    mien_image_free(&out);
}

static void written_file_is_read_back(void) {
    char path[64] = "/tmp/mien-image-XXXXXX";
    mien_image image, back;
    int file = mkstemp(path);
    REQUIRE(file >= 0);
    close(file);
    REQUIRE(mien_image_create(&image, 5, 4) == MIEN_OK);
    fill_random(&image);
    CHECK_INT(mien_image_write_png(path, &image, NULL), MIEN_OK);
    REQUIRE(mien_image_read(&back, path, NULL) == MIEN_OK);
    CHECK_BYTES(image.rgb, back.rgb, 60);
    mien_image_free(&image);
    mien_image_free(&back);
    CHECK_INT(mien_image_write_png(path, &image, NULL), MIEN_ARGUMENT);
    unlink(path);
}

int main(void) {
    RUN(sizes_are_limited);
    RUN(png_comes_back_exactly);
    RUN(jpeg_comes_back_closely);
    RUN(usual_kinds_decode);
    RUN(others_are_refused);
    RUN(sizes_beyond_the_limit_are_named);
    RUN(png_bombs_are_refused);
    RUN(decoding_memory_is_capped);
    RUN(orientations_turn_back);
    RUN(exif_is_read);
    RUN(missing_tables_are_put_in);
    RUN(broken_segments_are_refused);
    RUN(tables_are_prefix_codes);
    RUN(shapes_have_their_area);
    RUN(wild_coordinates_are_cut_off);
    RUN(letters_are_distinct);
    RUN(pictures_are_pasted);
    RUN(scaling_keeps_what_is_flat);
    RUN(scaling_keeps_the_mean);
    RUN(written_file_is_read_back);
    return harness_end();
}
