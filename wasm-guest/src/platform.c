// The tail of the C library that would reach for an operating system: clock, output, exit.
//
// Each definition here keeps the member of wasi-libc with the same name, and its WASI import, out of the link.
// The clock is the run's own, which stands still; there is no output; ending the process is a trap.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include "engine.h"

int gettimeofday(struct timeval *restrict tv, void *restrict zone) {
    (void)zone;
    tv->tv_sec = engine.now_ms / 1000;
    tv->tv_usec = (suseconds_t)(engine.now_ms % 1000) * 1000;
    return 0;
}

int clock_gettime(clockid_t clock, struct timespec *ts) {
    (void)clock;
    ts->tv_sec = engine.now_ms / 1000;
    ts->tv_nsec = (long)(engine.now_ms % 1000) * 1000000;
    return 0;
}

// Tools run in UTC: QuickJS only reads the offset from here.
struct tm *localtime_r(const time_t *restrict time, struct tm *restrict tm) {
    (void)time;
    memset(tm, 0, sizeof(*tm));
    return tm;
}

_Noreturn void abort(void) { __builtin_trap(); }

_Noreturn void __assert_fail(const char *expression, const char *file, int line, const char *function) {
    (void)expression;
    (void)file;
    (void)line;
    (void)function;
    __builtin_trap();
}

int fprintf(FILE *restrict file, const char *restrict format, ...) {
    (void)file;
    (void)format;
    return 0;
}
int printf(const char *restrict format, ...) {
    (void)format;
    return 0;
}
int fputc(int byte, FILE *file) {
    (void)file;
    return byte;
}
int putchar(int byte) { return byte; }
int puts(const char *text) {
    (void)text;
    return 0;
}
int fputs(const char *restrict text, FILE *restrict file) {
    (void)text;
    (void)file;
    return 0;
}
int fflush(FILE *file) {
    (void)file;
    return 0;
}

// The back ends of the C library's streams; the signatures are those of its `stdio_impl.h`.
size_t __stdio_write(FILE *file, const unsigned char *data, size_t length) {
    (void)file;
    (void)data;
    return length;
}
size_t __stdout_write(FILE *file, const unsigned char *data, size_t length) {
    (void)file;
    (void)data;
    return length;
}
off_t __stdio_seek(FILE *file, off_t offset, int whence) {
    (void)file;
    (void)offset;
    (void)whence;
    return -1;
}
int __stdio_close(FILE *file) {
    (void)file;
    return 0;
}
int __isatty(int descriptor) {
    (void)descriptor;
    return 0;
}
