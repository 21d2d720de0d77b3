"""The other end of the kernel's network cable: a peer on a Unix socket that builds and checks frames by itself.

    peer = Peer(folder)
    machine = boot(NET=peer.netdev, APPEND=f"ip={KERNEL_IP}/24,{PEER_IP}")
    ping_many(peer, 1000, random.Random(1))

Unix sockets do not lose datagrams: whoever sends too fast waits. So no test needs to allow for losses.
"""

import functools
import socket
import struct

from machine import SCALE, Surprise

KERNEL_MAC = bytes.fromhex("525400123456")  # QEMU's choice for the first card.
PEER_MAC = bytes.fromhex("52550a000202")
BROADCAST_MAC = b"\xff" * 6
KERNEL_IP, PEER_IP = "10.0.2.15", "10.0.2.2"

ARP, IPV4, EXPERIMENT = 0x0806, 0x0800, 0x88B5
ICMP, UDP = 1, 17
ECHO_REPLY, ECHO_REQUEST = 0, 8
LARGEST_ECHO = 1472
SMALLEST_FRAME = 60

ANSWER_DEADLINE = 5 * SCALE
address = functools.cache(socket.inet_aton)


# ---- Frames ------------------------------------------------------------------------------------------------------------

def checksum(data):
    """RFC 1071."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def with_checksum(data, offset):
    return data[:offset] + struct.pack(">H", checksum(data)) + data[offset + 2:]


def ethernet(payload, kind=IPV4, to=KERNEL_MAC, source=PEER_MAC):
    return to + source + struct.pack(">H", kind) + payload


def padded(frame):
    return frame.ljust(SMALLEST_FRAME, b"\0")


def ipv4(payload, protocol=ICMP, source=PEER_IP, to=KERNEL_IP, identification=0, flags=0x4000, options=b""):
    header = struct.pack(">BBHHHBBH4s4s", 0x45 + len(options) // 4, 0, 20 + len(options) + len(payload), identification,
                         flags, 64, protocol, 0, address(source), address(to)) + options
    return with_checksum(header, 10) + payload


def echo(kind, identifier, sequence, payload):
    return with_checksum(struct.pack(">BBHHH", kind, 0, 0, identifier, sequence) + payload, 2)


def udp(source_port, port, payload, source=PEER_IP, to=KERNEL_IP):
    length = 8 + len(payload)
    pseudo = struct.pack(">4s4sBBH", address(source), address(to), 0, UDP, length)
    header = struct.pack(">HHH", source_port, port, length)
    return header + struct.pack(">H", checksum(pseudo + header + b"\0\0" + payload) or 0xFFFF) + payload


def arp(operation, sender_mac, sender, target_mac, target):
    return struct.pack(">HHBBH6s4s6s4s", 1, IPV4, 6, 4, operation, sender_mac, address(sender), target_mac, address(target))


def echo_request(sequence, payload, identifier=0x7065):
    return ethernet(ipv4(echo(ECHO_REQUEST, identifier, sequence, payload)))


def echo_reply(sequence, payload, identifier=0x7065):
    """What the kernel has to answer to that request, to the last byte."""
    reply = ipv4(echo(ECHO_REPLY, identifier, sequence, payload), source=KERNEL_IP, to=PEER_IP)
    return padded(ethernet(reply, to=PEER_MAC, source=KERNEL_MAC))


def arp_request(target=KERNEL_IP):
    return ethernet(arp(1, PEER_MAC, PEER_IP, bytes(6), target), ARP, BROADCAST_MAC)


def frames_of_capture(path):
    """The frames in a file that QEMU's filter-dump wrote (pcap, little-endian here, link type Ethernet)."""
    data = path.read_bytes()
    magic, _, _, _, _, _, link_type = struct.unpack_from("<IHHiIII", data)
    assert magic == 0xA1B2C3D4 and link_type == 1, "not a capture of Ethernet frames"
    frames, offset = [], 24
    while offset < len(data):
        _, _, kept, length = struct.unpack_from("<IIII", data, offset)
        assert kept == length, "a frame was cut"
        frames.append(data[offset + 16:offset + 16 + length])
        offset += 16 + length
    return frames


class DhcpQuestion:
    """What the kernel asks a DHCP server (RFC 2131), from the frame in which it came."""

    def __init__(self, frame):
        assert is_well_formed(frame) and frame[34:38] == struct.pack(">HH", 68, 67), "not a question of DHCP's"
        self.destination = frame[:6]
        self._message = frame[42:]
        self.transaction = self._message[4:8]
        self.client = socket.inet_ntoa(self._message[12:16])
        self.type = self._message[self._message.index(b"\x35\x01", 240) + 2]

    def answer(self, kind, lease):
        """The frame of a server that offers (2), gives (5) or refuses (6) the kernel's address."""
        options = b"".join(struct.pack("BB", number, len(value)) + value for number, value in (
            (53, bytes([kind])), (54, address(PEER_IP)), (51, struct.pack(">I", lease)), (1, address("255.255.255.0")),
            (3, address(PEER_IP))))
        message = (b"\x02\x01\x06\x00" + self.transaction + bytes(8) + address(KERNEL_IP) + bytes(8) + KERNEL_MAC + bytes(202)
                   + b"\x63\x82\x53\x63" + options + b"\xff")
        everybody = "255.255.255.255"
        return ethernet(ipv4(udp(67, 68, message, to=everybody), UDP, to=everybody), to=BROADCAST_MAC)


# ---- The peer ----------------------------------------------------------------------------------------------------------

class Peer:
    def __init__(self, folder):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(folder / "peer"))
        self._card = str(folder / "card")
        self.netdev = f"dgram,local.type=unix,local.path={self._card},remote.type=unix,remote.path={folder / 'peer'}"

    def close(self):
        self._socket.close()

    def send(self, frame):
        self._socket.settimeout(ANSWER_DEADLINE)
        self._socket.sendto(frame, self._card)

    def receive(self, what, deadline=ANSWER_DEADLINE):
        """The next frame that the kernel sent."""
        self._socket.settimeout(deadline)
        try:
            return self._socket.recv(65536)
        except TimeoutError:
            raise Surprise(f"the kernel did not send {what} within {deadline:g} s") from None

    def expect(self, frame, what):
        received = self.receive(what)
        if received != frame:
            raise Surprise(f"{what}: expected\n{frame.hex()}\nand got\n{received.hex()}")

    def is_silent(self, seconds=0.2):
        self._socket.settimeout(seconds)
        try:
            self._socket.recv(65536)
            return False
        except TimeoutError:
            return True

    def skip_pending(self):
        """Throws away what has been sent already."""
        self._socket.settimeout(0)
        try:
            while True:
                self._socket.recv(65536)
        except BlockingIOError:
            pass

    def receive_reply(self, sequence, payload, what):
        """Waits for the reply to that request, past all that is not of our asking."""
        wanted = echo_reply(sequence, payload)
        while (frame := self.receive(what)) != wanted:
            assert is_well_formed(frame), f"{what}: the kernel sent a malformed frame:\n{frame.hex()}"

    def answer_pings(self, count):
        """Answers ARP and so many echo requests, as a host at PEER_IP; returns the payloads."""
        payloads = []
        while len(payloads) < count:
            frame = self.receive("an echo request, or ARP's question before it")
            if frame[12:14] == struct.pack(">H", ARP):
                self.send(padded(ethernet(arp(2, PEER_MAC, PEER_IP, KERNEL_MAC, KERNEL_IP), ARP)))
                continue
            length = struct.unpack_from(">H", frame, 16)[0]
            message = frame[34:14 + length]
            identifier, sequence = struct.unpack_from(">HH", message, 4)
            payloads.append(message[8:])
            expected = ipv4(echo(ECHO_REQUEST, identifier, sequence, payloads[-1]), source=KERNEL_IP, to=PEER_IP)
            assert frame == padded(ethernet(expected, to=PEER_MAC, source=KERNEL_MAC)), "a malformed echo request"
            self.send(ethernet(ipv4(echo(ECHO_REPLY, identifier, sequence, payloads[-1]))))
        return payloads


def is_well_formed(frame):
    """Whether the kernel may send that at all: its own card as source, a known type, checksums that are right."""
    if not SMALLEST_FRAME <= len(frame) <= 1514 or frame[6:12] != KERNEL_MAC:
        return False
    if frame[12:14] == struct.pack(">H", ARP):
        return frame[14:20] == struct.pack(">HHBB", 1, IPV4, 6, 4)
    return frame[12:14] == struct.pack(">H", IPV4) and checksum(frame[14:34]) == 0


# ---- What is done with it ----------------------------------------------------------------------------------------------

def ping_many(peer, count, choose):
    """So many echo requests, of all lengths and some at once; each must be answered right, to the last byte."""
    sequence = 0
    while sequence < count:
        burst = []
        for _ in range(min(choose.randint(1, 16), count - sequence)):
            size = sequence if sequence <= LARGEST_ECHO and choose.random() < 0.5 else choose.randint(0, LARGEST_ECHO)
            burst.append((sequence & 0xFFFF, choose.randbytes(size)))
            sequence += 1
        for number, payload in burst:
            peer.send(echo_request(number, payload))
        for number, payload in burst:
            peer.expect(echo_reply(number, payload), f"the reply to echo request {number} of {len(payload)} bytes")


def good_frame(choose):
    payload = choose.randbytes(choose.choice([0, 1, 18, 64, 700, LARGEST_ECHO]))
    options = bytes(choose.choice([0, 0, 4, 40]))
    return choose.choice([
        lambda: arp_request(),
        lambda: ethernet(arp(2, PEER_MAC, f"10.0.2.{choose.randint(0, 255)}", KERNEL_MAC, KERNEL_IP), ARP),
        lambda: ethernet(ipv4(echo(ECHO_REQUEST, 1, 1, payload), options=options)),
        lambda: ethernet(ipv4(echo(ECHO_REPLY, 1, 1, payload))),
        lambda: ethernet(ipv4(udp(4000, 7, payload), UDP, options=options)),
        lambda: ethernet(ipv4(udp(67, 68, payload.ljust(300, b"\x63")), UDP)),
        lambda: ethernet(ipv4(payload, choose.randint(0, 255), flags=choose.choice([0x2000, 0x4000, 1]))),
    ])()


def damaged(frame, choose):
    frame = bytearray(frame)
    for _ in range(choose.randint(1, 4)):
        position = choose.randrange(min(len(frame), choose.choice([24, 46, 2000])))
        frame[position] = choose.choice([0, 1, 0x7F, 0x80, 0xFF, frame[position] ^ 1 << choose.randrange(8)])
    if choose.random() < 0.2:
        del frame[choose.randrange(1, len(frame)):]
    return bytes(frame)


def any_frame(choose):
    """A random frame, a damaged one, or one that is longer than a frame may be; never an empty one."""
    kind = choose.random()
    if kind < 0.1:
        return choose.randbytes(choose.randint(1, 1600))
    if kind < 0.12:
        return ethernet(choose.randbytes(choose.choice([1501, 2000, 5000, 9000])))
    return damaged(good_frame(choose), choose)


def abuse(peer, count, choose):
    """So many bad frames; now and then, and at the end, a good one, which must be answered."""
    for number in range(count):
        peer.send(any_frame(choose))
        peer.skip_pending()
        if number % 50 == 49 or number == count - 1:
            payload = choose.randbytes(choose.randint(0, LARGEST_ECHO))
            peer.send(echo_request(number & 0xFFFF, payload))
            peer.receive_reply(number & 0xFFFF, payload, f"the reply after {number + 1} bad frames")
