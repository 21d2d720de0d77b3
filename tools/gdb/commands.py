"""gdb commands that know Trivium: its console, its log, its frames, what discovery found, its interrupts, its processes."""

import os
import socket
import threading
import time

import gdb
import kernel
import processes
from command import Command
from kernel import elements, text


class Console:
    """The kernel's serial console: what it prints goes to the terminal as it comes, in a thread of its own."""

    connection = None

    @classmethod
    def connect(cls, path):
        cls.connection = connect_soon(socket.AF_UNIX, path)
        threading.Thread(target=cls.show, daemon=True).start()

    @classmethod
    def show(cls):
        while data := cls.connection.recv(4096):
            os.write(1, data.replace(b"\r\n", b"\n"))


def connect_soon(family, address):
    """Connects to a socket that QEMU is about to open."""
    end = time.monotonic() + 10
    while True:
        connection = socket.socket(family)
        try:
            connection.connect(address)
            return connection
        except OSError:
            connection.close()
            if time.monotonic() > end:
                raise gdb.GdbError(f"QEMU did not open {address} within 10 s; its own words stand above") from None
            time.sleep(0.02)


class Connect(Command):
    """Attach to a QEMU that `make debug` has started: trivium-connect PORT CONSOLE-SOCKET."""

    name = "trivium-connect"

    def invoke(self, argument, from_tty):
        port, console = argument.split()
        connect_soon(socket.AF_INET, ("127.0.0.1", int(port))).close()
        gdb.execute(f"target remote 127.0.0.1:{port}", to_string=True)
        Console.connect(console)
        print("The machine is stopped before its first instruction. Try:")
        print("  break kernel_main    continue    backtrace    trivium")


class Type(Command):
    """Type a line at the kernel's prompt: trivium-type help (the kernel reads it when it runs)."""

    name = "trivium-type"

    def invoke(self, argument, from_tty):
        if not Console.connection:
            raise gdb.GdbError("no console: start gdb by `make debug`")
        Console.connection.sendall(argument.encode() + b"\r")


class Log(Command):
    """Print the kernel's log out of its memory, whether the kernel can still do so or not."""

    name = "trivium-log"

    def invoke(self, argument, from_tty):
        buffer = kernel.variable("kernel/trace/log.cpp", "buffer")
        characters = buffer["bytes_"]["_M_elems"]
        capacity = characters.type.sizeof
        memory = gdb.selected_inferior().read_memory(int(characters.address), capacity).tobytes()
        first, size = int(buffer["first_"]), int(buffer["size_"])
        print((memory + memory)[first:first + size].decode(errors="replace"), end="")


class Frames(Command):
    """Show how physical memory stands: frames in use by purpose, and free blocks by size."""

    name = "trivium-frames"

    def invoke(self, argument, from_tty):
        frames = kernel.optional(kernel.variable("kernel/memory/kernel_space.cpp", "the_frames", "memory"))
        if frames is None:
            raise gdb.GdbError("no frames yet: memory::initialize has not run")
        statistics = frames["statistics_"]
        print(f"{int(statistics['free'])} of {int(statistics['total'])} frames are free")
        uses = [field.name.rpartition("::")[2] for field in gdb.lookup_type("memory::FrameUse").fields()]
        for index, use in enumerate(uses):
            print(f"  {use:<12} {int(statistics['used']['_M_elems'][index]):>8}")
        blocks = statistics["free_blocks"]["_M_elems"]
        for order in range(blocks.type.strip_typedefs().range()[1] + 1):
            if count := int(blocks[order]):
                print(f"  {4 << order:>8} KiB: {count} free block(s)")


class Devices(Command):
    """List CPUs, memory and devices that discovery found."""

    name = "trivium-devices"

    def invoke(self, argument, from_tty):
        info = kernel.boot_info()
        print(f"machine {text(info['machine'])}, {int(info['cpus']['count_'])} CPU(s)")
        for memory in elements(info["memory"]):
            print(f"  RAM {int(memory['start']['value']):#014x}, {int(memory['size']) >> 20} MiB")
        for device in elements(info["devices"]):
            registers = " ".join(f"{int(block['start']['value']):#x}" for block in elements(device["registers"]))
            lines = ",".join(str(int(line["number"])) for line in elements(device["interrupts"]))
            print(f"  {text(device['name']):<28} {text(device['compatible']):<24} {registers} {'irq ' + lines if lines else ''}".rstrip())


class Interrupts(Command):
    """List interrupt handlers, and how often each was called."""

    name = "trivium-interrupts"

    def invoke(self, argument, from_tty):
        file = "kernel/device/interrupts.cpp"
        print(f"  {'timer':<16} {int(kernel.variable(file, 'timer_count', 'device')):>8}")
        for attachment in elements(kernel.variable(file, "attachments", "device")):
            name = attachment["name"]
            label = name["_M_str"].string(length=int(name["_M_len"]))
            print(f"  {label:<16} {int(attachment['count']):>8}   line {int(attachment['line']['number'])}")


class Help(Command):
    """List the commands that know Trivium; `trivium log` is trivium-log, and so on."""

    name = "trivium"

    def invoke(self, argument, from_tty):
        if argument:
            gdb.execute(f"trivium-{argument}")
            return
        for command in COMMANDS:
            print(f"  {command.name:<20} {command.__doc__}")


COMMANDS = [Help, Log, Frames, Devices, Interrupts, *processes.COMMANDS, Type]
for each in [*COMMANDS, Connect]:
    each()
