"""Lab 5: frames as a capture shows them, packets that another host accepts, and a question about an address answered."""

import pathlib
import random
import socket
import string
import struct
import tempfile

from grading import check
from machine import Failure, Machine

KERNEL_MAC = bytes.fromhex("525400123456")  # QEMU's choice for the first card.
BROADCAST_MAC = b"\xff" * 6
EXPERIMENT, ARP, IPV4 = 0x88B5, 0x0806, 0x0800
ICMP, UDP = 1, 17
OTHERS = (b"\x52\x55", b"\x52\x56")  # What the addresses of QEMU's own hosts begin with.


def header(to, source, kind):
    return to + source + struct.pack(">H", kind)


def frames_sent(capture):
    """What the kernel sent, from a file of QEMU's filter-dump: a header of 24 bytes, then frames, each behind 16 bytes."""
    data, offset, frames = capture.read_bytes(), 24, []
    while offset + 16 <= len(data):
        length = struct.unpack_from("<I", data, offset + 8)[0]
        frames.append(data[offset + 16:offset + 16 + length])
        offset += 16 + length
    return [frame for frame in frames if frame[6:8] not in OTHERS]


def captured(architecture, folder, **knobs):
    """A machine on QEMU's own network, and the file in which its frames are kept."""
    capture = pathlib.Path(folder) / "net.pcap"
    return Machine(architecture, NET="user,ipv6=off",
                   QEMU_EXTRA=f"-object filter-dump,id=dump,netdev=net,file={capture}", **knobs), capture


@check("build the Ethernet header")
def build_the_ethernet_header(architecture):
    text = "".join(random.choices(string.ascii_letters, k=random.randint(47, 70)))
    expected = header(BROADCAST_MAC, KERNEL_MAC, EXPERIMENT) + text.encode()
    with tempfile.TemporaryDirectory() as folder:
        machine, capture = captured(architecture, folder)
        with machine as kernel:
            kernel.boot()
            kernel.command(f"net send {text}", 5)
            kernel.command("net stat", 5)
            sent = frames_sent(capture)
    if sent != [expected]:
        raise Failure(f"this frame, and no other, on the wire after `net send {text}`:\n{expected.hex(' ')}",
                      "\n".join(frame.hex(" ") for frame in sent) or "none")


class Cable:
    """The other end of the network cable: whole frames, over Unix sockets."""

    def __init__(self, folder):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(f"{folder}/peer")
        self._socket.setblocking(False)
        self._card = f"{folder}/card"
        self.netdev = f"dgram,local.type=unix,local.path={folder}/card,remote.type=unix,remote.path={folder}/peer"

    def ask(self, kernel, frame):
        """Sends a frame; what the kernel sends in the time that it takes to answer some commands."""
        self._socket.sendto(frame, self._card)
        for _ in range(10):
            kernel.command("net stat", 5)
            try:
                return self._socket.recv(2000)
            except BlockingIOError:
                pass
        return None


def sum_of(data):
    """The one's complement sum of RFC 1071, modulo 0xffff: 0 over what carries its own checksum."""
    data += b"\0" * (len(data) % 2)
    return sum(struct.unpack(f">{len(data) // 2}H", data)) % 0xFFFF


def has_right_checksums(packet):
    """Whether the header of an IPv4 packet, and the ICMP message in it, carry theirs."""
    length = struct.unpack_from(">H", packet, 2)[0]
    return sum_of(packet[:20]) == 0 and sum_of(packet[20:length]) == 0


def ping_the_gateway(architecture):
    """QEMU's own network takes the kernel's packets, and the kernel its."""
    sizes = [0, random.randrange(1, 700, 2), random.randrange(700, 1472, 2), 1472]
    with tempfile.TemporaryDirectory() as folder:
        machine, capture = captured(architecture, folder, APPEND="ip=10.0.2.15/24,10.0.2.2")
        with machine as kernel:
            kernel.boot()
            for size in sizes:
                answer = kernel.command(f"net ping 10.0.2.2 1 {size}", 10)
                packets = [frame[14:] for frame in frames_sent(capture) if frame[12:14] == struct.pack(">H", IPV4)]
                if wrong := [packet for packet in packets if not has_right_checksums(packet)]:
                    raise Failure("a checksum over IPv4's header, and one over ICMP's message, that are right",
                                  wrong[0].hex(" "))
                if "1 sent, 1 received" not in answer:
                    raise Failure(f"'1 sent, 1 received' from `net ping 10.0.2.2 1 {size}`", answer)


def arp(operation, sender_mac, sender, target_mac, target):
    return struct.pack(">HHBBH", 1, IPV4, 6, 4, operation) + sender_mac + sender + target_mac + target


def with_checksum(data, offset, pseudo_header=b""):
    """`data` with its checksum at `offset`, where zeros have been."""
    return data[:offset] + struct.pack(">H", 0xFFFF - sum_of(pseudo_header + data)) + data[offset + 2:]


def ipv4(protocol, source, to, payload):
    fields = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0x4000, 64, protocol, 0)
    return with_checksum(fields + source + to, 10) + payload


def carrying_echo(kind, words):
    """An echo message whose reply has a sum of 0x...ffff before anything is folded: what is carried out is carried out again."""
    payload = b"\xff" * (2 * words)
    last = (0xFFFF - 1 - sum(struct.unpack(f">{words}H", payload))) & 0xFFFF
    return with_checksum(struct.pack(">BBHHH", kind, 0, 0, 1, 0) + payload + struct.pack(">H", last), 2)


def udp(source_port, port, source, to, payload):
    """With a checksum over a pseudo header, too."""
    length = 8 + len(payload)
    pseudo_header = source + to + struct.pack(">HH", UDP, length)
    return with_checksum(struct.pack(">HHHH", source_port, port, length, 0) + payload, 6, pseudo_header)


def answer_another_host(architecture):
    """What QEMU's network does not ask: sums with long carries, and a sum that begins with another."""
    us, them = (bytes([10, 0, 2, host]) for host in random.sample(range(1, 255), 2))
    their_mac = bytes([0x52, 0x54]) + random.randbytes(4)
    words, port, text = random.randrange(400, 700), random.randrange(1024, 65536), random.randbytes(random.randrange(101, 800, 2))
    exchanges = [
        (f"an echo request with {words} words of ff ff, whose carries are carried out again", ICMP,
         carrying_echo(8, words), carrying_echo(0, words)),
        (f"{len(text)} bytes to UDP's port 7, with the pseudo header's sum as `start`", UDP,
         udp(port, 7, them, us, text), udp(7, port, us, them, text)),
    ]
    with tempfile.TemporaryDirectory() as folder:
        cable = Cable(folder)
        with Machine(architecture, NET=cable.netdev, APPEND=f"ip={'.'.join(map(str, us))}/24") as kernel:
            kernel.boot()
            for what, protocol, question, answer in exchanges:
                seen = cable.ask(kernel, header(KERNEL_MAC, their_mac, IPV4) + ipv4(protocol, them, us, question))
                expected = header(their_mac, KERNEL_MAC, IPV4) + ipv4(protocol, us, them, answer)
                if seen != expected:
                    raise Failure(f"this answer to {what}:\n{shortened(expected)}", shortened(seen) if seen else "none")


def shortened(frame):
    """Its headers and a little more: all that can differ but for the payload."""
    return f"{frame[:50].hex(' ')} ... ({len(frame)} bytes)"


@check("add up a checksum")
def add_up_a_checksum(architecture):
    ping_the_gateway(architecture)
    answer_another_host(architecture)


@check("answer an ARP request")
def answer_an_arp_request(architecture):
    us, them, other = (bytes([10, 0, 2, host]) for host in random.sample(range(1, 255), 3))
    their_mac = bytes([0x52, 0x54]) + random.randbytes(4)
    with tempfile.TemporaryDirectory() as folder:
        cable = Cable(folder)
        with Machine(architecture, NET=cable.netdev, APPEND=f"ip={'.'.join(map(str, us))}/24") as kernel:
            kernel.boot()
            question = header(BROADCAST_MAC, their_mac, ARP)
            if unasked := cable.ask(kernel, question + arp(1, their_mac, them, bytes(6), other)):
                raise Failure("no answer when another host's address is asked for", unasked.hex(" "))
            answer = cable.ask(kernel, question + arp(1, their_mac, them, bytes(6), us))
            expected = header(their_mac, KERNEL_MAC, ARP) + arp(2, KERNEL_MAC, us, their_mac, them) + bytes(18)
            if answer != expected:
                raise Failure(f"this answer to who has {'.'.join(map(str, us))}:\n{expected.hex(' ')}",
                              answer.hex(" ") if answer else "none")
