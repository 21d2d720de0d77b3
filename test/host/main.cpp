// The host tests' entry: doctest brings main(). Of a crash the sanitizer tells more than doctest.
#define DOCTEST_CONFIG_NO_POSIX_SIGNALS
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
