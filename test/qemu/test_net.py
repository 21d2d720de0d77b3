"""The network as its other end sees it: a capture, a peer that pings and gets pinged, QEMU's own DHCP server."""

import random
import re
import struct
import tempfile
import time
from pathlib import Path

import pytest
from machine import COMMAND_DEADLINE, SCALE, Qmp
from net_peer import (ARP, BROADCAST_MAC, EXPERIMENT, IPV4, KERNEL_IP, KERNEL_MAC, LARGEST_ECHO, PEER_IP, PEER_MAC, UDP, Peer,
                      abuse, arp, arp_request, echo_reply, echo_request, ethernet, frames_of_capture, ipv4, padded, ping_many,
                      udp)

STATIC = f"ip={KERNEL_IP}/24,{PEER_IP}"

# Each transport and kind of receive buffers that a card may come with.
CARDS = {
    "arm64": [{}, {"TRANSPORT": "pci"}, {"QEMU_EXTRA": "-global virtio-net-device.mrg_rxbuf=off"}],
    "x64": [{}, {"QEMU_EXTRA": "-global virtio-net-device.mrg_rxbuf=off"}],
    "rv64": [{}, {"TRANSPORT": "pci"}, {"QEMU_EXTRA": "-global virtio-net-device.mrg_rxbuf=off"}],
}


@pytest.fixture
def peer():
    with tempfile.TemporaryDirectory(prefix="trivium-net-") as folder:  # Paths of Unix sockets must be short.
        other_end = Peer(Path(folder))
        yield other_end
        other_end.close()


@pytest.fixture
def linked(boot, peer):
    """A machine with the static address, whose cable leads to the peer."""
    return boot(NET=peer.netdev, APPEND=STATIC)


def test_capture_holds_exactly_the_frame_that_is_sent(boot, peer, tmp_path):
    capture = tmp_path / "net.pcap"
    machine = boot(NET=peer.netdev, QEMU_EXTRA=f"-object filter-dump,id=dump,netdev=net,file={capture}")
    short, long = "hello from lab 5", "a text that is longer than the padding of a short Ethernet frame"
    machine.command(f"net send {short}")
    machine.command(f"net send {long}")
    machine.type("poweroff\r")
    machine.wait_for_exit()
    header = BROADCAST_MAC + KERNEL_MAC + struct.pack(">H", EXPERIMENT)
    assert frames_of_capture(capture) == [padded(header + short.encode()), header + long.encode()]


@pytest.mark.variants(CARDS)
def test_every_echo_is_answered(boot, peer, knobs):
    machine = boot(NET=peer.netdev, APPEND=STATIC, **knobs)
    ping_many(peer, 1000, random.Random(3))
    assert "1000 echo" in machine.command("net stat")
    assert ("mergeable" in machine.command("devices")) == ("QEMU_EXTRA" not in knobs)


def test_bad_frames_leave_the_kernel_answering(linked, peer):
    abuse(peer, 10_000, random.Random(4))
    counted = linked.command("net stat")
    for reason in ["IPv4 checksum", "IPv4 fragment", "ICMP malformed", "UDP malformed", "ARP malformed", "unknown type"]:
        assert reason in counted, f"nothing was dropped as {reason}"
    assert "given up" not in linked.command("log")


def test_frames_that_are_too_long_are_dropped(linked, peer):
    for size in (1515, 2000, 9000, 60_000):
        peer.send(ethernet(ipv4(bytes(size - 34))))
    peer.send(echo_request(1, b"after"))
    peer.expect(echo_reply(1, b"after"), "a reply after frames that were too long")
    assert "4 not used" in linked.command("net stat")


def test_arp_and_udp_echo(linked, peer):
    peer.send(arp_request())
    answer = arp(2, KERNEL_MAC, KERNEL_IP, PEER_MAC, PEER_IP)
    peer.expect(padded(ethernet(answer, ARP, PEER_MAC, KERNEL_MAC)), "the answer to ARP")
    for size in (0, 1, 517, LARGEST_ECHO):
        payload = random.Random(size).randbytes(size)
        peer.send(ethernet(ipv4(udp(4000, 7, payload), UDP)))
        reply = ipv4(udp(7, 4000, payload, KERNEL_IP, PEER_IP), UDP, KERNEL_IP, PEER_IP)
        peer.expect(padded(ethernet(reply, IPV4, PEER_MAC, KERNEL_MAC)), f"UDP echo of {size} bytes")
    peer.send(arp_request("10.0.2.16"))
    peer.send(ethernet(ipv4(udp(7, 7, b"for ever"), UDP)))
    assert peer.is_silent()
    assert f"{PEER_IP} is at 52:55:0a:00:02:02" in linked.command("net stat")


def test_kernel_pings_the_peer(linked, peer):
    linked.type(f"net ping {PEER_IP} 20 {LARGEST_ECHO}\r")
    payloads = peer.answer_pings(20)
    assert all(len(payload) == LARGEST_ECHO for payload in payloads)
    answer = linked.wait_for_prompt()
    assert len(re.findall(rf"{LARGEST_ECHO} bytes from {PEER_IP} in \d+\.\d+ ms", answer)) == 20
    assert "20 sent, 20 received" in answer


def test_ping_without_an_answer_ends(linked, peer):
    assert "1 sent, 0 received" in linked.command("net ping 10.0.2.99 1")
    peer.expect(padded(ethernet(arp(1, KERNEL_MAC, KERNEL_IP, bytes(6), "10.0.2.99"), ARP, BROADCAST_MAC, KERNEL_MAC)),
                "ARP's question")
    linked.type("net ping 10.0.2.99 1000\r")
    linked.expect_text("no reply")
    linked.type("\x03")
    assert "received" in linked.wait_for_prompt()


@pytest.mark.parametrize("command", [True, False], ids=["command", "boot"])
def test_dhcp_of_qemu(boot, command):
    if command:
        machine = boot(NET="user")
        assert "10.0.2.15/24, gateway 10.0.2.2" in machine.command("net dhcp")
    else:
        machine = boot(NET="user,net=10.9.8.0/24,dhcpstart=10.9.8.77", APPEND="ip=dhcp")
        end = time.monotonic() + COMMAND_DEADLINE * SCALE
        while "10.9.8.77/24, gateway 10.9.8.2" not in machine.command("net stat"):
            assert time.monotonic() < end, "no address"
    gateway = "10.0.2.2" if command else "10.9.8.2"
    assert "3 sent, 3 received" in machine.command(f"net ping {gateway} 3")


def test_link_going_down_and_up_is_seen(boot, tmp_path):
    machine = boot(QEMU_EXTRA=Qmp.qemu_options(tmp_path / "qmp"))
    qmp = Qmp(tmp_path / "qmp")
    for up, word in ((False, "down"), (True, "up")):
        qmp.execute("set_link", name="net", up=up)
        machine.expect_text(f"net0: link is {word}")
        machine.type("\r")
        machine.wait_for_prompt()
        assert f"link {word}" in machine.command("net stat")


def test_wrong_words_get_an_answer(boot):
    machine = boot(APPEND="ip=10.0.2.255/24")
    assert "makes no sense" in machine.command("log")
    for line in ["net", "net nothing", "net send", "net ping", "net ping 10.0.2", "net ping 10.0.2.2 0",
                 "net ping 10.0.2.2 1 1473", "net address", "net address 10.0.2.15", "net address 10.0.2.15/24 10.0.3.1"]:
        assert machine.command(line).strip(), f"no answer to {line!r}"
    assert "no way" in machine.command("net ping 10.0.2.2 1")


def test_without_a_card(boot):
    assert "no network card" in boot(NET="none").command("net stat")
