// Randomness from the run's seed: `Math.random`, `crypto.getRandomValues`, `crypto.randomUUID`.
//
// The same seed gives the same numbers, so a run can be repeated. It is no source of secrets.
#include <stdio.h>
#include <string.h>

#include "engine.h"

// SplitMix64 (Steele, Lea, Flood 2014): one word of state, any seed will do, passes BigCrush.
uint64_t random_next(void) {
    uint64_t word = (engine.random += 0x9E3779B97F4A7C15u);
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9u;
    word = (word ^ (word >> 27)) * 0x94D049BB133111EBu;
    return word ^ (word >> 31);
}

// 53 bits: as many as a double holds below 1.
static JSValue math_random(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv) {
    (void)this_value, (void)argc, (void)argv;
    return JS_NewFloat64(ctx, (double)(random_next() >> 11) * 0x1p-53);
}

static void fill(uint8_t *bytes, size_t length) {
    for (size_t i = 0; i < length; i += 8) {
        uint64_t word = random_next();
        memcpy(bytes + i, &word, length - i < 8 ? length - i : 8);
    }
}

static JSValue get_random_values(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv) {
    (void)this_value, (void)argc;
    int type = JS_GetTypedArrayType(argv[0]);
    if (type < 0 || type >= JS_TYPED_ARRAY_FLOAT16) return JS_ThrowTypeError(ctx, "an integer typed array is wanted");
    size_t offset, length, size, whole;
    JSValue buffer = JS_GetTypedArrayBuffer(ctx, argv[0], &offset, &length, &size);
    if (JS_IsException(buffer)) return buffer;
    uint8_t *bytes = JS_GetArrayBuffer(ctx, &whole, buffer);
    JS_FreeValue(ctx, buffer);
    if (!bytes && length) return JS_EXCEPTION;
    if (length > 65536) return JS_ThrowRangeError(ctx, "at most 65536 bytes at once");
    if (bytes && offset + length <= whole) fill(bytes + offset, length);
    return JS_DupValue(ctx, argv[0]);
}

static JSValue random_uuid(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv) {
    (void)this_value, (void)argc, (void)argv;
    uint8_t bytes[16];
    char text[37], *at = text;
    fill(bytes, sizeof(bytes));
    bytes[6] = (bytes[6] & 0x0F) | 0x40;  // version 4
    bytes[8] = (bytes[8] & 0x3F) | 0x80;  // the variant of RFC 9562
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) *at++ = '-';
        *at++ = "0123456789abcdef"[bytes[i] >> 4];
        *at++ = "0123456789abcdef"[bytes[i] & 15];
    }
    return JS_NewStringLen(ctx, text, 36);
}

bool install_random(JSContext *ctx, JSValueConst native) {
    (void)native;
    JSValue global = JS_GetGlobalObject(ctx), math = JS_GetPropertyStr(ctx, global, "Math"), crypto = JS_NewObject(ctx);
    bool done = define_function(ctx, math, "random", math_random, 0) &&
                define_function(ctx, crypto, "getRandomValues", get_random_values, 1) &&
                define_function(ctx, crypto, "randomUUID", random_uuid, 0) &&
                JS_DefinePropertyValueStr(ctx, global, "crypto", crypto, JS_PROP_CONFIGURABLE | JS_PROP_WRITABLE) >= 0;
    JS_FreeValues(ctx, math, global);
    return done;
}
