/* SPDX-License-Identifier: MIT */
/* The only translation unit that sees stb_image and stb_image_write. */
#include "platform/images/stb.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "platform/base/bytes.h"

/* Every block carries its size, so that decoded pixels are wiped and the sum can be capped. */
typedef union block {
    size_t size;
    max_align_t alignment;
} block;

static _Thread_local size_t allocated, allocation_limit;
static _Thread_local int limit_hit;

static void *capped_malloc(size_t size) {
    size_t total;
    if (!mien_size_add(&total, size, sizeof(block)) || size > allocation_limit ||
        allocated > allocation_limit - size) {
        limit_hit = 1;
        return NULL;
    }
    block *made = calloc(1, total); /* zeroed: stb_image reads fields it did not set on bad input */
    if (made == NULL) {
        limit_hit = 1;
        return NULL;
    }
    made->size = size;
    allocated += size;
    return made + 1;
}

static void capped_free(void *memory) {
    if (memory == NULL) return;
    block *made = (block *)memory - 1;
    /* a block may be freed in another call or thread than the one that counted it */
    allocated = allocated > made->size ? allocated - made->size : 0;
    mien_wipe(memory, made->size);
    free(made);
}

static void *capped_realloc(void *memory, size_t size) {
    void *bigger = capped_malloc(size);
    if (bigger == NULL || memory == NULL) return bigger;
    size_t old = ((block *)memory - 1)->size;
    memcpy(bigger, memory, old < size ? old : size);
    capped_free(memory);
    return bigger;
}

#define STBI_MALLOC(size) capped_malloc(size)
#define STBI_REALLOC(memory, size) capped_realloc(memory, size)
#define STBI_FREE(memory) capped_free(memory)
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_NO_HDR
/* What a JPEG can say: image.c compares with its own limit before it decodes, and has words. */
#define STBI_MAX_DIMENSIONS 65535
#define STBI_ASSERT(condition) ((void)(condition))
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#define STBIW_MALLOC(size) capped_malloc(size)
#define STBIW_REALLOC(memory, size) capped_realloc(memory, size)
#define STBIW_FREE(memory) capped_free(memory)
#define STBI_WRITE_NO_STDIO
#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb/stb_image.h>
#include <stb/stb_image_write.h>

static void begin(size_t limit) {
    allocated = 0;
    allocation_limit = limit;
    limit_hit = 0;
}

int mien_stb_info(const uint8_t *bytes, size_t length, int *width, int *height) {
    int channels;
    if (length > INT_MAX) return 0;
    begin((size_t)1 << 20);
    return stbi_info_from_memory(bytes, (int)length, width, height, &channels);
}

uint8_t *mien_stb_decode(const uint8_t *bytes, size_t length, int *width, int *height, size_t limit,
                         int *out_of_memory) {
    int channels;
    *out_of_memory = 0;
    if (length > INT_MAX) return NULL;
    begin(limit);
    uint8_t *rgb = stbi_load_from_memory(bytes, (int)length, width, height, &channels, 3);
    *out_of_memory = rgb == NULL && limit_hit;
    return rgb;
}

void mien_stb_free(uint8_t *rgb) {
    capped_free(rgb);
}

int mien_stb_png(void (*write)(void *context, void *bytes, int length), void *context, int width,
                 int height, const uint8_t *rgb) {
    begin(SIZE_MAX);
    return stbi_write_png_to_func(write, context, width, height, 3, rgb, 3 * width);
}

int mien_stb_jpeg(void (*write)(void *context, void *bytes, int length), void *context, int width,
                  int height, const uint8_t *rgb, int quality) {
    begin(SIZE_MAX);
    return stbi_write_jpg_to_func(write, context, width, height, 3, rgb, quality);
}
