/* SPDX-License-Identifier: MIT */
/* Layout: the photo fitted into a 640x480 panel, beside it the crop at twice its size and the
 * figures, a line of words below both. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "face_model/face_model.h"
#include "platform/images/draw.h"

#define MARGIN 16
#define PANEL_WIDTH 640
#define PANEL_HEIGHT 480
#define CROP_SHOWN (2 * MIEN_FACE_CROP_SIDE)
#define COLUMN (PANEL_WIDTH + 2 * MARGIN)
#define WIDTH (COLUMN + CROP_SHOWN + MARGIN)
#define WORDS_TOP (PANEL_HEIGHT + 2 * MARGIN)
#define LINE 18
#define HEIGHT (WORDS_TOP + 2 * LINE + MARGIN)
#define LETTERS_A_LINE ((WIDTH - 2 * MARGIN) / (2 * MIEN_DRAW_TEXT_WIDTH))

static const mien_pixel background = {24, 26, 30}, ink = {235, 235, 235},
                        box_colour = {80, 220, 120}, landmark_colour = {90, 180, 255},
                        five_colour = {255, 190, 60}, warning = {255, 120, 110};

/* Where the photo lies in the drawing. */
typedef struct placement {
    float x, y, scale;
} placement;

static mien_face_point place(placement p, mien_face_point point) {
    mien_face_point r = {p.x + (point.x + 0.5f) * p.scale - 0.5f,
                         p.y + (point.y + 0.5f) * p.scale - 0.5f};
    return r;
}

static mien_status draw_photo(mien_image *out, placement *p, const mien_image *image) {
    float sx = (float)PANEL_WIDTH / (float)image->width;
    float sy = (float)PANEL_HEIGHT / (float)image->height;
    p->scale = sx < sy ? sx : sy;
    int width = (int)fmaxf(1, floorf(p->scale * (float)image->width + 0.01f));
    int height = (int)fmaxf(1, floorf(p->scale * (float)image->height + 0.01f));
    int x = MARGIN + (PANEL_WIDTH - width) / 2, y = MARGIN + (PANEL_HEIGHT - height) / 2;
    mien_image scaled = {NULL, 0, 0};
    MIEN_TRY(mien_image_scale(&scaled, image, width, height));
    mien_draw_image(out, x, y, &scaled);
    mien_image_free(&scaled);
    p->x = (float)x;
    p->y = (float)y;
    return MIEN_OK;
}

static void draw_marks(mien_image *out, placement p, const mien_face_view *view) {
    mien_face_point a = place(p, view->box[0]), b = place(p, view->box[1]);
    mien_draw_rectangle(out, a.x, a.y, b.x, b.y, 2, box_colour);
    for (int i = 0; i < MIEN_FACE_LANDMARKS; i++) {
        mien_face_point point = place(p, view->landmarks[i]);
        mien_draw_disc(out, point.x, point.y, 1.6f, landmark_colour);
    }
    for (int i = 0; i < 5; i++) {
        mien_face_point point = place(p, view->five[i]);
        mien_draw_disc(out, point.x, point.y, 3.2f, five_colour);
    }
}

static mien_status draw_crop(mien_image *out, const mien_face_view *view) {
    mien_image crop = {NULL, 0, 0}, large = {NULL, 0, 0};
    MIEN_TRY(mien_image_create(&crop, MIEN_FACE_CROP_SIDE, MIEN_FACE_CROP_SIDE));
    memcpy(crop.rgb, view->crop, MIEN_FACE_CROP_BYTES);
    mien_status status = mien_image_scale(&large, &crop, CROP_SHOWN, CROP_SHOWN);
    if (status == MIEN_OK) mien_draw_image(out, COLUMN, MARGIN, &large);
    mien_image_free(&large);
    mien_image_free(&crop);
    return status;
}

static void draw_figures(mien_image *out, const mien_face_view *view) {
    char text[320];
    snprintf(text, sizeof text,
             "score      %.3f\neyes apart %.0f px\nsharpness  %.3f\nbrightness %.0f\n"
             "glare      %.0f %%\nturn       %+.2f\ntilt       %.2f\nvisible    %.0f %%\n"
             "weight     %.2f\ntime %.0f+%.0f+%.0f ms",
             (double)view->score, (double)view->eye_distance, (double)view->sharpness,
             (double)view->brightness, 100 * (double)view->glare, (double)view->turn,
             (double)view->tilt, 100 * (double)view->visible, (double)view->quality,
             (double)view->milliseconds[0], (double)view->milliseconds[1],
             (double)view->milliseconds[2]);
    int y = 2 * MARGIN + CROP_SHOWN;
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"), y += LINE + 4)
        mien_draw_text(out, COLUMN, y, 2, ink, line);
}

/* At most two lines, broken between words. */
static void draw_words(mien_image *out, const char *words, mien_pixel colour) {
    for (int line = 0; line < 2 && *words != '\0'; line++) {
        char text[LETTERS_A_LINE + 1];
        size_t length = strlen(words), take = length;
        if (length > LETTERS_A_LINE) {
            take = LETTERS_A_LINE;
            while (take > 1 && words[take] != ' ') take--;
        }
        memcpy(text, words, take);
        text[take] = '\0';
        mien_draw_text(out, MARGIN, WORDS_TOP + line * LINE, 2, colour, text);
        words += take;
        while (*words == ' ') words++;
    }
}

mien_status mien_face_show(mien_image *out, const mien_image *image, const mien_face_view *view,
                           const char *words) {
    placement p = {0, 0, 1};
    if (image->rgb == NULL) return MIEN_ARGUMENT;
    MIEN_TRY(mien_image_create(out, WIDTH, HEIGHT));
    mien_draw_fill(out, background);
    mien_status status = draw_photo(out, &p, image);
    bool aligned = view->eye_distance > 0;
    if (status == MIEN_OK && aligned) status = draw_crop(out, view);
    if (status != MIEN_OK) {
        mien_image_free(out);
        return status;
    }
    if (aligned) {
        draw_marks(out, p, view);
        draw_figures(out, view);
    } else if (view->score > 0) {
        mien_face_point a = place(p, view->box[0]), b = place(p, view->box[1]);
        mien_draw_rectangle(out, a.x, a.y, b.x, b.y, 2, box_colour);
    }
    draw_words(out, words != NULL ? words : "one face, good enough to use",
               words != NULL ? warning : box_colour);
    return MIEN_OK;
}
