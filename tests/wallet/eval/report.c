/* SPDX-License-Identifier: MIT */
/* The report of a made-up result: every figure must come out of its three forms. */
#include "wallet/eval/report.h"

#include <math.h>

#include "tests/harness.h"
#include "wallet/eval/eval.h"

#define GENUINE 100
#define VAULTS 10
#define OTHERS 100

static mien_eval_trial genuine[GENUINE], impostor[VAULTS * OTHERS];
static size_t start[VAULTS + 1];

/* 97 of 100 owners get in; 2 of 1,000 pairs of strangers do, both at vault 3. */
static void make_report(mien_eval_report *report) {
    memset(report, 0, sizeof *report);
    for (int i = 0; i < GENUINE; i++) {
        genuine[i].cosine = i < 3 ? 0.1f : 0.7f + 0.002f * (float)i;
        genuine[i].rank = i < 3 ? MIEN_EVAL_NOT_FOUND : (uint8_t)(i % 8);
    }
    for (int i = 0; i < VAULTS * OTHERS; i++) {
        impostor[i].cosine = 0.0002f * (float)i;
        impostor[i].rank = MIEN_EVAL_NOT_TRIED;
    }
    for (int i = 310; i < 312; i++) impostor[i].cosine = 0.8f, impostor[i].rank = 5;
    for (size_t v = 0; v <= VAULTS; v++) start[v] = v * OTHERS;
    mien_eval_result r = {.setting = {3, 1},
                          .genuine_people = 50,
                          .impostor_people = 101,
                          .genuine = genuine,
                          .impostor = impostor,
                          .genuine_count = GENUINE,
                          .impostor_count = VAULTS * OTHERS,
                          .vault_start = start,
                          .genuine_found = 97,
                          .impostor_keys = 22,
                          .impostor_found = 2,
                          .sample_keys = 20,
                          .vaults = VAULTS,
                          .vaults_opened = 1,
                          .worst_vault = 0.02,
                          .enrolments = GENUINE,
                          .refused_enrolments = 7,
                          .accepted_found = 2};
    report->results[report->result_count++] = r;
    report->seed = 42;
    report->people = 120;
    report->photos = 400;
    report->counts.usable = 390;
    report->counts.refused[MIEN_FACE_DARK] = 10;
}

static double at(const json_t *json, const char *a, const char *b, const char *c) {
    json = json_object_get(json, a);
    if (b != NULL) json = json_object_get(json, b);
    if (c != NULL) json = json_object_get(json, c);
    return json_is_number(json) ? json_number_value(json) : NAN;
}

static void test_json(void) {
    mien_eval_report report;
    json_t *json;
    make_report(&report);
    REQUIRE(mien_eval_json(&json, &report) == MIEN_OK);
    CHECK(at(json, "seed", NULL, NULL) == 42);
    CHECK(at(json, "photos", "refused_by_reason", "FACE_DARK") == 10);
    CHECK(at(json, "photos", "refused", "rate") == 0.025);
    const json_t *s = json_array_get(json_object_get(json, "settings"), 0);
    CHECK(at(s, "enrolled", NULL, NULL) == 3 && at(s, "unlocking", NULL, NULL) == 1);
    CHECK(at(s, "genuine", "key", "rate") == 0.97);
    CHECK(at(s, "accepted_enrolments", "events", NULL) == 2);
    CHECK(at(s, "accepted_enrolments", "trials", NULL) == GENUINE - 7);
    CHECK(at(s, "genuine", "key", "low") > 0.9 && at(s, "genuine", "key", "high") < 0.995);
    CHECK(at(s, "impostor", "key", "events") == 2 && at(s, "impostor", "key", "trials") == 1000);
    CHECK(at(s, "impostor", "key_random_sample", "high") == 3.0 / 20);
    CHECK(at(s, "impostor", "vaults_opened", "rate") == 0.1);
    CHECK(at(s, "cosine_at_same_rate", "accept_rate", NULL) == 0.97);
    CHECK(at(s, "cosine_at_same_rate", "false_accept_rate", NULL) == 0.002);
    CHECK(at(s, "enrolment_gate_refusals", "rate", NULL) == 0.07);
    json_t *points = json_object_get(s, "cosine");
    CHECK_INT(json_array_size(points), 1); /* 1e-2: below it fewer than ten pairs decide */
    CHECK(at(json_array_get(points, 0), "worst_vault", NULL, NULL) > 0.01);
    json_decref(json);
}

static size_t occurrences(const char *text, const char *word) {
    size_t count = 0;
    for (; (text = strstr(text, word)) != NULL; text++) count++;
    return count;
}

static void test_text_and_svg(void) {
    mien_eval_report report;
    json_t *json;
    char *text, *svg;
    make_report(&report);
    REQUIRE(mien_eval_json(&json, &report) == MIEN_OK);
    REQUIRE(mien_eval_text(&text, json) == MIEN_OK);
    REQUIRE(mien_eval_svg(&svg, &report) == MIEN_OK);
    CHECK(strstr(text, "97.00 %") != NULL && strstr(text, "10 FACE_DARK") != NULL);
    CHECK(strstr(text, "flatter") == NULL);
    CHECK(occurrences(svg, "<polyline") == 1 && occurrences(svg, "<circle") == 6);
    CHECK(strstr(svg, "3 enrolled, 1 to unlock") != NULL && strstr(svg, "</svg>\n") != NULL);
    CHECK(strstr(svg, "nan") == NULL && strstr(svg, "inf") == NULL);
    free(text);
    json_decref(json);
    report.all_people = true;
    REQUIRE(mien_eval_json(&json, &report) == MIEN_OK);
    REQUIRE(mien_eval_text(&text, json) == MIEN_OK);
    CHECK(strstr(text, "flatter") != NULL);
    free(text);
    free(svg);
    json_decref(json);
}

/* No folder, and a folder in which nothing can be measured. */
static void test_run_refuses(void) {
    mien_error error = {0};
    json_t *json;
    mien_eval_options options = {.faces = "/nonexistent/people", .all_people = true, .threads = 1};
    CHECK_INT(mien_eval_run(&json, &options, &error), MIEN_NOT_FOUND);
    CHECK(json == NULL && error.message[0] != '\0');
    options.models = "/nonexistent/models";
    options.all_people = false;
    CHECK_INT(mien_eval_run(&json, &options, &error), MIEN_NOT_FOUND);
    CHECK(strstr(error.message, "fitted-people.txt") != NULL);
}

int main(void) {
    RUN(test_json);
    RUN(test_text_and_svg);
    RUN(test_run_refuses);
    return harness_end();
}
