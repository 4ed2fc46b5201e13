/* SPDX-License-Identifier: MIT */
/* Proofs about whole networks: time, bytes, memory, and the ratio to plain integer inference.
 *
 *   bench-prove [--json] [--network NAME]... [--threads N] [--runs N] [--bits 100|128]
 *               [--profile] [--svg FILE] [--sides] [--cpu]
 *               [--public-output] [--bytes] [--hidden-weights]
 *
 * Each network runs in a process of its own, so that its peak memory is its own. The frame is
 * committed to (C_x), the output public; for the embedding network it is the face statement. A
 * proof's time is from the frame's bytes to the proof's last byte, C_x not counted: whoever sees
 * the frame makes it. Networks of random weights (lenet5, vgg11, mobilenetv2, chain) show costs,
 * not answers.
 * --profile adds where the time went, by step and by layer, --svg draws the steps and, for one
 * network, its layers (FILE with .layers before the ending), --sides runs the chain from 32 to 256,
 * --cpu counts the time of the processor, --public-output shows the embedding, --bytes
 * tells the shapes, --hidden-weights keeps the weights behind a root with 64 openings. */
#define _GNU_SOURCE
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "face_model/face_model.h"
#include "prover/ligero/prove.h"
#include "prover/prover.h"
#include "prover/statement/inference_protocol.h"
#include "tests/bench.h"
#include "tests/face_model/import/digits.h"
#include "tests/wallet/proof/profile_layers.h"
#include "tests/wallet/proof/published.h"
#include "wallet/proof/prove.h"

#define PLAIN_RUNS 15
#define CALIBRATION_SAMPLES 4
#define PORTRAIT MIEN_SOURCE_DIR "/assets/samples/collins.jpg"

/* Where a proof's time goes, in order. */
#define STEPS(X)                                                                                   \
    X(WITNESS, "C_x again, inference, witness")                                                    \
    X(COMMIT, "commitment and columns")                                                            \
    X(LEAVES, "lookups: tree of leaves")                                                           \
    X(TABLES, "lookups: tree of tables")                                                           \
    X(FUNCTIONAL, "functional of the claims")                                                      \
    X(PRODUCT, "batch sumcheck")                                                                   \
    X(END, "opening, zk-Ligero, wiping")
enum step {
#define X(name, words) STEP_##name,
    STEPS(X)
#undef X
        STEP_COUNT
};
static const char *const step_words[] = {
#define X(name, words) words,
    STEPS(X)
#undef X
};

typedef struct options {
    const char *networks[16];
    size_t network_count;
    const char *svg;
    unsigned threads;
    int runs, bits;
    bool profile, sides, public_output, bytes, hidden;
} options;

/* What a child tells its parent. */
typedef struct figures {
    char why[512];                                 /* not empty: nothing was measured */
    double plain, prove, verify, step[STEP_COUNT]; /* seconds */
    double right_float, right_integer;             /* digits, when known */
    size_t bytes, memory;                          /* of the proof; the prover's arena */
    uint64_t committed, lookups, macs;
    long peak; /* kB, of the whole process with network and verifier */
    unsigned log2_size;
    bool digits;
    layers_profile layers; /* with --profile or --svg */
} figures;

typedef struct subject {
    mien_network *network;
    uint8_t *frame;
    size_t length;
    bool face;
} subject;

static void fail(figures *f, const char *why) {
    snprintf(f->why, sizeof f->why, "%s", why);
}

/* ---- networks */

static void open_published(subject *s, figures *f, const char *name, unsigned side) {
    size_t length = 0;
    mien_error error = {MIEN_OK, "no Python 3"};
    uint8_t *onnx = published_onnx(name, side, &length);
    mien_float_network *real = onnx != NULL ? published_import(onnx, length, &error) : NULL;
    if (real != NULL) s->network = published_quantise(real, CALIBRATION_SAMPLES, &error);
    mien_float_network_free(real);
    free(onnx);
    if (s->network == NULL) {
        fail(f, error.message);
        return;
    }
    s->length = mien_shape_elements(mien_network_input(s->network));
    s->frame = malloc(s->length);
    if (s->frame != NULL) mien_synthetic_picture(s->frame, mien_network_input(s->network), 1000);
}

static void open_digits_network(subject *s, figures *f, const char *file) {
    char folder[1100];
    digits d = {0};
    snprintf(folder, sizeof folder, "%s/data/mnist",
             harness_shared() != NULL ? harness_shared() : "");
    if (harness_shared() == NULL || !digits_open(&d, folder)) {
        fail(f, "no data/mnist in ../shared or $MIEN_SHARED");
        return;
    }
    mien_float_network *real = digits_import(folder, file);
    if (real != NULL) s->network = digits_quantise(real, &d);
    if (s->network == NULL) {
        fail(f, "the network could not be imported");
    } else {
        f->digits = true;
        f->right_float = digits_count_float(real, &d) * 100.0 / DIGITS;
        f->right_integer = digits_count_integer(s->network, &d) * 100.0 / DIGITS;
        s->length = DIGITS_PIXELS;
        s->frame = malloc(s->length);
        if (s->frame != NULL) memcpy(s->frame, d.images + 77 * DIGITS_PIXELS, s->length);
    }
    mien_float_network_free(real);
    digits_close(&d);
}

/* The crop of a portrait that ships. */
static void open_embedding(subject *s, figures *f) {
    mien_error error = {MIEN_OK, "no memory"};
    mien_face *face = NULL;
    mien_image image = {0};
    mien_face_view *view = calloc(1, sizeof *view);
    mien_status status = view != NULL ? MIEN_OK : MIEN_MEMORY;
    if (status == MIEN_OK)
        status =
            mien_network_read(&s->network, MIEN_SOURCE_DIR "/assets/models/embedding.mien", &error);
    if (status == MIEN_OK)
        status = mien_face_open_aligner(&face, MIEN_SOURCE_DIR "/assets/models", &error);
    if (status == MIEN_OK) status = mien_image_read(&image, PORTRAIT, &error);
    if (status == MIEN_OK) status = mien_face_align(face, view, &image, &error);
    s->length = MIEN_FACE_CROP_BYTES;
    s->frame = malloc(s->length);
    if (status == MIEN_OK && s->frame != NULL) memcpy(s->frame, view->crop, s->length);
    if (status != MIEN_OK) fail(f, error.message);
    s->face = true;
    mien_image_free(&image);
    mien_face_close(face);
    free(view);
}

static void open_subject(subject *s, figures *f, const char *name, unsigned side) {
    memset(s, 0, sizeof *s);
    if (strcmp(name, "embedding") == 0)
        open_embedding(s, f);
    else if (strncmp(name, "mnist", 5) == 0)
        open_digits_network(s, f,
                            strcmp(name, "mnist-small") == 0 ? "mnist-sm.onnx" : "mnist-lg.onnx");
    else
        open_published(s, f, name, side);
    if (f->why[0] == '\0' && s->frame == NULL) fail(f, "no memory");
}

/* ---- one proof */

static double seconds(void) {
    return bench_nanoseconds() / 1e9;
}

typedef struct timeline {
    double last, spent[STEP_COUNT];
} timeline;

static void spend(timeline *t, enum step step) {
    double now = seconds();
    t->spent[step] += now - t->last;
    t->last = now;
}

static void argument_at(void *context, mien_inference_step step, mien_inference_view *view) {
    static const int steps[MIEN_INFERENCE_STEP_COUNT] = {
        [MIEN_INFERENCE_STEP_COLUMNS] = STEP_COMMIT,
        [MIEN_INFERENCE_STEP_LEAVES] = STEP_LEAVES,
        [MIEN_INFERENCE_STEP_TABLES] = STEP_TABLES,
        [MIEN_INFERENCE_STEP_ROWS] = STEP_TABLES,
        [MIEN_INFERENCE_STEP_FUNCTIONAL] = STEP_FUNCTIONAL,
        [MIEN_INFERENCE_STEP_END] = STEP_PRODUCT,
        [MIEN_INFERENCE_STEP_WEIGHTS_CONSTANT] = STEP_FUNCTIONAL,
        [MIEN_INFERENCE_STEP_WEIGHTS_SHARE] = STEP_END,
        [MIEN_INFERENCE_STEP_WEIGHTS_FUNCTIONAL] = STEP_FUNCTIONAL,
        [MIEN_INFERENCE_STEP_WEIGHTS_END] = STEP_PRODUCT};
    (void)view;
    spend(context, (enum step)steps[step]);
}

static void witness_done(void *context, mien_k *pads, mien_f *rows) {
    (void)pads, (void)rows;
    spend(context, STEP_WITNESS);
}

typedef struct session {
    const options *options;
    const mien_inference_parameters *parameters;
    mien_proof_network *network;
    mien_proof_prover *prover;
    mien_proof_private *private_model;
    mien_pool *pool;
    mien_inference_statement statement;
    mien_proof_secrets secrets;
    const subject *subject;
} session;

/* The person who is enrolled looks nearly as in the frame. */
static mien_status enrol(session *s, const int16_t *output) {
    mien_match_statement *m = &s->statement.match;
    for (int i = 0; i < MIEN_EMBEDDING_SIZE; i++)
        s->secrets.template_vector[i] = (int8_t)(output[i] / 2 * 2);
    memset(s->secrets.key_z, 0x5a, sizeof s->secrets.key_z);
    m->epoch = 1;
    m->threshold = 19465; /* cosine 0.545 */
    return mien_match_commit_template(m->template_commitment, m->key_check, m->service, m->epoch,
                                      m->slot, s->secrets.template_vector, s->secrets.key_z);
}

/* With a budget for all runs; the commitment is made once, before the clock starts. */
static mien_status hide(session *s, mien_error *error) {
    mien_openings openings = {.most = 64};
    if (!s->options->hidden) return MIEN_OK;
    memset(openings.seed, 9, sizeof openings.seed);
    MIEN_TRY(mien_proof_private_create(&s->private_model, s->network, s->parameters, &openings,
                                       s->pool, error));
    mien_proof_private_statement(&s->statement, s->private_model);
    return mien_proof_prover_hide(s->prover, s->private_model, error);
}

static mien_status prepare(session *s, mien_error *error) {
    bool face = s->subject->face && !s->options->public_output;
    mien_output_binding output = face ? MIEN_OUTPUT_MATCHED : MIEN_OUTPUT_PUBLIC;
    size_t last = s->network->cnn.layer_count - 1;
    mien_cnn_shape shape = s->network->cnn.layers[last].out;
    int16_t *values = malloc((size_t)mien_cnn_sites(shape) * shape.channels * sizeof *values);
    if (values == NULL) return MIEN_MEMORY;
    mien_proof_statement_start(&s->statement, s->network, MIEN_FRAME_COMMITTED, output);
    memset(s->secrets.frame_seed, 7, sizeof s->secrets.frame_seed);
    mien_status status = mien_proof_prover_create(&s->prover, s->network, s->parameters,
                                                  MIEN_FRAME_COMMITTED, output, s->pool, error);
    if (status == MIEN_OK)
        status =
            mien_proof_commit_frame(s->prover, s->statement.frame_commitment, s->subject->frame,
                                    s->subject->length, s->secrets.frame_seed);
    if (status == MIEN_OK)
        status = mien_proof_run_plain(mien_proof_prover_run(s->prover), values, s->subject->frame,
                                      s->subject->length);
    if (status == MIEN_OK && face) status = enrol(s, values);
    if (status == MIEN_OK) status = hide(s, error);
    free(values);
    return status;
}

static mien_status plain(session *s, figures *f) {
    f->plain = 1e9;
    for (int i = 0; i < PLAIN_RUNS; i++) {
        double start = seconds();
        MIEN_TRY(mien_proof_run_plain(mien_proof_prover_run(s->prover), NULL, s->subject->frame,
                                      s->subject->length));
        double taken = seconds() - start;
        if (taken < f->plain) f->plain = taken;
    }
    return MIEN_OK;
}

static mien_status prove(session *s, figures *f, const uint8_t **proof, size_t *length) {
    mien_random random = mien_random_system();
    f->prove = 1e9;
    for (int i = 0; i < s->options->runs; i++) {
        timeline t = {0};
        mien_inference_observer argument = {argument_at, &t};
        mien_inference_observers observers = {&argument, NULL, witness_done, &t};
        double start = seconds();
        t.last = start;
        MIEN_TRY(mien_proof_prove(s->prover, proof, length, &s->statement, &s->secrets,
                                  s->subject->frame, s->subject->length, &random, NULL,
                                  &observers));
        spend(&t, STEP_END);
        double taken = seconds() - start;
        if (taken >= f->prove) continue;
        f->prove = taken;
        memcpy(f->step, t.spent, sizeof f->step);
    }
    f->bytes = *length;
    return MIEN_OK;
}

static mien_status verify(session *s, figures *f, const uint8_t *proof, size_t length) {
    size_t size = mien_inference_verify_workspace_size(s->parameters, &s->statement);
    void *workspace = size > 0 ? aligned_alloc(64, (size + 63) / 64 * 64) : NULL;
    mien_status status = workspace != NULL ? MIEN_OK : MIEN_MEMORY;
    f->verify = 1e9;
    for (int i = 0; i < 2 * s->options->runs && status == MIEN_OK; i++) {
        double start = seconds();
        status =
            mien_inference_verify(s->parameters, &s->statement, proof, length, workspace, size);
        double taken = seconds() - start;
        if (taken < f->verify) f->verify = taken;
    }
    free(workspace);
    return status;
}

/* What the proof is made of; sizes are upper bounds, as paths of a tree share nodes. */
static void print_shapes(const session *s) {
    mien_inference_setup *setup = malloc(sizeof *setup);
    int16_t none[MIEN_OUTPUT_MAX] = {0};
    mien_inference_statement statement = s->statement;
    if (statement.output == MIEN_OUTPUT_PUBLIC) statement.output_values = none;
    if (setup != NULL && mien_inference_setup_make(setup, s->parameters, &statement) == MIEN_OK) {
        const mien_cnn_plan *plan = statement.plan;
        fprintf(stderr, "w: 2^%u, half 2^%u, input 2^%u, %u rows of %u tables\n", plan->log2_size,
                plan->log2_half, plan->log2_input, plan->table_rows, plan->class_count);
        for (size_t i = 0; i < setup->part_count; i++) {
            const mien_tensor_shape *t = &setup->parts[i];
            fprintf(stderr, "part %zu: %u x 2^%u, N 2^%u, q %u", i, t->row_count, t->log2_row,
                    t->log2_columns, t->queries);
            for (unsigned l = 0; l < mien_tensor_inner_count(t); l++)
                fprintf(stderr, "; 2^%u, N 2^%u, q %u", t->inner[l].log2_row,
                        t->inner[l].log2_columns, t->inner[l].queries);
            fprintf(stderr, "\n");
        }
        const mien_proof_parameters *l = &setup->ligero;
        fprintf(stderr,
                "messages %u (%u B), opening <= %zu B, zk-Ligero <= %zu B: %zu rows of 2^%u, N "
                "2^%u, q %u, products %zu, pairs %u\n",
                setup->pads_shape.pad_count, 20 * setup->pads_shape.pad_count,
                mien_tensor_parts_opening_max_size(setup->parts, setup->part_count),
                mien_ligero_proof_max_size(l, &setup->system), setup->system.rows, l->log2_slots,
                l->log2_length, l->queries, setup->system.product_count,
                setup->pads_shape.pair_count);
    }
    free(setup);
}

static mien_status measure(session *s, figures *f, mien_error *error) {
    const uint8_t *proof;
    size_t length;
    MIEN_TRY(mien_pool_create(&s->pool, s->options->threads));
    MIEN_TRY(mien_proof_network_create(&s->network, s->subject->network, error));
    MIEN_TRY(prepare(s, error));
    f->committed = s->network->plan.committed;
    f->lookups = s->network->plan.lookups;
    f->log2_size = s->network->plan.log2_size;
    for (uint32_t i = 0; i < s->network->cnn.layer_count; i++)
        f->macs += mien_network_layer(s->subject->network, i)->multiply_accumulates;
    f->memory = mien_proof_prover_memory(s->prover);
    if (s->options->bytes) print_shapes(s);
    MIEN_TRY(plain(s, f));
    MIEN_TRY(prove(s, f, &proof, &length));
    MIEN_TRY(verify(s, f, proof, length));
    if (!s->options->profile && s->options->svg == NULL) return MIEN_OK;
    return profile_layers(&f->layers, s->network, mien_proof_prover_run(s->prover), s->pool,
                          s->subject->frame, s->subject->length, s->options->runs);
}

static void in_child(figures *f, const options *o, const char *name, unsigned side) {
    subject what;
    mien_error error = {MIEN_OK, ""};
    open_subject(&what, f, name, side);
    if (f->why[0] != '\0') return;
    session s = {.options = o, .subject = &what};
    s.parameters =
        o->bits == 128 ? mien_inference_parameters_128() : mien_inference_parameters_100();
    mien_status status = measure(&s, f, &error);
    if (status != MIEN_OK)
        snprintf(f->why, sizeof f->why, "%s",
                 error.message[0] != '\0' ? error.message : mien_status_text(status));
    mien_proof_prover_free(s.prover);
    mien_proof_private_free(s.private_model);
    mien_proof_network_free(s.network);
    mien_pool_destroy(s.pool);
    mien_network_free(what.network);
    free(what.frame);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    f->peak = usage.ru_maxrss;
}

static void in_own_process(figures *f, const options *o, const char *name, unsigned side) {
    int state = 1;
    figures *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) exit(1);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        in_child(shared, o, name, side);
        _exit(0);
    }
    if (child > 0) waitpid(child, &state, 0);
    *f = *shared;
    munmap(shared, sizeof *shared);
    if (state != 0) fail(f, "the process ended without figures");
}

/* ---- reports */

static void report(const char *name, const figures *f) {
    char key[128];
    const struct {
        const char *what, *unit;
        double value;
    } lines[] = {{"prove", "ms", f->prove * 1e3},
                 {"verify", "ms", f->verify * 1e3},
                 {"proof", "kB", (double)f->bytes / 1e3},
                 {"peak_memory", "MB", (double)f->peak * 1024 / 1e6},
                 {"prover_memory", "MB", (double)f->memory / 1e6},
                 {"plain_inference", "ms", f->plain * 1e3},
                 {"prove_to_plain", "ratio", f->prove / f->plain},
                 {"committed", "values", (double)f->committed},
                 {"lookups", "values", (double)f->lookups},
                 {"multiplications", "MAC", (double)f->macs}};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        snprintf(key, sizeof key, "%s_%s", name, lines[i].what);
        bench_report(key, lines[i].value, lines[i].unit);
    }
    if (!f->digits) return;
    snprintf(key, sizeof key, "%s_digits_right_float", name);
    bench_report(key, f->right_float, "%");
    snprintf(key, sizeof key, "%s_digits_right_integer", name);
    bench_report(key, f->right_integer, "%");
}

/* What all positions cost alike. */
static double shared_by_layers(const figures *f) {
    return f->step[STEP_COMMIT] + f->step[STEP_LEAVES] + f->step[STEP_PRODUCT] + f->step[STEP_END];
}

static void report_profile(const char *name, const figures *f) {
    char key[128];
    for (int i = 0; i < STEP_COUNT; i++) {
        snprintf(key, sizeof key, "%s: %s", name, step_words[i]);
        bench_report(key, f->step[i] * 1e3, "ms");
    }
    if (!bench_json) profile_layers_print(stdout, &f->layers, shared_by_layers(f));
}

/* One bar a network, all of the same length: shares of its time. */
static void draw(FILE *out, const char *const *names, const figures *all, size_t count) {
    static const char *const colours[STEP_COUNT] = {"#4477aa", "#66ccee", "#228833", "#ccbb44",
                                                    "#ee6677", "#aa3377", "#bbbbbb"};
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"900\" height=\"%zu\" "
            "font-family=\"sans-serif\" font-size=\"13\">\n"
            "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
            60 + 34 * count + 20 * STEP_COUNT);
    for (size_t n = 0; n < count; n++) {
        double at = 170;
        size_t y = 20 + 34 * n;
        if (all[n].why[0] != '\0') continue;
        fprintf(out, "<text x=\"10\" y=\"%zu\">%s</text>\n", y + 16, names[n]);
        for (int i = 0; i < STEP_COUNT; i++) {
            double width = 600 * all[n].step[i] / all[n].prove;
            fprintf(out,
                    "<rect x=\"%.1f\" y=\"%zu\" width=\"%.1f\" height=\"22\" fill=\"%s\">"
                    "<title>%s: %.2f ms</title></rect>\n",
                    at, y, width, colours[i], step_words[i], all[n].step[i] * 1e3);
            at += width;
        }
        fprintf(out, "<text x=\"780\" y=\"%zu\">%.1f ms</text>\n", y + 16, all[n].prove * 1e3);
    }
    for (size_t i = 0; i < STEP_COUNT; i++) {
        size_t y = 40 + 34 * count + 20 * i;
        fprintf(out,
                "<rect x=\"170\" y=\"%zu\" width=\"14\" height=\"14\" fill=\"%s\"/>"
                "<text x=\"192\" y=\"%zu\">%s</text>\n",
                y, colours[i], y + 12, step_words[i]);
    }
    fputs("</svg>\n", out);
}

static int write_svg(const char *path, const char *const *names, const figures *all, size_t count) {
    FILE *out = fopen(path, "w");
    if (out == NULL) return 1;
    draw(out, names, all, count);
    return fclose(out) != 0;
}

/* picture.svg: picture.layers.svg */
static int write_layers_svg(const char *path, const char *name, const figures *f) {
    char own[1024];
    size_t stem = strlen(path);
    if (stem > 4 && strcmp(path + stem - 4, ".svg") == 0) stem -= 4;
    snprintf(own, sizeof own, "%.*s.layers.svg", (int)stem, path);
    FILE *out = fopen(own, "w");
    if (out == NULL) return 1;
    profile_layers_draw(out, name, &f->layers, shared_by_layers(f));
    return fclose(out) != 0;
}

static void measure_sides(const options *o) {
    char name[32];
    for (unsigned side = 32; side <= 256; side *= 2) {
        figures f;
        in_own_process(&f, o, "chain", side);
        snprintf(name, sizeof name, "chain_%u", side);
        if (f.why[0] != '\0')
            fprintf(stderr, "%s: %s\n", name, f.why);
        else
            report(name, &f);
        char key[64];
        snprintf(key, sizeof key, "%s_ns_for_each_pixel", name);
        if (f.why[0] == '\0') bench_report(key, f.prove * 1e9 / side / side, "ns");
    }
}

static void read_options(options *o, int argc, char **argv) {
    *o = (options){.threads = 2, .runs = 5, .bits = 100};
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        o->profile |= strcmp(argv[i], "--profile") == 0;
        o->bytes |= strcmp(argv[i], "--bytes") == 0;
        o->sides |= strcmp(argv[i], "--sides") == 0;
        o->public_output |= strcmp(argv[i], "--public-output") == 0;
        o->hidden |= strcmp(argv[i], "--hidden-weights") == 0;
        if (strcmp(argv[i], "--svg") == 0) o->svg = value;
        if (strcmp(argv[i], "--threads") == 0) o->threads = (unsigned)atoi(value);
        if (strcmp(argv[i], "--runs") == 0) o->runs = atoi(value);
        if (strcmp(argv[i], "--bits") == 0) o->bits = atoi(value);
        if (strcmp(argv[i], "--network") == 0 && o->network_count < 16)
            o->networks[o->network_count++] = value;
    }
    if (o->runs < 1) o->runs = 1;
    if (o->network_count != 0 || o->sides) return;
    static const char *const all[] = {"embedding",   "vgg11",       "lenet5",
                                      "mobilenetv2", "mnist-small", "mnist-large"};
    o->network_count = sizeof all / sizeof *all;
    memcpy(o->networks, all, sizeof all);
}

int main(int argc, char **argv) {
    options o;
    static figures all[16];
    bench_start(argc, argv);
    read_options(&o, argc, argv);
    for (size_t i = 0; i < o.network_count; i++) {
        in_own_process(&all[i], &o, o.networks[i], 0);
        if (all[i].why[0] != '\0') {
            fprintf(stderr, "%s: %s\n", o.networks[i], all[i].why);
            continue;
        }
        report(o.networks[i], &all[i]);
        if (o.profile || o.svg != NULL) report_profile(o.networks[i], &all[i]);
    }
    if (o.sides) measure_sides(&o);
    if (o.svg != NULL && write_svg(o.svg, o.networks, all, o.network_count) != 0) return 1;
    if (o.svg != NULL && o.network_count == 1 && all[0].why[0] == '\0' &&
        write_layers_svg(o.svg, o.networks[0], &all[0]) != 0)
        return 1;
    return bench_end();
}
