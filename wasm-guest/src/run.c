// The engine's life: prepared once (this state is the snapshot), then one tool loaded and run in each instance.
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "globals.h"

// Stack of JavaScript, below the 3 MiB of linear memory that are its home and far below the host's limit on the
// native stack, so that endless recursion is a RangeError inside the tool. See `NATIVE_STACK` in the sandbox.
#define SCRIPT_STACK ((size_t)320 << 10)
// Cycles are not looked for below this: most runs end before, and a collection touches every page of the snapshot.
#define FIRST_COLLECTION ((size_t)8 << 20)

struct engine engine;

static void *counted_malloc(void *opaque, size_t size) {
    (void)opaque;
    void *block = malloc(size);
    if (!block) engine.memory_refused = true;
    return block;
}
static void *counted_calloc(void *opaque, size_t count, size_t size) {
    (void)opaque;
    void *block = calloc(count, size);
    if (!block) engine.memory_refused = true;
    return block;
}
static void *counted_realloc(void *opaque, void *old, size_t size) {
    (void)opaque;
    void *block = realloc(old, size);
    if (!block && size) engine.memory_refused = true;
    return block;
}
static void plain_free(void *opaque, void *block) {
    (void)opaque;
    free(block);
}
size_t malloc_usable_size(void *block);
static size_t usable_size(const void *block) { return malloc_usable_size((void *)block); }

struct answer *answer_with(enum kind kind, struct buffer *buffer) {
    static struct answer answer;
    if (buffer->failed) kind = KIND_MEMORY;
    answer = (struct answer){kind, buffer->data, (uint32_t)buffer->length, (uint32_t)buffer->wanted};
    return &answer;
}

struct answer *answer_text(enum kind kind, const char *text) {
    static struct answer answer;
    answer = (struct answer){kind, text, (uint32_t)strlen(text), 0};
    return &answer;
}

// The host's packet for this call; NULL where memory is short.
void *take_input(size_t length) {
    void *input = malloc(length + 1);
    if (input) host_input(input);
    else engine.memory_refused = true;
    return input;
}

// For the tool module, which puts its bytecode there.
EXPORT(tgp_alloc) void *tgp_alloc(size_t length) { return malloc(length); }

// Everything but a parser: `eval`, `Function` and their like throw.
static JSContext *new_run_context(void) {
    JSContext *ctx = JS_NewContextRaw(engine.runtime);
    if (!ctx || JS_AddIntrinsicBaseObjects(ctx) || JS_AddIntrinsicDate(ctx) || JS_AddIntrinsicRegExp(ctx) ||
        JS_AddIntrinsicJSON(ctx) || JS_AddIntrinsicProxy(ctx) || JS_AddIntrinsicMapSet(ctx) ||
        JS_AddIntrinsicTypedArrays(ctx) || JS_AddIntrinsicPromise(ctx) || JS_AddIntrinsicWeakRef(ctx) ||
        JS_AddIntrinsicDOMException(ctx) || JS_AddIntrinsicAToB(ctx))
        return NULL;
    JSValue global = JS_GetGlobalObject(ctx);
    static const char *const unwanted[] = {"eval", "SharedArrayBuffer", "Atomics"};
    for (size_t i = 0; i < sizeof(unwanted) / sizeof(unwanted[0]); i++) {
        JSAtom name = JS_NewAtom(ctx, unwanted[i]);
        JS_DeleteProperty(ctx, global, name, 0);
        JS_FreeAtom(ctx, name);
    }
    JS_FreeValue(ctx, global);
    return ctx;
}

static JSClassID class_of_boxed(JSContext *ctx, JSValue value) {
    JSValue object = JS_ToObject(ctx, value);
    JSClassID class_id = JS_GetClassID(object);
    JS_FreeValue(ctx, object);
    JS_FreeValue(ctx, value);
    return class_id;
}

static void take_originals(JSContext *ctx) {
    struct originals *originals = &engine.originals;
    JSValue global = JS_GetGlobalObject(ctx), boxed = JS_ToObject(ctx, JS_TRUE);
    originals->big_int = JS_GetPropertyStr(ctx, global, "BigInt");
    originals->boolean_value_of = JS_GetPropertyStr(ctx, boxed, "valueOf");
    originals->number_class = class_of_boxed(ctx, JS_NewInt32(ctx, 0));
    originals->string_class = class_of_boxed(ctx, JS_NewString(ctx, ""));
    originals->boolean_class = class_of_boxed(ctx, JS_TRUE);
    originals->big_int_class = class_of_boxed(ctx, JS_NewBigInt64(ctx, 0));
    JS_FreeValues(ctx, boxed, global);
}

// globals.js is a function of the natives; the parser of the other context compiles it.
static bool run_globals(JSContext *ctx, JSValueConst native) {
    size_t length;
    JSValue script = JS_Eval(engine.build_context, globals_js, sizeof(globals_js) - 1, "globals.js", JS_EVAL_FLAG_COMPILE_ONLY);
    if (JS_IsException(script)) return false;
    uint8_t *bytecode = JS_WriteObject(engine.build_context, &length, script, JS_WRITE_OBJ_BYTECODE | JS_WRITE_OBJ_STRIP_SOURCE);
    JS_FreeValue(engine.build_context, script);
    JSValue function = JS_EvalFunction(ctx, JS_ReadObject(ctx, bytecode, length, JS_READ_OBJ_BYTECODE));
    js_free(engine.build_context, bytecode);
    JSValue done = JS_Call(ctx, function, JS_UNDEFINED, 1, &native);
    bool is_done = !JS_IsException(done);
    JS_FreeValues(ctx, done, function);
    return is_done;
}

// tgp_prepare(): makes the runtime and both contexts. Called once, before the snapshot.
EXPORT(tgp_prepare) struct answer *tgp_prepare(void) {
    static const JSMallocFunctions functions = {counted_calloc, counted_malloc, plain_free, counted_realloc, usable_size};
    engine.runtime = JS_NewRuntime2(&functions, NULL);
    if (!engine.runtime) return answer_text(KIND_BROKEN, "no runtime");
    JS_SetMaxStackSize(engine.runtime, SCRIPT_STACK);
    JS_UpdateStackTop(engine.runtime);
    engine.build_context = JS_NewContext(engine.runtime);
    engine.run_context = new_run_context();
    if (!engine.build_context || !engine.run_context) return answer_text(KIND_BROKEN, "no context");
    JSContext *ctx = engine.run_context;
    modules_init();
    take_originals(ctx);
    JSValue native = JS_NewObject(ctx);
    if (!install_bridge(ctx, native) || !install_console(ctx) || !install_random(ctx, native) || !install_text(ctx, native))
        return answer_text(KIND_BROKEN, "the globals cannot be installed");
    if (!run_globals(ctx, native)) {
        JSValue error = JS_HasException(ctx) ? JS_GetException(ctx) : JS_GetException(engine.build_context);
        return answer_error(ctx, error);
    }
    JS_FreeValue(ctx, native);
    return answer_text(KIND_DONE, "");
}

// tgp_seal(): the last call before the snapshot.
EXPORT(tgp_seal) void tgp_seal(void) {
    JS_RunGC(engine.runtime);
    JS_SetGCThreshold(engine.runtime, FIRST_COLLECTION);
    engine.memory_refused = false;
}

static void run_jobs(void) {
    JSContext *ctx;
    // A job that throws has already rejected its promise.
    while (JS_ExecutePendingJob(engine.runtime, &ctx) != 0) continue;
}

// Waits for `value` where it is a promise (or has a `then`). Takes it; NULL and `*value` settled, or the answer.
static struct answer *settle(JSContext *ctx, JSValue *value) {
    if (!JS_IsObject(*value)) return NULL;
    JSValue promise = *value;
    if (!JS_IsPromise(promise)) {
        JSValue then = JS_GetPropertyStr(ctx, promise, "then");
        if (JS_IsException(then)) return answer_error(ctx, JS_GetException(ctx));
        bool is_thenable = JS_IsFunction(ctx, then);
        JS_FreeValue(ctx, then);
        if (!is_thenable) return NULL;
        JSValue functions[2];
        promise = JS_NewPromiseCapability(ctx, functions);
        if (JS_IsException(promise)) return answer_error(ctx, JS_GetException(ctx));
        JS_FreeValue(ctx, JS_Call(ctx, functions[0], JS_UNDEFINED, 1, value));
        JS_FreeValues(ctx, functions[0], functions[1], *value);
    }
    run_jobs();
    JSPromiseStateEnum state = JS_PromiseState(ctx, promise);
    if (state == JS_PROMISE_PENDING) return answer_text(KIND_STALLED, "");
    *value = JS_PromiseResult(ctx, promise);
    JS_FreeValue(ctx, promise);
    return state == JS_PROMISE_REJECTED ? answer_error(ctx, *value) : NULL;
}

bool install_environment(JSContext *ctx, const char *json, size_t length) {
    JSValue global = JS_GetGlobalObject(ctx), process = JS_NewObject(ctx), env = value_decode(ctx, json, length);
    bool done = !JS_IsException(env) && JS_DefinePropertyValueStr(ctx, process, "env", env, JS_PROP_ENUMERABLE) >= 0 &&
                JS_DefinePropertyValueStr(ctx, global, "process", process, JS_PROP_ENUMERABLE) >= 0;
    JS_FreeValue(ctx, global);
    return done;
}

static struct answer *answer_result(JSContext *ctx, JSValue result, size_t limit) {
    struct buffer out;
    buffer_init(&out, limit);
    struct encoding encoding = {.out = &out};
    switch (value_encode(ctx, &encoding, result)) {
        case ENCODED:
            return answer_with(out.wanted > limit ? KIND_TOO_LARGE : KIND_DONE, &out);
        case ENCODE_MEMORY:
            return answer_text(KIND_MEMORY, "");
        default:
            buffer_free(&out);
            buffer_init(&out, sizeof(encoding.message));
            buffer_text(&out, encoding.message);
            return answer_with(KIND_INVALID, &out);
    }
}

// What the host passes with a run, before the two texts.
struct input {
    uint64_t seed;
    int64_t now_ms;
    uint32_t result_limit;
    uint32_t environment_length;  // 0 where the tool gets none
    uint32_t arguments_length;
    // then: environment and arguments as JSON, each with a zero byte behind it
};

static bool is_loaded;

// tgp_load(packet): the tool module hands over its bytecode. Without memory for it, `packet` is NULL.
EXPORT(tgp_load) void tgp_load(uint8_t *packet, size_t length) {
    JS_UpdateStackTop(engine.runtime);
    is_loaded = packet && modules_load(engine.run_context, packet, length);
    free(packet);
}

static struct answer *answer_not_loaded(JSContext *ctx) {
    if (engine.memory_refused) return answer_text(KIND_MEMORY, "");
    if (JS_HasException(ctx)) return answer_error(ctx, JS_GetException(ctx));
    return answer_text(KIND_BROKEN, "the bytecode cannot be read");
}

// tgp_run(length of the input): evaluates the modules, calls the default export, answers with its result.
EXPORT(tgp_run) struct answer *tgp_run(size_t length) {
    JSContext *ctx = engine.run_context;
    if (!is_loaded) return answer_not_loaded(ctx);
    const struct input *input = take_input(length);
    if (!input) return answer_text(KIND_MEMORY, "");
    const char *environment = (const char *)(input + 1);
    const char *arguments = environment + (input->environment_length ? input->environment_length + 1 : 0);
    JS_UpdateStackTop(engine.runtime);
    engine.random = input->seed;
    engine.now_ms = input->now_ms;
    if (input->environment_length && !install_environment(ctx, environment, input->environment_length))
        return answer_error(ctx, JS_GetException(ctx));
    JSValue promise, namespace = modules_evaluate_entry(ctx, &promise);
    if (JS_IsException(namespace)) return answer_error(ctx, JS_GetException(ctx));
    struct answer *failed = settle(ctx, &promise);
    if (failed) return failed;
    JSValue function = JS_GetPropertyStr(ctx, namespace, "default");
    if (JS_IsException(function)) return answer_error(ctx, JS_GetException(ctx));
    JSValue result = function;
    if (JS_IsFunction(ctx, function)) {
        JSValue args = value_decode(ctx, arguments, input->arguments_length);
        if (JS_IsException(args)) return answer_error(ctx, JS_GetException(ctx));
        result = JS_Call(ctx, function, JS_UNDEFINED, 1, &args);
        JS_FreeValue(ctx, args);
        if (JS_IsException(result)) return answer_error(ctx, JS_GetException(ctx));
    }
    failed = settle(ctx, &result);
    if (failed) return failed;
    run_jobs();
    return answer_result(ctx, result, input->result_limit);
}
