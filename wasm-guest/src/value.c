// Values as JSON, both ways, with tags for what JSON lacks: `{"$bigint": "1"}` and `{"$bytes": "base64"}`.
//
// All of it is C, so a tool that replaces `JSON.parse`, `Array.prototype` or `Object.prototype` changes nothing here.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"

// The host's JSON parser stops at 128 levels, and the host wraps the value a few times.
#define DEEPEST 120
// Beyond this the size is not counted any more; it is only said in an error.
#define MOST_COUNTED ((size_t)16 << 20)

// An own data property; never one that a tool put on a prototype. JS_UNDEFINED where there is none.
JSValue own_field(JSContext *ctx, JSValueConst object, const char *name) {
    JSPropertyDescriptor field;
    JSAtom atom = JS_NewAtom(ctx, name);
    int found = JS_GetOwnProperty(ctx, &field, object, atom);
    JS_FreeAtom(ctx, atom);
    if (found <= 0) return JS_UNDEFINED;
    JS_FreeValue(ctx, field.getter);
    JS_FreeValue(ctx, field.setter);
    return field.value;
}

static JSValue revive_bytes(JSContext *ctx, JSValueConst text) {
    size_t length, decoded;
    const char *base64 = JS_ToCStringLen(ctx, &length, text);
    if (!base64) return JS_EXCEPTION;
    uint8_t *bytes = base64_decode(base64, length, &decoded);
    JS_FreeCString(ctx, base64);
    if (!bytes) return JS_ThrowTypeError(ctx, "`$bytes` is not base64");
    JSValue array = JS_NewUint8ArrayCopy(ctx, bytes, decoded);
    free(bytes);
    return array;
}

// Replaces tagged objects below `value`, which is owned and given back.
static JSValue revive(JSContext *ctx, JSValue value) {
    if (!JS_IsObject(value)) return value;
    JSPropertyEnum *names;
    uint32_t count;
    if (JS_GetOwnPropertyNames(ctx, &names, &count, value, JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY) < 0) goto fail;
    if (count == 1 && !JS_IsArray(value)) {
        JSValue tagged = own_field(ctx, value, "$bigint");
        bool is_big_int = JS_IsString(tagged);
        if (!is_big_int) {
            JS_FreeValue(ctx, tagged);
            tagged = own_field(ctx, value, "$bytes");
        }
        if (JS_IsString(tagged)) {
            JSValue revived = is_big_int ? JS_Call(ctx, engine.originals.big_int, JS_UNDEFINED, 1, &tagged)
                                         : revive_bytes(ctx, tagged);
            JS_FreeValue(ctx, tagged);
            JS_FreePropertyEnum(ctx, names, count);
            JS_FreeValue(ctx, value);
            return revived;
        }
        JS_FreeValue(ctx, tagged);
    }
    for (uint32_t i = 0; i < count; i++) {
        JSValue child = JS_GetProperty(ctx, value, names[i].atom);
        if (!JS_IsObject(child)) {
            JS_FreeValue(ctx, child);
            continue;
        }
        child = revive(ctx, child);
        if (JS_IsException(child) || JS_DefinePropertyValue(ctx, value, names[i].atom, child, JS_PROP_C_W_E) < 0) {
            JS_FreePropertyEnum(ctx, names, count);
            goto fail;
        }
    }
    JS_FreePropertyEnum(ctx, names, count);
    return value;
fail:
    JS_FreeValue(ctx, value);
    return JS_EXCEPTION;
}

// `json` must end with a zero byte after `length` bytes.
JSValue value_decode(JSContext *ctx, const char *json, size_t length) {
    JSValue value = JS_ParseJSON(ctx, json, length, "<json>");
    if (!JS_IsObject(value)) return value;
    // Walking costs time, and tags are rare: the host writes them in this form and no other.
    if (!memmem(json, length, "\"$bigint\"", 9) && !memmem(json, length, "\"$bytes\"", 8)) return value;
    return revive(ctx, value);
}

static enum encoded invalid(struct encoding *encoding, const char *message) {
    snprintf(encoding->message, sizeof(encoding->message), "%s", message);
    return ENCODE_INVALID;
}

// The tool's own code ran (a getter, `toJSON`, a proxy) and threw.
static enum encoded threw(JSContext *ctx, struct encoding *encoding, const char *where) {
    JSValue error = JS_GetException(ctx);
    if (is_out_of_memory(ctx, error)) {
        JS_FreeValue(ctx, error);
        return ENCODE_MEMORY;
    }
    JSValue message = JS_IsObject(error) ? JS_GetPropertyStr(ctx, error, "message") : JS_DupValue(ctx, error);
    const char *text = JS_IsString(message) ? JS_ToCString(ctx, message) : NULL;
    snprintf(encoding->message, sizeof(encoding->message), "%s threw: %.180s", where, text ? text : "no message");
    JS_FreeCString(ctx, text);
    if (JS_IsException(message)) JS_FreeValue(ctx, JS_GetException(ctx));
    JS_FreeValue(ctx, message);
    JS_FreeValue(ctx, error);
    return ENCODE_INVALID;
}

static enum encoded encode(JSContext *ctx, struct encoding *encoding, JSValueConst value, JSAtom key, bool *absent);

static bool counts_no_more(struct encoding *encoding) { return encoding->out->wanted > MOST_COUNTED; }

static enum encoded encode_array(JSContext *ctx, struct encoding *encoding, JSValueConst array) {
    int64_t length;
    if (JS_GetLength(ctx, array, &length) < 0) return threw(ctx, encoding, "the length of an array");
    buffer_char(encoding->out, '[');
    for (int64_t i = 0; i < length && !counts_no_more(encoding); i++) {
        if (i) buffer_char(encoding->out, ',');
        JSValue item = JS_GetPropertyInt64(ctx, array, i);
        if (JS_IsException(item)) return threw(ctx, encoding, "a getter");
        bool absent = false;
        enum encoded done = encode(ctx, encoding, item, JS_ATOM_NULL, &absent);
        JS_FreeValue(ctx, item);
        if (done != ENCODED) return done;
        if (absent) buffer_text(encoding->out, "null");
    }
    buffer_char(encoding->out, ']');
    return ENCODED;
}

// Writes `"name":value`, or nothing where the value has no JSON.
static enum encoded encode_field(JSContext *ctx, struct encoding *encoding, JSValueConst object, JSAtom name, bool *first) {
    JSValue item = JS_GetProperty(ctx, object, name);
    if (JS_IsException(item)) return threw(ctx, encoding, "a getter");
    size_t length_before = encoding->out->length, wanted_before = encoding->out->wanted, name_length;
    if (!*first) buffer_char(encoding->out, ',');
    const char *text = JS_AtomToCStringLen(ctx, &name_length, name);
    if (!text) {
        JS_FreeValue(ctx, item);
        return threw(ctx, encoding, "a property name");
    }
    buffer_json_string(encoding->out, text, name_length);
    JS_FreeCString(ctx, text);
    buffer_char(encoding->out, ':');
    bool absent = false;
    enum encoded done = encode(ctx, encoding, item, name, &absent);
    JS_FreeValue(ctx, item);
    if (absent) {
        encoding->out->length = length_before;
        encoding->out->wanted = wanted_before;
    } else {
        *first = false;
    }
    return done;
}

static enum encoded encode_object(JSContext *ctx, struct encoding *encoding, JSValueConst object) {
    JSPropertyEnum *names;
    uint32_t count;
    if (JS_GetOwnPropertyNames(ctx, &names, &count, object, JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY) < 0)
        return threw(ctx, encoding, "listing the properties");
    enum encoded done = ENCODED;
    bool first = true;
    buffer_char(encoding->out, '{');
    for (uint32_t i = 0; i < count && done == ENCODED && !counts_no_more(encoding); i++)
        done = encode_field(ctx, encoding, object, names[i].atom, &first);
    buffer_char(encoding->out, '}');
    JS_FreePropertyEnum(ctx, names, count);
    return done;
}

static void encode_bytes(struct encoding *encoding, const uint8_t *bytes, size_t length) {
    buffer_text(encoding->out, "{\"$bytes\":\"");
    buffer_base64(encoding->out, bytes, length);
    buffer_text(encoding->out, "\"}");
}

// Arrays behind proxies are arrays too.
static bool is_array(JSContext *ctx, JSValueConst value) {
    (void)ctx;
    JSValue target = value;
    for (int i = 0; i < 100 && JS_IsProxy(target); i++) {
        target = JS_GetProxyTarget(ctx, target);
        JS_FreeValue(ctx, target);  // still held by the proxy
    }
    return JS_IsArray(target);
}

static enum encoded encode_compound(JSContext *ctx, struct encoding *encoding, JSValueConst value) {
    size_t length;
    if (JS_GetTypedArrayType(value) == JS_TYPED_ARRAY_UINT8 || JS_GetTypedArrayType(value) == JS_TYPED_ARRAY_UINT8C) {
        uint8_t *bytes = JS_GetUint8Array(ctx, &length, value);
        if (!bytes && length) return threw(ctx, encoding, "a byte array");
        encode_bytes(encoding, bytes, length);
        return ENCODED;
    }
    if (JS_IsArrayBuffer(value)) {
        uint8_t *bytes = JS_GetArrayBuffer(ctx, &length, value);
        if (!bytes && length) return threw(ctx, encoding, "a byte array");
        encode_bytes(encoding, bytes, length);
        return ENCODED;
    }
    void *address = JS_VALUE_GET_PTR(value);
    for (int i = 0; i < encoding->depth; i++)
        if (encoding->parents[i] == address) return invalid(encoding, "the value contains itself (it is cyclic)");
    if (encoding->depth >= DEEPEST) return invalid(encoding, "the value is nested deeper than 120 levels");
    encoding->parents[encoding->depth++] = address;
    enum encoded done = is_array(ctx, value) ? encode_array(ctx, encoding, value) : encode_object(ctx, encoding, value);
    encoding->depth--;
    return done;
}

static enum encoded encode_primitive(JSContext *ctx, struct encoding *encoding, JSValueConst value, bool *absent) {
    struct buffer *out = encoding->out;
    if (JS_IsString(value)) {
        buffer_json_value(ctx, out, value);
        return out->failed ? ENCODE_MEMORY : ENCODED;
    }
    if (JS_IsNull(value)) {
        buffer_text(out, "null");
    } else if (JS_IsBool(value)) {
        buffer_text(out, JS_VALUE_GET_BOOL(value) ? "true" : "false");
    } else if (JS_IsNumber(value) || JS_IsBigInt(value)) {
        const char *text = JS_ToCString(ctx, value);
        if (!text) return threw(ctx, encoding, "a number");
        if (JS_IsBigInt(value)) buffer_text(out, "{\"$bigint\":\"");
        bool finite = JS_IsBigInt(value) || text[text[0] == '-'] <= '9';  // neither NaN nor Infinity
        buffer_text(out, finite ? text : "null");
        if (JS_IsBigInt(value)) buffer_text(out, "\"}");
        JS_FreeCString(ctx, text);
    } else {
        *absent = true;  // undefined, a symbol
    }
    return ENCODED;
}

// `new Number(1)` and its kin count as what they hold. Takes and gives ownership.
static JSValue unbox(JSContext *ctx, JSValue value) {
    JSClassID class_id = JS_GetClassID(value);
    JSValue inner;
    if (class_id == engine.originals.number_class) {
        inner = JS_ToNumber(ctx, value);
    } else if (class_id == engine.originals.string_class) {
        inner = JS_ToString(ctx, value);
    } else if (class_id == engine.originals.boolean_class) {
        inner = JS_Call(ctx, engine.originals.boolean_value_of, value, 0, NULL);
    } else if (class_id == engine.originals.big_int_class) {
        inner = JS_Call(ctx, engine.originals.big_int, JS_UNDEFINED, 1, &value);
    } else {
        return value;
    }
    JS_FreeValue(ctx, value);
    return inner;
}

// The result of `value.toJSON(key)` where there is such a method, otherwise the value itself.
static JSValue apply_to_json(JSContext *ctx, JSValueConst value, JSAtom key) {
    JSValue method = JS_GetPropertyStr(ctx, value, "toJSON");
    if (JS_IsException(method)) return method;
    if (!JS_IsFunction(ctx, method)) {
        JS_FreeValue(ctx, method);
        return JS_DupValue(ctx, value);
    }
    JSValue name = key == JS_ATOM_NULL ? JS_NewString(ctx, "") : JS_AtomToString(ctx, key);
    JSValue result = JS_Call(ctx, method, value, 1, &name);
    JS_FreeValue(ctx, name);
    JS_FreeValue(ctx, method);
    return result;
}

static enum encoded encode(JSContext *ctx, struct encoding *encoding, JSValueConst value, JSAtom key, bool *absent) {
    if (encoding->out->failed) return ENCODE_MEMORY;
    if (!JS_IsObject(value)) return encode_primitive(ctx, encoding, value, absent);
    JSValue replaced = apply_to_json(ctx, value, key);
    if (JS_IsException(replaced)) return threw(ctx, encoding, "toJSON");
    replaced = unbox(ctx, replaced);
    if (JS_IsException(replaced)) return threw(ctx, encoding, "a conversion");
    enum encoded done = ENCODED;
    if (!JS_IsObject(replaced)) {
        done = encode_primitive(ctx, encoding, replaced, absent);
    } else if (JS_IsFunction(ctx, replaced)) {
        *absent = true;
    } else {
        done = encode_compound(ctx, encoding, replaced);
    }
    JS_FreeValue(ctx, replaced);
    return done;
}

// `undefined` becomes `null`; a function or symbol has no JSON at all.
enum encoded value_encode(JSContext *ctx, struct encoding *encoding, JSValueConst value) {
    bool absent = false;
    encoding->depth = 0;
    encoding->message[0] = 0;
    enum encoded done = encode(ctx, encoding, value, JS_ATOM_NULL, &absent);
    if (done == ENCODED && encoding->out->failed) return ENCODE_MEMORY;
    if (done == ENCODED && absent) {
        if (JS_IsFunction(ctx, value)) return invalid(encoding, "it is a function");
        if (JS_IsSymbol(value)) return invalid(encoding, "it is a symbol");
        buffer_text(encoding->out, "null");
    }
    return done;
}
