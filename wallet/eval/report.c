/* SPDX-License-Identifier: MIT */
#include "wallet/eval/report.h"

#include <stdlib.h>
#include <string.h>

#include "wallet/eval/eval.h"

/* Sorted cosines of one setting. */
typedef struct curves {
    float *genuine, *impostor;
} curves;

static json_t *rate_json(size_t events, size_t trials) {
    mien_eval_interval i = mien_eval_rate_interval(events, trials);
    double rate = trials != 0 ? (double)events / (double)trials : 0;
    return json_pack("{s:I, s:I, s:f, s:f, s:f}", "events", (json_int_t)events, "trials",
                     (json_int_t)trials, "rate", rate, "low", i.low, "high", i.high);
}

static json_t *operating_point(const mien_eval_result *r, const curves *c, double far) {
    double threshold = mien_eval_threshold(c->impostor, r->impostor_count, far);
    return json_pack("{s:f, s:f, s:f, s:f}", "false_accept_rate", far, "threshold", threshold,
                     "accept_rate", mien_eval_share_above(c->genuine, r->genuine_count, threshold),
                     "worst_vault", mien_eval_worst_vault(r, threshold));
}

/* With so many pairs a smaller rate would rest on fewer than ten of them. */
static json_t *operating_points(const mien_eval_result *r, const curves *c) {
    json_t *points = json_array();
    for (double far = 1e-2; far > 5e-7 && far * (double)r->impostor_count >= 10; far /= 10)
        json_array_append_new(points, operating_point(r, c, far));
    return points;
}

/* Cosine judged at the false-accept rate of the key; where no key was opened, at the rate that the
 * rule of three cannot exclude. */
static json_t *same_rate(const mien_eval_result *r, const curves *c) {
    mien_eval_interval i = mien_eval_rate_interval(r->impostor_found, r->impostor_count);
    double far =
        r->impostor_found != 0 ? (double)r->impostor_found / (double)r->impostor_count : i.high;
    return operating_point(r, c, far);
}

static double mean_cosine(const mien_eval_trial *trials, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++) sum += (double)trials[i].cosine;
    return count != 0 ? sum / (double)count : 0;
}

static json_t *impostor_json(const mien_eval_result *r) {
    return json_pack(
        "{s:I, s:o, s:o, s:I, s:f, s:o, s:f, s:f}", "people", (json_int_t)r->impostor_people, "key",
        rate_json(r->impostor_found, r->impostor_count), "key_random_sample",
        rate_json(r->sample_found, r->sample_keys), "keys_tried", (json_int_t)r->impostor_keys,
        "always_tried_from_cosine", MIEN_EVAL_ALWAYS_TRIED, "vaults_opened",
        rate_json(r->vaults_opened, r->vaults), "worst_vault", r->worst_vault, "mean_cosine",
        mean_cosine(r->impostor, r->impostor_count));
}

static mien_status setting_json(json_t **out, const mien_eval_result *r) {
    curves c = {NULL, NULL};
    mien_status status = mien_eval_sorted(&c.genuine, r->genuine, r->genuine_count);
    if (status == MIEN_OK) status = mien_eval_sorted(&c.impostor, r->impostor, r->impostor_count);
    if (status == MIEN_OK) {
        json_t *genuine = json_pack("{s:I, s:o, s:f}", "people", (json_int_t)r->genuine_people,
                                    "key", rate_json(r->genuine_found, r->genuine_count),
                                    "mean_cosine", mean_cosine(r->genuine, r->genuine_count));
        *out = json_pack(
            "{s:i, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:{s:f, s:f}}", "enrolled",
            (int)r->setting.enrolled, "unlocking", (int)r->setting.unlocking, "genuine", genuine,
            "impostor", impostor_json(r), "cosine_at_same_rate", same_rate(r, &c), "cosine",
            operating_points(r, &c), "enrolment_gate_refusals",
            rate_json(r->refused_enrolments, r->enrolments), "accepted_enrolments",
            rate_json(r->accepted_found, r->enrolments - r->refused_enrolments), "milliseconds",
            "make_sketch", r->make_milliseconds, "recover_key", r->recover_milliseconds);
        if (*out == NULL) status = MIEN_MEMORY;
    }
    free(c.genuine);
    free(c.impostor);
    return status;
}

static json_t *photos_json(const mien_eval_report *report) {
    json_t *refused = json_object();
    size_t total = 0;
    for (int s = 0; s < MIEN_STATUS_COUNT; s++) {
        if (report->counts.refused[s] == 0) continue;
        total += report->counts.refused[s];
        json_object_set_new(refused, mien_status_name((mien_status)s),
                            json_integer((json_int_t)report->counts.refused[s]));
    }
    return json_pack("{s:I, s:I, s:I, s:I, s:o, s:o, s:{s:f, s:f, s:f}}", "people",
                     (json_int_t)report->people, "photos", (json_int_t)report->photos, "usable",
                     (json_int_t)report->counts.usable, "unreadable",
                     (json_int_t)report->counts.unreadable, "refused",
                     rate_json(total, report->photos), "refused_by_reason", refused, "milliseconds",
                     "detection", report->milliseconds[0], "landmarks_and_crop",
                     report->milliseconds[1], "embedding", report->milliseconds[2]);
}

mien_status mien_eval_json(json_t **json, const mien_eval_report *report) {
    json_t *list = json_array();
    for (size_t i = 0; i < report->result_count; i++) {
        json_t *setting = NULL;
        mien_status status = setting_json(&setting, &report->results[i]);
        if (status != MIEN_OK) {
            json_decref(list);
            return status;
        }
        json_array_append_new(list, setting);
    }
    *json = json_pack("{s:I, s:b, s:o, s:o}", "seed", (json_int_t)report->seed, "all_people",
                      (int)report->all_people, "photos", photos_json(report), "settings", list);
    return *json != NULL ? MIEN_OK : MIEN_MEMORY;
}

static double number(const json_t *object, const char *a, const char *b) {
    const json_t *value = json_object_get(object, a);
    if (b != NULL) value = json_object_get(value, b);
    return json_number_value(value);
}

static void print_head(FILE *out, const json_t *report) {
    const json_t *photos = json_object_get(report, "photos");
    const char *reason;
    json_t *count;
    fprintf(out, "%.0f photos of %.0f people, %.0f usable", number(photos, "photos", NULL),
            number(photos, "people", NULL), number(photos, "usable", NULL));
    json_object_foreach(json_object_get(photos, "refused_by_reason"), reason, count)
        fprintf(out, ", %.0f %s", json_number_value(count), reason);
    fprintf(
        out,
        "\na photo takes %.1f ms to detect, %.1f ms to align, %.1f ms to embed; seed %.0f%s\n\n",
        number(photos, "milliseconds", "detection"),
        number(photos, "milliseconds", "landmarks_and_crop"),
        number(photos, "milliseconds", "embedding"), number(report, "seed", NULL),
        json_is_true(json_object_get(report, "all_people"))
            ? "\nWITH people that constants were fitted on: these figures flatter"
            : "");
}

static void print_setting(FILE *out, const json_t *s) {
    const json_t *own = json_object_get(json_object_get(s, "genuine"), "key");
    const json_t *others = json_object_get(json_object_get(s, "impostor"), "key");
    const json_t *point;
    size_t index;
    fprintf(out, "%.0f+%.0f  %7.2f %% (%.2f..%.2f) %6.0f   %3.0f of %7.0f  %7.1e..%.1e   %6.2f %% ",
            number(s, "enrolled", NULL), number(s, "unlocking", NULL),
            100 * number(own, "rate", NULL), 100 * number(own, "low", NULL),
            100 * number(own, "high", NULL), number(own, "trials", NULL),
            number(others, "events", NULL), number(others, "trials", NULL),
            number(others, "low", NULL), number(others, "high", NULL),
            100 * number(s, "cosine_at_same_rate", "accept_rate"));
    fprintf(out, " %8.1e  ", number(s, "impostor", "worst_vault"));
    json_array_foreach(json_object_get(s, "cosine"), index, point)
        fprintf(out, " %6.2f", 100 * number(point, "accept_rate", NULL));
    fputc('\n', out);
}

/* Random photos of years make enrolments that the wallet refuses; what becomes of the others. */
static void print_accepted(FILE *out, const json_t *settings) {
    const json_t *setting;
    size_t index;
    fputs("\nOf the enrolments that the wallet's gate lets through, keys recovered:\n", out);
    json_array_foreach(settings, index, setting) {
        const json_t *rate = json_object_get(setting, "accepted_enrolments");
        fprintf(out, "%.0f+%.0f  %5.0f of %5.0f\n", number(setting, "enrolled", NULL),
                number(setting, "unlocking", NULL), number(rate, "events", NULL),
                number(rate, "trials", NULL));
    }
}

mien_status mien_eval_text(char **text, const json_t *report) {
    size_t length, index;
    const json_t *setting;
    FILE *out = open_memstream(text, &length);
    if (out == NULL) return MIEN_MEMORY;
    print_head(out, report);
    fprintf(out,
            "photos  keys recovered by their owner     opened by others                        "
            "cosine at  worst    cosine accepts %% at\n"
            "        rate (95 %% interval)    trials  of pairs         95 %% interval      "
            "same rate  vault     1e-2   1e-3   1e-4   1e-5 false accepts\n");
    json_array_foreach(json_object_get(report, "settings"), index, setting)
        print_setting(out, setting);
    fprintf(out,
            "\nphotos: at enrolment + at unlock. Keys are tried on every pair of different "
            "people whose cosine is %.2f\nor more and on a random sample of all pairs; the "
            "sample alone is in the JSON.\n",
            MIEN_EVAL_ALWAYS_TRIED);
    print_accepted(out, json_object_get(report, "settings"));
    return fclose(out) == 0 ? MIEN_OK : MIEN_MEMORY;
}
