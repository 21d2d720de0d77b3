/* The part of <string.h> that libfdt uses, for cross compilers that come without a C library. C only:
 * kernel/base has it. */
#pragma once

#include <stddef.h>

void* memcpy(void* to, const void* from, size_t count);
void* memmove(void* to, const void* from, size_t count);
void* memset(void* to, int byte, size_t count);
int memcmp(const void* left, const void* right, size_t count);
void* memchr(const void* bytes, int byte, size_t count);
size_t strlen(const char* text);
size_t strnlen(const char* text, size_t limit);
char* strchr(const char* text, int character);
char* strrchr(const char* text, int character);
int strcmp(const char* left, const char* right);
