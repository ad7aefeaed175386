// Included before every file of QuickJS: the C library's headers are read while `__wasi__` is defined, as they want it;
// QuickJS is read without it, because it would switch its own stack check off. `EMSCRIPTEN` is its word for "WASM, no
// threads, no computed goto".
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <fenv.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#undef __wasi__
#define EMSCRIPTEN 1
