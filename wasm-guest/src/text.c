// UTF-8 for `TextEncoder` and `TextDecoder`, `structuredClone`, and a `performance.now` that stands still.
#include <stdlib.h>
#include <string.h>

#include "engine.h"

static JSValue utf8_encode(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv) {
    (void)this_value, (void)argc;
    size_t length;
    const char *text = JS_ToCStringLen(ctx, &length, argv[0]);
    if (!text) return JS_EXCEPTION;
    JSValue bytes = JS_NewUint8ArrayCopy(ctx, (const uint8_t *)text, length);
    JS_FreeCString(ctx, text);
    return bytes;
}

// Wrong bytes become U+FFFD, as `TextDecoder` without `fatal` does.
static JSValue utf8_decode(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv) {
    (void)this_value, (void)argc;
    size_t length = 0;
    uint8_t *bytes = JS_IsArrayBuffer(argv[0]) ? JS_GetArrayBuffer(ctx, &length, argv[0])
                                               : JS_GetUint8Array(ctx, &length, argv[0]);
    if (!bytes && length) return JS_EXCEPTION;
    if (!bytes) {
        if (JS_HasException(ctx)) return JS_EXCEPTION;
        return JS_NewString(ctx, "");
    }
    return JS_NewStringLen(ctx, (const char *)bytes, length);
}

static JSValue structured_clone(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv) {
    (void)this_value, (void)argc;
    size_t length;
    uint8_t *data = JS_WriteObject(ctx, &length, argv[0], JS_WRITE_OBJ_REFERENCE);
    if (!data) return JS_EXCEPTION;
    JSValue clone = JS_ReadObject(ctx, data, length, JS_READ_OBJ_REFERENCE);
    js_free(ctx, data);
    return clone;
}

// The clock of a run stands still, so that the run can be repeated.
static JSValue performance_now(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv) {
    (void)this_value, (void)argc, (void)argv;
    return JS_NewInt32(ctx, 0);
}

bool install_text(JSContext *ctx, JSValueConst native) {
    JSValue global = JS_GetGlobalObject(ctx), performance = JS_NewObject(ctx);
    bool done = define_function(ctx, native, "utf8_encode", utf8_encode, 1) &&
                define_function(ctx, native, "utf8_decode", utf8_decode, 1) &&
                define_function(ctx, global, "structuredClone", structured_clone, 1) &&
                define_function(ctx, performance, "now", performance_now, 0) &&
                JS_DefinePropertyValueStr(ctx, global, "performance", performance, JS_PROP_CONFIGURABLE | JS_PROP_WRITABLE) >= 0;
    JS_FreeValue(ctx, global);
    return done;
}
