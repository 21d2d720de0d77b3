# What Trivium needs of a machine: the one table that tools/setup and tools/doctor read. To be sourced.
python=${PYTHON:-/usr/bin/python3}
host_compiler=${HOST_CXX:-g++}
libfdt=${LIBFDT:-build/third-party/libfdt}

has_command() { command -v "$1" >/dev/null 2>&1; }

has_module() { "$python" -c "import importlib.util as u, sys; sys.exit(not u.find_spec('$1'))" 2>/dev/null; }

has_header() {
    for folder in /usr/include /usr/local/include /opt/homebrew/include; do
        [ -f "$folder/$1" ] && return
    done
    return 1
}

# A cross compiler under any of the names that platform.mk lists; tools/toolchain then tries what it can do.
has_compiler() {
    for prefix in ${CROSS_COMPILE:-} $(sed -n 's/^TOOLCHAIN_PREFIXES := //p' "platform/$1/platform.mk"); do
        has_command "${prefix}g++" && return
    done
    return 1
}

# Debian's package with the compiler for a GNU machine name: the plain one where that is the machine we are on.
compiler_package() {
    if [ "$(uname -m)" = "$1" ]; then echo g++; else echo "g++-$(echo "$1" | tr _ -)-linux-gnu"; fi
}

# requirements VISITOR calls VISITOR once for each: LEVEL APT-PACKAGE HOMEBREW-PACKAGE REASON TEST... Homebrew's is `-` for
# what pip installs there.
# Level `need`: nothing boots without it; `want`: only tests, debugger or `make check` do without.
requirements() {
    "$1" need make make "runs the build" has_command make
    "$1" need "$(compiler_package aarch64)" aarch64-elf-gcc "compiles the kernel for arm64" has_compiler arm64
    "$1" need "$(compiler_package riscv64)" riscv64-elf-gcc "compiles the kernel for rv64" has_compiler rv64
    "$1" need "$(compiler_package x86_64)" x86_64-elf-gcc "compiles the kernel for x64" has_compiler x64
    "$1" need qemu-system-arm qemu "is the arm64 machine" has_command qemu-system-aarch64
    "$1" need qemu-system-misc qemu "is the rv64 machine" has_command qemu-system-riscv64
    "$1" need qemu-system-x86 qemu "is the x64 machine" has_command qemu-system-x86_64
    "$1" need python3 python "runs the tools" has_command "$python"
    "$1" want g++ gcc "compiles the host tests" has_command "$host_compiler"
    "$1" want doctest-dev doctest "is the frame of the host tests" has_header doctest/doctest.h
    "$1" want libfdt-dev dtc "reads device trees in the host tests" has_header libfdt.h
    "$1" want python3-pytest - "runs the tests under QEMU" has_module pytest
    "$1" want python3-pexpect - "types at the serial console for the tests" has_module pexpect
    "$1" want gdb-multiarch gdb "is behind \`make debug\`" has_command "${GDB:-gdb-multiarch}"
    "$1" want device-tree-compiler dtc "shows and makes device trees" has_command dtc
    "$1" want clang-format clang-format "is behind \`make check\` and \`make format\`" \
        has_command "${CLANG_FORMAT:-clang-format}"
}
