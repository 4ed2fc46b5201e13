/* SPDX-License-Identifier: MIT */
/* Figures of match under the default parameters: median and fastest of RUNS proofs, one thread and
 * all threads, on this machine's best kernels, and beside them, in the same run, snarkjs Groth16 on
 * the same statement (tests/npm/bench/match.circom). Its trusted set-up takes minutes the first
 * time and is kept in build/bench. --json prints one object; --no-reference leaves Groth16 out. */
#include <sys/resource.h>

#include "tests/prover/match_sample.h"

enum { RUNS = 51 };

typedef struct figures {
    double prove_ms, prove_fastest_ms, prove_cpu_ms, prove_threads_ms;
    double verify_ms, verify_fastest_ms, verify_cpu_ms;
    size_t proof_bytes, prove_memory, verify_memory;
    unsigned threads;
    double security_bits, security_bits_grinding;
} figures;

static double clock_ms(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}
static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}
static double median(double *times) {
    qsort(times, RUNS, sizeof *times, by_value);
    return times[RUNS / 2];
}

typedef struct bench {
    match_sample sample;
    uint8_t *proof;
    size_t length, capacity;
    void *prove_memory, *verify_memory;
    double times[RUNS];
} bench;

static double time_proofs(bench *b, figures *f, mien_pool *pool) {
    for (int i = 0; i < RUNS; i++) {
        double start = clock_ms(CLOCK_MONOTONIC);
        if (mien_match_prove(b->proof, b->capacity, &b->length, mien_proof_parameters_default(),
                             &b->sample.statement, &b->sample.witness, b->prove_memory,
                             f->prove_memory, &b->sample.random, pool, NULL) != MIEN_OK)
            exit(1);
        b->times[i] = clock_ms(CLOCK_MONOTONIC) - start;
        if (b->length > f->proof_bytes) f->proof_bytes = b->length;
    }
    return median(b->times);
}

static double time_verifier(bench *b, const figures *f) {
    for (int i = 0; i < RUNS; i++) {
        double start = clock_ms(CLOCK_MONOTONIC);
        if (mien_match_verify(mien_proof_parameters_default(), &b->sample.statement, b->proof,
                              b->length, b->verify_memory, f->verify_memory) != MIEN_OK)
            exit(1);
        b->times[i] = clock_ms(CLOCK_MONOTONIC) - start;
    }
    return median(b->times);
}

static void measure(figures *f) {
    static bench b;
    mien_pool *pool;
    mien_security_term terms[16];
    f->prove_memory = mien_match_prove_workspace_size(mien_proof_parameters_default());
    f->verify_memory = mien_match_verify_workspace_size(mien_proof_parameters_default());
    b.capacity = mien_match_proof_max_size(mien_proof_parameters_default());
    b.prove_memory = sample_memory(f->prove_memory);
    b.verify_memory = sample_memory(f->verify_memory);
    b.proof = sample_memory(b.capacity);
    match_sample_true(&b.sample);
    double start = clock_ms(CLOCK_THREAD_CPUTIME_ID);
    f->prove_ms = time_proofs(&b, f, NULL);
    f->prove_cpu_ms = (clock_ms(CLOCK_THREAD_CPUTIME_ID) - start) / RUNS;
    f->prove_fastest_ms = b.times[0];
    if (mien_pool_create(&pool, 0) != MIEN_OK) exit(1);
    f->threads = mien_pool_threads(pool);
    f->prove_threads_ms = time_proofs(&b, f, pool);
    mien_pool_destroy(pool);
    start = clock_ms(CLOCK_THREAD_CPUTIME_ID);
    f->verify_ms = time_verifier(&b, f);
    f->verify_cpu_ms = (clock_ms(CLOCK_THREAD_CPUTIME_ID) - start) / RUNS;
    f->verify_fastest_ms = b.times[0];
    size_t count = mien_match_security(terms, 16, mien_proof_parameters_default());
    f->security_bits = terms[count - 1].bits;
    f->security_bits_grinding = terms[count - 1].bits_grinding;
    free(b.prove_memory);
    free(b.verify_memory);
    free(b.proof);
}

static size_t peak_memory(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (size_t)usage.ru_maxrss * 1024;
}

static void print_figure(bool json, const char *name, double value, const char *unit) {
    static int count;
    if (json)
        printf("%s\"%s\": {\"value\": %.6g, \"unit\": \"%s\"}", count++ > 0 ? ", " : "{", name,
               value, unit);
    else
        printf("%-28s %12.6g %s\n", name, value, unit);
}

/* Figures of the reference as it printed them; false when it could not run. */
typedef struct reference {
    double prove_ms, verify_ms, proof_bytes, constraints;
} reference;

static bool json_number(double *value, const char *text, const char *key) {
    char quoted[64];
    snprintf(quoted, sizeof quoted, "\"%s\":", key);
    const char *at = strstr(text, quoted);
    return at != NULL && sscanf(at + strlen(quoted), "%lf", value) == 1;
}

static bool measure_reference(reference *r) {
    char line[1024] = "";
    fprintf(stderr,
            "snarkjs Groth16, for comparison (minutes the first time: a trusted set-up) ...\n");
    FILE *pipe = popen("node " MIEN_SOURCE_DIR "/tests/npm/bench/groth16.mjs " MIEN_SOURCE_DIR
                       "/build/bench/groth16 5",
                       "r");
    if (pipe == NULL) return false;
    bool good = fgets(line, sizeof line, pipe) != NULL;
    good = pclose(pipe) == 0 && good;
    return good && json_number(&r->prove_ms, line, "prove_ms") &&
           json_number(&r->verify_ms, line, "verify_ms") &&
           json_number(&r->proof_bytes, line, "proof_bytes") &&
           json_number(&r->constraints, line, "constraints");
}

static void print_reference(bool json, const figures *f) {
    reference r;
    if (!measure_reference(&r)) {
        fprintf(stderr, "it could not run: ./run test installs its npm packages\n");
        return;
    }
    print_figure(json, "groth16_prove", r.prove_ms, "ms");
    print_figure(json, "groth16_verify", r.verify_ms, "ms");
    print_figure(json, "groth16_proof", r.proof_bytes, "bytes");
    print_figure(json, "groth16_constraints", r.constraints, "constraints");
    print_figure(json, "prove_times_faster", r.prove_ms / f->prove_ms, "ratio");
    print_figure(json, "verify_times_faster", r.verify_ms / f->verify_ms, "ratio");
}

int main(int argc, char **argv) {
    bool json = false, with_reference = true;
    for (int i = 1; i < argc; i++) {
        json |= strcmp(argv[i], "--json") == 0;
        with_reference &= strcmp(argv[i], "--no-reference") != 0;
    }
    static figures f;
    harness_random_state = 1;
    measure(&f);
    print_figure(json, "prove_one_thread", f.prove_ms, "ms");
    print_figure(json, "prove_one_thread_fastest", f.prove_fastest_ms, "ms");
    print_figure(json, "prove_processor_time", f.prove_cpu_ms, "ms");
    print_figure(json, "prove_threads", f.prove_threads_ms, "ms");
    print_figure(json, "threads", f.threads, "threads");
    print_figure(json, "verify", f.verify_ms, "ms");
    print_figure(json, "verify_fastest", f.verify_fastest_ms, "ms");
    print_figure(json, "verify_processor_time", f.verify_cpu_ms, "ms");
    print_figure(json, "proof", (double)f.proof_bytes, "bytes");
    print_figure(json, "prover_workspace", (double)f.prove_memory, "bytes");
    print_figure(json, "process_peak_memory", (double)peak_memory(), "bytes");
    print_figure(json, "verifier_workspace", (double)f.verify_memory, "bytes");
    print_figure(json, "security", f.security_bits, "bits");
    print_figure(json, "security_with_grinding", f.security_bits_grinding, "bits");
    if (with_reference) print_reference(json, &f);
    if (json) printf("}\n");
    return 0;
}
