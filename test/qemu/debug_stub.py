"""QEMU's gdb stub, spoken to directly: stops the machine at an address, and reads and changes its memory there.

The protocol is that of the GDB manual, appendix E: packets `$text#checksum`, each acknowledged with `+`.
"""

import re

from machine import connect


class DebugStub:
    """Start QEMU with `qemu_options(path)`; it then waits before its first instruction."""

    @staticmethod
    def qemu_options(path):
        return f"-S -gdb unix:path={path},server=on,wait=off"

    def __init__(self, path):
        self._connection = connect(path)
        self._received = b""

    def close(self):
        self._connection.close()

    def run_to(self, address):
        """Lets the machine run until it is about to execute the instruction there (physical, while there is no paging); if it
        is about to do so now, until it comes there again."""
        self._ask("s", r"T05.*")
        self._ask(f"Z1,{address:x},1", "OK")
        self._ask("c", r"T05.*")
        self._ask(f"z1,{address:x},1", "OK")

    def use_physical_addresses(self):
        """From here on read() and write() mean physical memory (QEMU's manual, "GDB usage")."""
        self._ask("Qqemu.PhyMemMode:1", "OK")

    def go_on(self):
        """Lets the machine run and leaves it alone."""
        self._send("D")

    def register(self, number):
        """A 64-bit register, by gdb's number for it; the first sixteen have 64 bits on all three architectures."""
        registers = bytes.fromhex(self._ask("g", "[0-9a-f]+"))
        return int.from_bytes(registers[8 * number:8 * number + 8], "little")

    def read(self, address, size):
        return bytes.fromhex(self._ask(f"m{address:x},{size:x}", "([0-9a-f]{2})+"))

    def write(self, address, data):
        self._ask(f"M{address:x},{len(data):x}:{data.hex()}", "OK")

    def _ask(self, text, expected):
        self._send(text)
        reply = self._receive()
        assert re.fullmatch(expected, reply), f"gdb stub: {text!r} was answered by {reply!r}"
        return reply

    def _send(self, text):
        self._connection.sendall(f"${text}#{sum(text.encode()) % 256:02x}".encode())

    def _receive(self):
        """The next packet's text; acknowledgements are skipped."""
        while not (packet := re.search(rb"\$([^#]*)#..", self._received)):
            more = self._connection.recv(4096)
            assert more, "gdb stub: QEMU closed the connection"
            self._received += more
        self._received = self._received[packet.end():]
        self._connection.sendall(b"+")
        return packet[1].decode()
