/* SPDX-License-Identifier: MIT */
#include "platform/frames/y4m.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "platform/base/bytes.h"
#include "platform/frames/pixels.h"

struct mien_y4m {
    mien_y4m_input input;
    int width, height;
    bool mono, full_range;
    int across, down; /* luma samples a chroma sample, in each direction */
    double frame_seconds;
    uint8_t *planes;
    size_t luma_size, chroma_width, chroma_size, frame_size;
    bool broken;
};

/* Up to `length` bytes; *got is less only at the end of the input. */
static mien_status fill(mien_y4m *video, uint8_t *bytes, size_t length, size_t *got) {
    *got = 0;
    while (*got < length) {
        size_t piece = 0;
        MIEN_TRY(video->input.read(video->input.context, bytes + *got, length - *got, &piece));
        if (piece == 0) break;
        if (piece > length - *got) return MIEN_INTERNAL;
        *got += piece;
    }
    return MIEN_OK;
}

/* A line without its '\n', NUL-terminated. MIEN_END when there is not one byte. */
static mien_status read_line(mien_y4m *video, char line[MIEN_Y4M_MAX_HEADER]) {
    for (size_t used = 0; used < MIEN_Y4M_MAX_HEADER; used++) {
        size_t got;
        MIEN_TRY(fill(video, (uint8_t *)line + used, 1, &got));
        if (got == 0) return used == 0 ? MIEN_END : MIEN_TRUNCATED;
        if (line[used] == '\0') return MIEN_FORMAT;
        if (line[used] == '\n') {
            line[used] = '\0';
            return MIEN_OK;
        }
    }
    return MIEN_FORMAT;
}

/* Digits only, at most seven of them, until `end`; -1 otherwise. */
static int parse_number(const char **text, char end) {
    int value = 0, digits = 0;
    for (; **text >= '0' && **text <= '9'; (*text)++, digits++) {
        if (digits == 7) return -1;
        value = 10 * value + (**text - '0');
    }
    if (digits == 0 || **text != end) return -1;
    return value;
}

static mien_status parse_rate(mien_y4m *video, const char *text) {
    int frames = parse_number(&text, ':');
    if (frames < 0) return MIEN_FORMAT;
    text++;
    int seconds = parse_number(&text, '\0');
    if (seconds < 0) return MIEN_FORMAT;
    video->frame_seconds = frames != 0 ? (double)seconds / frames : 0;
    return MIEN_OK;
}

static mien_status parse_chroma(mien_y4m *video, const char *text) {
    static const struct {
        const char *name;
        int across, down;
        bool mono;
    } kinds[] = {{"420", 2, 2, false},      {"420jpeg", 2, 2, false}, {"420mpeg2", 2, 2, false},
                 {"420paldv", 2, 2, false}, {"422", 2, 1, false},     {"444", 1, 1, false},
                 {"mono", 1, 1, true}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(text, kinds[i].name) == 0) {
            video->across = kinds[i].across;
            video->down = kinds[i].down;
            video->mono = kinds[i].mono;
            return MIEN_OK;
        }
    return MIEN_UNSUPPORTED;
}

static mien_status parse_side(int *side, const char *text) {
    *side = parse_number(&text, '\0');
    if (*side < 1) return MIEN_FORMAT;
    return *side <= MIEN_IMAGE_MAX_SIDE ? MIEN_OK : MIEN_TOO_LARGE;
}

static mien_status parse_parameter(mien_y4m *video, const char *text) {
    switch (text[0]) {
    case 'W':
        return parse_side(&video->width, text + 1);
    case 'H':
        return parse_side(&video->height, text + 1);
    case 'F':
        return parse_rate(video, text + 1);
    case 'C':
        return parse_chroma(video, text + 1);
    case 'X':
        if (strcmp(text + 1, "COLORRANGE=FULL") == 0) video->full_range = true;
        return MIEN_OK;
    default:
        return MIEN_OK; /* interlacing, aspect ratio, and what later versions may add */
    }
}

static mien_status parse_header(mien_y4m *video) {
    char line[MIEN_Y4M_MAX_HEADER], *rest = NULL;
    mien_status status = read_line(video, line);
    if (status == MIEN_END) return MIEN_FORMAT;
    MIEN_TRY(status);
    if (strncmp(line, "YUV4MPEG2", 9) != 0 || (line[9] != ' ' && line[9] != '\0'))
        return MIEN_FORMAT;
    for (char *word = strtok_r(line + 9, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest))
        MIEN_TRY(parse_parameter(video, word));
    if (video->width == 0 || video->height == 0) return MIEN_FORMAT;
    if ((size_t)video->width * (size_t)video->height > MIEN_IMAGE_MAX_PIXELS) return MIEN_TOO_LARGE;
    return MIEN_OK;
}

/* Sides are at most MIEN_IMAGE_MAX_SIDE, so nothing here overflows. */
static void lay_out(mien_y4m *video) {
    const size_t w = (size_t)video->width, h = (size_t)video->height;
    const size_t across = (size_t)video->across, down = (size_t)video->down;
    video->luma_size = w * h;
    video->chroma_width = (w + across - 1) / across;
    video->chroma_size = video->mono ? 0 : video->chroma_width * ((h + down - 1) / down);
    video->frame_size = video->luma_size + 2 * video->chroma_size;
}

static mien_status fail(mien_error *error, mien_status status) {
    const char *words = status == MIEN_UNSUPPORTED
                            ? "this Y4M's chroma is not supported; convert it with "
                              "'ffmpeg -i IN -pix_fmt yuv420p OUT.y4m'"
                        : status == MIEN_TOO_LARGE ? "the video's frames are too large"
                        : status == MIEN_FORMAT    ? "not a Y4M video, or damaged"
                        : status == MIEN_TRUNCATED ? "the video ends inside a frame"
                        : status == MIEN_MEMORY    ? "no memory for the video's frames"
                                                   : "the video cannot be read";
    return mien_fail(error, status, "%s", words);
}

mien_status mien_y4m_open(mien_y4m **video, mien_y4m_input input, mien_error *error) {
    *video = NULL;
    mien_y4m *made = calloc(1, sizeof *made);
    if (made == NULL) return fail(error, MIEN_MEMORY);
    made->input = input;
    made->across = made->down = 2; /* without a C parameter it is 420jpeg */
    mien_status status = parse_header(made);
    if (status == MIEN_OK) {
        lay_out(made);
        made->planes = malloc(made->frame_size);
        if (made->planes == NULL) status = MIEN_MEMORY;
    }
    if (status != MIEN_OK) {
        mien_y4m_close(made);
        return fail(error, status);
    }
    *video = made;
    return MIEN_OK;
}

static void convert(const mien_y4m *video, mien_image *image) {
    const uint8_t *cb = video->planes + video->luma_size, *cr = cb + video->chroma_size;
    uint8_t *rgb = image->rgb;
    for (int y = 0; y < video->height; y++) {
        const uint8_t *luma = video->planes + (size_t)y * (size_t)video->width;
        const size_t row = (size_t)(y / video->down) * video->chroma_width;
        for (int x = 0; x < video->width; x++, rgb += 3) {
            const size_t at = row + (size_t)(x / video->across);
            mien_pixel_from_ycc(rgb, luma[x], video->mono ? 128 : cb[at],
                                video->mono ? 128 : cr[at], video->full_range);
        }
    }
}

static mien_status next(mien_y4m *video, mien_image *image) {
    char line[MIEN_Y4M_MAX_HEADER];
    size_t got;
    MIEN_TRY(read_line(video, line));
    if (strncmp(line, "FRAME", 5) != 0 || (line[5] != ' ' && line[5] != '\0')) return MIEN_FORMAT;
    MIEN_TRY(fill(video, video->planes, video->frame_size, &got));
    if (got != video->frame_size) return MIEN_TRUNCATED;
    MIEN_TRY(mien_image_create(image, video->width, video->height));
    convert(video, image);
    return MIEN_OK;
}

mien_status mien_y4m_next(mien_y4m *video, mien_image *image, mien_error *error) {
    memset(image, 0, sizeof *image);
    if (video->broken) return fail(error, MIEN_FORMAT);
    mien_status status = next(video, image);
    if (status == MIEN_OK || status == MIEN_END) return status;
    video->broken = true;
    return fail(error, status);
}

int mien_y4m_width(const mien_y4m *video) {
    return video->width;
}

int mien_y4m_height(const mien_y4m *video) {
    return video->height;
}

double mien_y4m_frame_seconds(const mien_y4m *video) {
    return video->frame_seconds;
}

void mien_y4m_close(mien_y4m *video) {
    if (video == NULL) return;
    if (video->planes != NULL) mien_wipe(video->planes, video->frame_size);
    free(video->planes);
    free(video);
}
