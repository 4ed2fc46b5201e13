/* SPDX-License-Identifier: MIT */
#include "wallet/cli/demo/simulated_camera.h"

#include <math.h>
#include <stdlib.h>

const mien_simulated_spread mien_simulated_desk = {
    .shift = 0.05f,
    .roll = 0.12f,
    .turn = 0.22f,
    .zoom = 0.10f,
    .exposure = 0.18f,
    .side_light = 0.18f,
    .colour = 0.05f,
    .blur = 1.0f,
    .noise = 5.0f,
};

/* One frame's settings, drawn from the spread. */
typedef struct camera_pose {
    float map[9]; /* homography: frame pixel (x, y, 1) to portrait pixel times w */
    float gain[3], light_x, light_y;
    float blur, noise;
} camera_pose;

/* splitmix64: frames need no secret randomness, only the same bits on every machine. */
static uint64_t random_next(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* Uniform in -1..1. */
static float random_signed(uint64_t *state) {
    return (float)(int32_t)(random_next(state) >> 32) * (1.0f / 2147483648.0f);
}

static float random_unit(uint64_t *state) {
    return 0.5f + 0.5f * random_signed(state);
}

/* Standard normal, as the sum of four uniform 16-bit numbers: close enough for sensor noise. */
static float random_normal(uint64_t *state) {
    uint64_t bits = random_next(state);
    int32_t sum = 0;
    for (int i = 0; i < 4; i++) sum += (int32_t)(bits >> 16 * i & 0xffff);
    return (float)(sum - 2 * 65535) * (1.0f / 37837.0f);
}

static void matrix_multiply(float out[9], const float a[9], const float b[9]) {
    for (int i = 0; i < 9; i++) {
        const float *row = a + i / 3 * 3;
        out[i] = row[0] * b[i % 3] + row[1] * b[3 + i % 3] + row[2] * b[6 + i % 3];
    }
}

/* The flat portrait, turned by yaw, pitch and roll at a distance of two frame widths and seen
 * through a pinhole, inverted: rays of the frame to points of the portrait's plane. */
static void pose_map(camera_pose *pose, const mien_image *portrait,
                     const mien_simulated_spread *spread, uint64_t *state) {
    float roll = spread->roll * random_signed(state), yaw = spread->turn * random_signed(state);
    float pitch = 0.5f * spread->turn * random_signed(state);
    float cover_x = (float)portrait->width / MIEN_SIMULATED_WIDTH;
    float cover_y = (float)portrait->height / MIEN_SIMULATED_HEIGHT;
    float scale = fminf(cover_x, cover_y) * (1.0f + spread->zoom * random_signed(state));
    float move_x = spread->shift * MIEN_SIMULATED_WIDTH * random_signed(state);
    float move_y = spread->shift * MIEN_SIMULATED_WIDTH * random_signed(state);
    const float distance = 2.0f * MIEN_SIMULATED_WIDTH;
    const float centre[9] = {1, 0, -(MIEN_SIMULATED_WIDTH / 2.0f) - move_x,
                             0, 1, -(MIEN_SIMULATED_HEIGHT / 2.0f) - move_y,
                             0, 0, 1};
    const float turn[9] = {1.0f / cosf(yaw),
                           0,
                           0, /* foreshortening undone */
                           0,
                           1.0f / cosf(pitch),
                           0,
                           sinf(yaw) / distance,
                           sinf(pitch) / distance,
                           1};
    const float place[9] = {scale * cosf(roll),
                            -scale * sinf(roll),
                            (float)portrait->width / 2,
                            scale * sinf(roll),
                            scale * cosf(roll),
                            (float)portrait->height / 2,
                            0,
                            0,
                            1};
    float turned[9];
    matrix_multiply(turned, turn, centre);
    matrix_multiply(pose->map, place, turned);
}

static void pose_draw(camera_pose *pose, const mien_image *portrait,
                      const mien_simulated_spread *spread, uint64_t *state) {
    pose_map(pose, portrait, spread, state);
    float gain = 1.0f + spread->exposure * random_signed(state);
    pose->gain[0] = gain * (1.0f + spread->colour * random_signed(state));
    pose->gain[1] = gain;
    pose->gain[2] = gain * (1.0f + spread->colour * random_signed(state));
    float direction = 3.14159265f * random_signed(state);
    float strength = spread->side_light * random_unit(state);
    pose->light_x = strength * cosf(direction) * 2 / MIEN_SIMULATED_WIDTH;
    pose->light_y = strength * sinf(direction) * 2 / MIEN_SIMULATED_HEIGHT;
    pose->blur = 0.3f + (fmaxf(spread->blur, 0.3f) - 0.3f) * random_unit(state);
    pose->noise = spread->noise * (0.3f + 0.7f * random_unit(state));
}

static int clamp_index(int i, int count) {
    return i < 0 ? 0 : i >= count ? count - 1 : i;
}

/* Beyond an edge the picture goes on as its own mirror image, so that no streaks appear. */
static int mirror_index(int i, int count) {
    int period = 2 * count;
    i %= period;
    if (i < 0) i += period;
    return i < count ? i : period - 1 - i;
}

/* Bilinear sample of the portrait at (x, y), pixel centres at whole numbers. */
static void sample(float out[3], const mien_image *portrait, float x, float y) {
    x = fminf(fmaxf(x, -1e6f), 1e6f);
    y = fminf(fmaxf(y, -1e6f), 1e6f);
    float floor_x = floorf(x), floor_y = floorf(y);
    float part_x = x - floor_x, part_y = y - floor_y;
    int x0 = mirror_index((int)floor_x, portrait->width);
    int x1 = mirror_index((int)floor_x + 1, portrait->width);
    int y0 = mirror_index((int)floor_y, portrait->height);
    int y1 = mirror_index((int)floor_y + 1, portrait->height);
    const uint8_t *top = portrait->rgb + (size_t)3 * (size_t)y0 * (size_t)portrait->width;
    const uint8_t *bottom = portrait->rgb + (size_t)3 * (size_t)y1 * (size_t)portrait->width;
    for (int c = 0; c < 3; c++) {
        float upper = (float)top[3 * x0 + c] * (1 - part_x) + (float)top[3 * x1 + c] * part_x;
        float lower = (float)bottom[3 * x0 + c] * (1 - part_x) + (float)bottom[3 * x1 + c] * part_x;
        out[c] = upper * (1 - part_y) + lower * part_y;
    }
}

/* Project and relight into planes of floats, 3 interleaved channels a pixel. */
static void expose(float *pixels, const mien_image *portrait, const camera_pose *pose) {
    for (int y = 0; y < MIEN_SIMULATED_HEIGHT; y++)
        for (int x = 0; x < MIEN_SIMULATED_WIDTH; x++) {
            const float *m = pose->map;
            float fx = (float)x, fy = (float)y;
            float w = m[6] * fx + m[7] * fy + m[8];
            float *pixel = pixels + (size_t)3 * ((size_t)y * MIEN_SIMULATED_WIDTH + (size_t)x);
            sample(pixel, portrait, (m[0] * fx + m[1] * fy + m[2]) / w,
                   (m[3] * fx + m[4] * fy + m[5]) / w);
            float light = 1 + pose->light_x * (fx - MIEN_SIMULATED_WIDTH / 2.0f) +
                          pose->light_y * (fy - MIEN_SIMULATED_HEIGHT / 2.0f);
            for (int c = 0; c < 3; c++) pixel[c] *= light * pose->gain[c];
        }
}

/* Convolve `count` pixels that stand `stride` floats apart with a 7-tap kernel; `line` is scratch
 * for 3 * count floats. */
static void blur_line(float *pixels, float *line, const float kernel[4], int count, size_t stride) {
    for (int i = 0; i < count; i++)
        for (int c = 0; c < 3; c++) line[3 * i + c] = pixels[(size_t)i * stride + (size_t)c];
    for (int i = 0; i < count; i++)
        for (int c = 0; c < 3; c++) {
            float sum = kernel[0] * line[3 * i + c];
            for (int k = 1; k < 4; k++)
                sum += kernel[k] * (line[3 * clamp_index(i - k, count) + c] +
                                    line[3 * clamp_index(i + k, count) + c]);
            pixels[(size_t)i * stride + (size_t)c] = sum;
        }
}

static void blur(float *pixels, float *line, float sigma) {
    float kernel[4], total = 0;
    for (int k = 0; k < 4; k++) {
        kernel[k] = expf(-(float)(k * k) / (2 * sigma * sigma));
        total += k == 0 ? kernel[k] : 2 * kernel[k];
    }
    for (int k = 0; k < 4; k++) kernel[k] /= total;
    for (size_t y = 0; y < MIEN_SIMULATED_HEIGHT; y++)
        blur_line(pixels + 3 * y * MIEN_SIMULATED_WIDTH, line, kernel, MIEN_SIMULATED_WIDTH, 3);
    for (size_t x = 0; x < MIEN_SIMULATED_WIDTH; x++)
        blur_line(pixels + 3 * x, line, kernel, MIEN_SIMULATED_HEIGHT,
                  (size_t)3 * MIEN_SIMULATED_WIDTH);
}

static void read_out(mien_image *frame, const float *pixels, float noise, uint64_t *state) {
    size_t values = (size_t)3 * MIEN_SIMULATED_WIDTH * MIEN_SIMULATED_HEIGHT;
    for (size_t i = 0; i < values; i++) {
        float value = pixels[i] + noise * random_normal(state);
        frame->rgb[i] = (uint8_t)fminf(fmaxf(value + 0.5f, 0.0f), 255.0f);
    }
}

mien_status mien_simulated_frame(mien_image *frame, const mien_image *portrait,
                                 const mien_simulated_spread *spread, uint64_t seed) {
    if (portrait->rgb == NULL || portrait->width < 1 || portrait->height < 1) return MIEN_ARGUMENT;
    size_t values = (size_t)3 * MIEN_SIMULATED_WIDTH * MIEN_SIMULATED_HEIGHT;
    size_t line = (size_t)3 * MIEN_SIMULATED_WIDTH;
    float *pixels = malloc((values + line) * sizeof *pixels);
    if (pixels == NULL) return MIEN_MEMORY;
    uint64_t state = seed;
    camera_pose pose;
    pose_draw(&pose, portrait, spread, &state);
    mien_status status = mien_image_create(frame, MIEN_SIMULATED_WIDTH, MIEN_SIMULATED_HEIGHT);
    if (status == MIEN_OK) {
        expose(pixels, portrait, &pose);
        blur(pixels, pixels + values, pose.blur);
        read_out(frame, pixels, pose.noise, &state);
    }
    free(pixels);
    return status;
}
