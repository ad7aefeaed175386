// Texts that grow, JSON strings, base64, and the reading of packets.
#include <stdlib.h>
#include <string.h>

#include "engine.h"

void buffer_init(struct buffer *buffer, size_t limit) {
    memset(buffer, 0, sizeof(*buffer));
    buffer->limit = limit;
}

void buffer_free(struct buffer *buffer) {
    free(buffer->data);
    buffer->data = NULL;
    buffer->length = buffer->capacity = 0;
}

static bool grow(struct buffer *buffer, size_t length) {
    size_t needed = buffer->length + length;
    if (needed <= buffer->capacity) return true;
    size_t capacity = buffer->capacity ? buffer->capacity * 2 : 256;
    while (capacity < needed) capacity *= 2;
    char *data = realloc(buffer->data, capacity);
    if (!data) {
        buffer->failed = true;
        engine.memory_refused = true;
        return false;
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

void buffer_add(struct buffer *buffer, const void *data, size_t length) {
    buffer->wanted += length;
    if (buffer->failed || buffer->wanted > buffer->limit || !grow(buffer, length)) return;
    memcpy(buffer->data + buffer->length, data, length);
    buffer->length += length;
}

void buffer_text(struct buffer *buffer, const char *text) { buffer_add(buffer, text, strlen(text)); }

void buffer_char(struct buffer *buffer, char byte) { buffer_add(buffer, &byte, 1); }

// QuickJS writes a surrogate without its partner as three bytes that are no UTF-8, and no JSON parser outside of
// JavaScript takes them: they become U+FFFD.
static bool is_lone_surrogate(const unsigned char *at, size_t left) {
    return left >= 3 && at[0] == 0xED && at[1] >= 0xA0;
}

void buffer_json_string(struct buffer *buffer, const char *utf8, size_t length) {
    static const char hex[] = "0123456789abcdef";
    const unsigned char *text = (const unsigned char *)utf8;
    size_t start = 0;
    buffer_char(buffer, '"');
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = text[i];
        if (byte >= 0x20 && byte != '"' && byte != '\\' && byte != 0xED) continue;
        if (byte == 0xED && !is_lone_surrogate(text + i, length - i)) continue;
        buffer_add(buffer, text + start, i - start);
        if (byte == 0xED) {
            buffer_text(buffer, "\xEF\xBF\xBD");
            i += 2;
        } else if (byte == '"' || byte == '\\') {
            buffer_char(buffer, '\\');
            buffer_char(buffer, (char)byte);
        } else if (byte == '\n') {
            buffer_text(buffer, "\\n");
        } else {
            char escape[6] = {'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15]};
            buffer_add(buffer, escape, 6);
        }
        start = i + 1;
    }
    buffer_add(buffer, text + start, length - start);
    buffer_char(buffer, '"');
}

void buffer_json_value(JSContext *ctx, struct buffer *buffer, JSValueConst value) {
    size_t length;
    const char *text = JS_ToCStringLen(ctx, &length, value);
    if (!text) {
        buffer->failed = true;
        return;
    }
    buffer_json_string(buffer, text, length);
    JS_FreeCString(ctx, text);
}

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void buffer_base64(struct buffer *buffer, const uint8_t *bytes, size_t length) {
    for (size_t i = 0; i < length; i += 3) {
        size_t left = length - i;
        uint32_t word = (uint32_t)bytes[i] << 16;
        if (left > 1) word |= (uint32_t)bytes[i + 1] << 8;
        if (left > 2) word |= bytes[i + 2];
        char out[4] = {alphabet[word >> 18], alphabet[(word >> 12) & 63], alphabet[(word >> 6) & 63], alphabet[word & 63]};
        if (left < 3) out[3] = '=';
        if (left < 2) out[2] = '=';
        buffer_add(buffer, out, 4);
    }
}

static int base64_digit(char byte) {
    if (byte >= 'A' && byte <= 'Z') return byte - 'A';
    if (byte >= 'a' && byte <= 'z') return byte - 'a' + 26;
    if (byte >= '0' && byte <= '9') return byte - '0' + 52;
    if (byte == '+' || byte == '-') return 62;
    if (byte == '/' || byte == '_') return 63;
    return -1;
}

// NULL where the text is no base64 or memory is short.
uint8_t *base64_decode(const char *text, size_t length, size_t *decoded) {
    while (length > 0 && text[length - 1] == '=') length--;
    uint8_t *bytes = malloc(length / 4 * 3 + 3);
    if (!bytes) return NULL;
    uint32_t word = 0;
    int bits = 0;
    size_t count = 0;
    for (size_t i = 0; i < length; i++) {
        int digit = base64_digit(text[i]);
        if (digit < 0) {
            free(bytes);
            return NULL;
        }
        word = word << 6 | (uint32_t)digit;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            bytes[count++] = (uint8_t)(word >> bits);
        }
    }
    *decoded = count;
    return bytes;
}

bool read_u32(struct reader *reader, uint32_t *value) {
    if (reader->end - reader->at < 4) return false;
    memcpy(value, reader->at, 4);
    reader->at += 4;
    return true;
}

bool read_part(struct reader *reader, const uint8_t **data, uint32_t *length) {
    if (!read_u32(reader, length) || (size_t)(reader->end - reader->at) < *length) return false;
    *data = reader->at;
    reader->at += *length;
    return true;
}
