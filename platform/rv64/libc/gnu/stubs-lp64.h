/* Debian's cross C library has no list of stubs for the soft-float ABI; a freestanding kernel needs none. */
