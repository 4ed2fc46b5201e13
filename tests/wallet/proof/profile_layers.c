/* SPDX-License-Identifier: MIT */
#include "tests/wallet/proof/profile_layers.h"

#include <stdlib.h>
#include <string.h>

#include "prover/statement/inference_claims.h"
#include "tests/bench.h"

typedef struct pass {
    layers_profile *out;
    const mien_proof_network *network;
    mien_machine machine;
    mien_k_block *functional;
    mien_k *scratch;
    void *pieces;
    double last;
    int64_t block; /* whose pieces come; -1: none yet */
} pass;

static double seconds(void) {
    return bench_nanoseconds() / 1e9;
}

static void least(double *to, double value, bool first) {
    if (first || value < *to) *to = value;
}

/* ---- witness */

typedef struct watch {
    layers_profile *out;
    double last;
    bool first;
} watch;

static void tensor_done(void *context, uint32_t tensor) {
    watch *w = context;
    double now = seconds();
    least(&w->out->layer[tensor].witness, now - w->last, w->first);
    w->last = now;
}

static mien_status time_witness(pass *p, mien_proof_run *run, const uint8_t *frame, size_t length,
                                int runs) {
    const mien_cnn_plan *plan = &p->network->plan;
    size_t size = (size_t)1 << plan->log2_size, leaves = (size_t)2 << plan->log2_half;
    mien_cnn_witness witness = {calloc(size, sizeof(mien_f)), calloc(leaves, sizeof(mien_f)),
                                calloc(plan->table_rows + 1, sizeof(uint32_t))};
    mien_status status = MIEN_MEMORY;
    if (witness.w != NULL && witness.first != NULL && witness.counts != NULL) status = MIEN_OK;
    for (int i = 0; i <= runs && status == MIEN_OK; i++) {
        memset(witness.counts, 0, plan->table_rows * sizeof *witness.counts);
        watch w = {p->out, seconds(), i <= 1}; /* the first run meets fresh pages */
        mien_proof_run_watch(run, tensor_done, &w);
        status = mien_proof_run_fill(run, &witness, NULL, frame, length);
    }
    mien_proof_run_watch(run, NULL, NULL);
    free(witness.w);
    free(witness.first);
    free(witness.counts);
    return status;
}

/* ---- functional */

static void take(void *context, const mien_piece *piece) {
    const pass *p = context;
    mien_piece_add(p->functional, &p->machine, piece, p->pieces);
}
static void take_taps(void *context, const mien_tap_piece *piece) {
    const pass *p = context;
    mien_tap_piece_add(p->functional, &p->machine, piece, p->pieces);
}

static uint32_t tensor_of(const mien_cnn_block *block) {
    return block->kind == MIEN_CNN_BLOCK_INPUT ? 0 : block->layer + 1;
}

static void spend(pass *p, double *spent) {
    double now = seconds();
    if (p->block >= 0) spent[tensor_of(&p->network->plan.blocks[p->block])] += now - p->last;
    p->last = now;
}

typedef struct timed {
    pass *p;
    double *spent;
} timed;

static void timed_take(void *context, const mien_piece *piece) {
    take(((timed *)context)->p, piece);
}
static void timed_take_taps(void *context, const mien_tap_piece *piece) {
    take_taps(((timed *)context)->p, piece);
}
static void next_block(void *context, uint32_t index) {
    timed *t = context;
    spend(t->p, t->spent);
    t->p->block = index;
}

static size_t scratch_of_pieces(const mien_proof_network *network) {
    const mien_cnn *cnn = &network->cnn;
    size_t most = 64;
    for (uint32_t i = 0; i < network->plan.block_count; i++) {
        const mien_cnn_block *b = &network->plan.blocks[i];
        mien_piece piece = {
            .sites = b->sites, .channels = b->channels, .log2_channels = b->log2_channels};
        size_t size = mien_piece_scratch_size(&piece);
        if (size > most) most = size;
    }
    for (uint32_t i = 0; i < cnn->layer_count; i++) {
        mien_tap_piece taps = {.taps = mien_cnn_taps(&cnn->layers[i])};
        if (cnn->layers[i].kind != MIEN_CNN_CONVOLUTION || cnn->layers[i].groups == 1) continue;
        while ((UINT32_C(1) << taps.log2_channels) < cnn->layers[i].in.channels)
            taps.log2_channels++;
        size_t size = mien_tap_piece_scratch_size(&taps);
        if (size > most) most = size;
    }
    return most;
}

/* Any point does: nothing of the time depends on it. */
static void draw(mien_k *out, size_t count) {
    uint32_t state = 12345;
    for (size_t i = 0; i < count; i++)
        for (int j = 0; j < MIEN_K_DEGREE; j++) {
            state = state * 1664525u + 1013904223u;
            out[i].c[j] = mien_f_from_u32(state % MIEN_F_MODULUS);
        }
}

static void time_functional_once(pass *p, const mien_inference_challenges *challenges,
                                 const mien_inference_points *points, bool first) {
    double spent[MIEN_CNN_MAX_LAYERS + 1] = {0};
    timed t = {p, spent};
    mien_cnn_piece_sink sink = {
        .take = timed_take, .take_taps = timed_take_taps, .context = &t, .block = next_block};
    p->block = -1;
    mien_cnn_leaves_functional(&p->network->plan, &p->network->cnn, &challenges->lookup,
                               points->leaves, p->scratch, &sink);
    spend(p, spent);
    for (uint32_t i = 0; i < p->out->count; i++)
        least(&p->out->layer[i].functional, spent[i], first);
}

static mien_status time_functional(pass *p, int runs) {
    const mien_cnn_plan *plan = &p->network->plan;
    mien_inference_challenges challenges;
    mien_inference_points points;
    size_t blocks = mien_k_blocks((size_t)1 << plan->log2_size);
    size_t scratch = mien_inference_functional_scratch(plan, &p->network->cnn);
    draw(&challenges.lookup.a, 1);
    challenges.lookup.g = challenges.lookup.h = challenges.xi = challenges.gamma =
        challenges.lookup.a;
    draw(points.leaves, MIEN_FRACTION_LOG2_MAX);
    p->functional = aligned_alloc(64, blocks * sizeof *p->functional);
    p->scratch = malloc(scratch * sizeof *p->scratch);
    p->pieces = aligned_alloc(64, (scratch_of_pieces(p->network) + 63) / 64 * 64);
    bool memory = p->functional != NULL && p->scratch != NULL && p->pieces != NULL;
    if (memory) memset(p->functional, 0, blocks * sizeof *p->functional);
    for (int i = 0; i < runs && memory; i++) time_functional_once(p, &challenges, &points, i == 0);
    free(p->functional);
    free(p->scratch);
    free(p->pieces);
    return memory ? MIEN_OK : MIEN_MEMORY;
}

/* ---- the whole */

static void describe(layers_profile *out, const mien_proof_network *network) {
    static const char *const kinds[] = {"", "convolution", "max pool", "concat"};
    const mien_cnn *cnn = &network->cnn;
    memset(out, 0, sizeof *out);
    out->count = cnn->layer_count + 1;
    snprintf(out->layer[0].name, sizeof out->layer[0].name, "(frame)");
    snprintf(out->layer[0].kind, sizeof out->layer[0].kind, "input");
    for (uint32_t i = 0; i < cnn->layer_count; i++) {
        const mien_cnn_layer *layer = &cnn->layers[i];
        bool depthwise = layer->kind == MIEN_CNN_CONVOLUTION && layer->groups > 1 &&
                         layer->groups == layer->in.channels;
        snprintf(out->layer[i + 1].name, sizeof out->layer[i + 1].name, "%.23s",
                 mien_network_layer(network->network, i)->name);
        snprintf(out->layer[i + 1].kind, sizeof out->layer[i + 1].kind, "%s",
                 depthwise ? "depthwise" : kinds[layer->kind]);
    }
    for (uint32_t i = 0; i < network->plan.block_count; i++) {
        const mien_cnn_block *b = &network->plan.blocks[i];
        uint64_t positions = (uint64_t)b->sites << b->log2_channels;
        out->layer[tensor_of(b)].positions += b->shift > 0 ? 2 * positions : positions;
    }
}

mien_status profile_layers(layers_profile *out, const mien_proof_network *network,
                           mien_proof_run *run, mien_pool *pool, const uint8_t *frame,
                           size_t length, int runs) {
    pass p = {.out = out, .network = network, .machine = mien_machine_best(pool)};
    describe(out, network);
    MIEN_TRY(time_witness(&p, run, frame, length, runs));
    return time_functional(&p, runs);
}

static double share(const layers_profile *profile, uint32_t i, double shared) {
    uint64_t all = 0;
    for (uint32_t j = 0; j < profile->count; j++) all += profile->layer[j].positions;
    return shared * (double)profile->layer[i].positions / (double)all;
}

void profile_layers_print(FILE *out, const layers_profile *profile, double shared) {
    fprintf(out, "\n%3s %-22s %-11s %10s %11s %13s %10s %8s\n", "#", "layer", "kind", "positions",
            "witness ms", "functional ms", "rest ms", "sum ms");
    for (uint32_t i = 0; i < profile->count; i++) {
        const layer_profile *l = &profile->layer[i];
        double rest = share(profile, i, shared);
        fprintf(out, "%3d %-22s %-11s %10llu %11.2f %13.2f %10.2f %8.2f\n", (int)i - 1, l->name,
                l->kind, (unsigned long long)l->positions, l->witness * 1e3, l->functional * 1e3,
                rest * 1e3, (l->witness + l->functional + rest) * 1e3);
    }
    fprintf(out, "witness and functional are measured layer by layer; rest: commitment, trees, "
                 "sumcheck,\nopening and zk-Ligero, shared out by positions\n\n");
}

void profile_layers_draw(FILE *out, const char *title, const layers_profile *profile,
                         double shared) {
    static const char *const colours[] = {"#4477aa", "#ee6677", "#bbbbbb"};
    static const char *const words[] = {"network and witness", "functional of the claims",
                                        "rest, by positions"};
    double most = 1e-9;
    for (uint32_t i = 0; i < profile->count; i++) {
        const layer_profile *l = &profile->layer[i];
        double sum = l->witness + l->functional + share(profile, i, shared);
        if (sum > most) most = sum;
    }
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"900\" height=\"%u\" "
            "font-family=\"sans-serif\" font-size=\"12\">\n"
            "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n"
            "<text x=\"10\" y=\"22\" font-size=\"15\">%s: time of a proof by layer</text>\n",
            90 + 16 * profile->count, title);
    for (int i = 0; i < 3; i++)
        fprintf(out,
                "<rect x=\"%d\" y=\"34\" width=\"12\" height=\"12\" fill=\"%s\"/>"
                "<text x=\"%d\" y=\"45\">%s</text>\n",
                200 + 190 * i, colours[i], 217 + 190 * i, words[i]);
    for (uint32_t i = 0; i < profile->count; i++) {
        const layer_profile *l = &profile->layer[i];
        double parts[3] = {l->witness, l->functional, share(profile, i, shared)}, at = 200;
        uint32_t y = 60 + 16 * i;
        fprintf(out, "<text x=\"10\" y=\"%u\">%d %s, %s</text>\n", y + 11, (int)i - 1, l->name,
                l->kind);
        for (int k = 0; k < 3; k++) {
            double width = 600 * parts[k] / most;
            fprintf(out,
                    "<rect x=\"%.1f\" y=\"%u\" width=\"%.1f\" height=\"13\" fill=\"%s\">"
                    "<title>%s: %.2f ms</title></rect>\n",
                    at, y, width, colours[k], words[k], parts[k] * 1e3);
            at += width;
        }
        fprintf(out, "<text x=\"%.1f\" y=\"%u\">%.1f ms</text>\n", at + 6, y + 11,
                (parts[0] + parts[1] + parts[2]) * 1e3);
    }
    fputs("</svg>\n", out);
}
