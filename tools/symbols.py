#!/usr/bin/env python3
"""Turns `nm --numeric-sort --demangle` of the kernel into the symbol table that its backtraces use.

The table is assembly: kernel_symbols is an array of {offset of the function from kernel_text_start, offset of its name},
sorted by address; kernel_symbol_names holds the names. Without input both are empty (the first of two links).
"""

import re
import sys


def functions(lines):
    """Yields (address, name) of each function, once an address, without parameter lists."""
    last = None
    for line in lines:
        match = re.match(r"([0-9a-f]+) [tTwW] (.+)$", line)
        if not match:
            continue
        address, name = int(match[1], 16), match[2]
        if address == last or name.startswith((".L", "$")):
            continue
        last = address
        yield address, name


def shorten(name):
    """`void room::f<int>(char*) [clone .part.0]` becomes `room::f<int>`: a backtrace line should fit the terminal."""
    name = name.replace("(anonymous namespace)::", "").split(" [clone")[0]
    name = re.sub(r"\((?:[^()]|\([^()]*\))*\)( const)?$", "", name)
    return name if len(name) <= 80 else name[:77] + "..."


def main():
    symbols = list(functions(sys.stdin))
    out = ['.section .rodata.symbols, "a"', ".balign 8"]
    out += [".global kernel_symbols, kernel_symbols_end, kernel_symbol_names", "kernel_symbols:"]
    names, offsets = [], {}
    size = 0
    for address, name in symbols:
        name = shorten(name)
        if name not in offsets:
            offsets[name] = size
            names.append(name)
            size += len(name) + 1
        out.append(f".quad {address:#x}; .quad {offsets[name]}")
    out += ["kernel_symbols_end:", "kernel_symbol_names:"]
    out += [f'.asciz "{name}"' for name in names]
    print("\n".join(out))


main()
