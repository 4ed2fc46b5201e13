/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "wallet/eval/report.h"

/* Axes: false accepts 1e-6..1 to the right, misses 1e-3..1 upwards. */
#define LEFT 80
#define TOP 56
#define PLOT_WIDTH 600
#define PLOT_HEIGHT 420
#define FAR_LOW (-6.0)
#define MISS_LOW (-3.0)

static const char *const colours[MIEN_EVAL_SETTINGS] = {"#c0392b", "#d68910", "#7d6608",
                                                        "#1e8449", "#2471a3", "#6c3483"};

static double x_of(double rate) {
    double l = rate > 0 ? log10(rate) : FAR_LOW;
    return LEFT + PLOT_WIDTH * (fmin(fmax(l, FAR_LOW), 0) - FAR_LOW) / -FAR_LOW;
}

static double y_of(double rate) {
    double l = rate > 0 ? log10(rate) : MISS_LOW;
    return TOP + PLOT_HEIGHT * (1 - (fmin(fmax(l, MISS_LOW), 0) - MISS_LOW) / -MISS_LOW);
}

static void draw_axes(FILE *out) {
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 900 560\" "
            "font-family=\"sans-serif\" font-size=\"13\">\n"
            "<rect width=\"900\" height=\"560\" fill=\"#ffffff\"/>\n"
            "<text x=\"%d\" y=\"28\" font-size=\"17\">Detection error trade-off: lines cosine, "
            "marks the recovered key</text>\n",
            LEFT);
    for (int decade = (int)FAR_LOW; decade <= 0; decade++) {
        double x = x_of(pow(10, decade));
        fprintf(out,
                "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#d0d0d0\"/>"
                "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">1e%d</text>\n",
                x, TOP, x, TOP + PLOT_HEIGHT, x, TOP + PLOT_HEIGHT + 20, decade);
    }
    static const double misses[] = {0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1};
    for (int i = 0; i < 10; i++)
        fprintf(out,
                "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#d0d0d0\"/>"
                "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%g %%</text>\n",
                LEFT, y_of(misses[i]), LEFT + PLOT_WIDTH, y_of(misses[i]), LEFT - 8,
                y_of(misses[i]) + 4, 100 * misses[i]);
    fprintf(out,
            "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">others accepted (share of pairs of "
            "different people)</text>\n"
            "<text x=\"24\" y=\"%d\" text-anchor=\"middle\" transform=\"rotate(-90 24 %d)\">owner "
            "missed</text>\n",
            LEFT + PLOT_WIDTH / 2, TOP + PLOT_HEIGHT + 46, TOP + PLOT_HEIGHT / 2,
            TOP + PLOT_HEIGHT / 2);
}

/* Ten points a decade, from where ten pairs decide on. */
static mien_status draw_cosine(FILE *out, const mien_eval_result *r, const char *colour) {
    float *genuine = NULL, *impostor = NULL;
    mien_status status = mien_eval_sorted(&genuine, r->genuine, r->genuine_count);
    if (status == MIEN_OK) status = mien_eval_sorted(&impostor, r->impostor, r->impostor_count);
    if (status == MIEN_OK) {
        fprintf(out, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"", colour);
        for (double l = FAR_LOW; l <= 0.001; l += 0.1) {
            double rate = pow(10, l);
            if (rate * (double)r->impostor_count < 3) continue;
            double threshold = mien_eval_threshold(impostor, r->impostor_count, rate);
            double miss = 1 - mien_eval_share_above(genuine, r->genuine_count, threshold);
            fprintf(out, "%.1f,%.1f ", x_of(rate), y_of(miss));
        }
        fprintf(out, "\"/>\n");
    }
    free(genuine);
    free(impostor);
    return status;
}

static size_t within_rank(const mien_eval_trial *trials, size_t count, unsigned rank) {
    size_t found = 0;
    for (size_t i = 0; i < count; i++) found += trials[i].rank < rank;
    return found;
}

/* Hollow marks: nobody else got in (or no owner was missed), drawn at the rule of three's bound. */
static void draw_keys(FILE *out, const mien_eval_result *r, const char *colour) {
    for (unsigned rank = 1; rank <= MIEN_EVAL_NOT_FOUND; rank *= 2) {
        size_t others = within_rank(r->impostor, r->impostor_count, rank);
        size_t missed = r->genuine_count - within_rank(r->genuine, r->genuine_count, rank);
        double far = others != 0 ? (double)others / (double)r->impostor_count
                                 : mien_eval_rate_interval(0, r->impostor_count).high;
        double miss = missed != 0 ? (double)missed / (double)r->genuine_count
                                  : mien_eval_rate_interval(0, r->genuine_count).high;
        fprintf(out,
                "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%s\" fill=\"%s\" stroke=\"%s\" "
                "stroke-width=\"2\"><title>%u+%u photos, tag tried on %u candidates</title>"
                "</circle>\n",
                x_of(far), y_of(miss), rank == MIEN_EVAL_NOT_FOUND ? "6" : "3",
                others != 0 && missed != 0 ? colour : "#ffffff", colour, r->setting.enrolled,
                r->setting.unlocking, rank);
    }
}

static void draw_legend(FILE *out, const mien_eval_report *report) {
    int x = LEFT + PLOT_WIDTH + 20;
    for (size_t i = 0; i < report->result_count; i++) {
        int y = TOP + 16 + 26 * (int)i;
        fprintf(out,
                "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"%s\" stroke-width=\"3\"/>"
                "<text x=\"%d\" y=\"%d\">%u enrolled, %u to unlock</text>\n",
                x, y, x + 24, y, colours[i], x + 32, y + 4, report->results[i].setting.enrolled,
                report->results[i].setting.unlocking);
    }
    int y = TOP + 40 + 26 * (int)report->result_count;
    static const char *const notes[] = {"large mark: as shipped, the tag",
                                        "is tried on 32 candidates;", "small: on 1, 2, 4, 8, 16.",
                                        "hollow: no event seen, drawn", "at the 95 % bound (3/n)."};
    for (int i = 0; i < 5; i++)
        fprintf(out, "<text x=\"%d\" y=\"%d\" font-size=\"12\">%s</text>\n", x, y + 18 * i,
                notes[i]);
}

mien_status mien_eval_svg(char **svg, const mien_eval_report *report) {
    size_t length;
    FILE *out = open_memstream(svg, &length);
    if (out == NULL) return MIEN_MEMORY;
    mien_status status = MIEN_OK;
    draw_axes(out);
    for (size_t i = 0; i < report->result_count && status == MIEN_OK; i++)
        status = draw_cosine(out, &report->results[i], colours[i]);
    for (size_t i = 0; i < report->result_count; i++)
        draw_keys(out, &report->results[i], colours[i]);
    draw_legend(out, report);
    fprintf(out, "</svg>\n");
    if (fclose(out) != 0 && status == MIEN_OK) status = MIEN_MEMORY;
    if (status != MIEN_OK) {
        free(*svg);
        *svg = NULL;
    }
    return status;
}
