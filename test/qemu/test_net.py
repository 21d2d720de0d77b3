"""The network as its other end sees it: a capture, a peer that pings and gets pinged, QEMU's own DHCP server."""

import random
import re
import struct
import tempfile
import time
from pathlib import Path

import pytest
from machine import COMMAND_DEADLINE, SCALE, Qmp
from net_peer import (ARP, BROADCAST_MAC, EXPERIMENT, IPV4, KERNEL_IP, KERNEL_MAC, LARGEST_ECHO, PEER_IP, PEER_MAC, UDP,
                      DhcpQuestion, Peer, abuse, arp, arp_request, echo, echo_reply, echo_request, ethernet, frames_of_capture,
                      ipv4, padded, ping_many, udp)

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


def test_what_an_honest_host_does_not_send_is_counted(linked, peer):
    ping = echo(8, 1, 1, b"to whom?")
    for source in (KERNEL_IP, "10.0.2.0", "10.0.2.255", "224.0.0.1", "127.0.0.1", "0.0.0.0"):
        peer.send(ethernet(ipv4(ping, source=source)))
    for to in ("10.0.2.255", "255.255.255.255"):
        peer.send(ethernet(ipv4(ping, to=to), to=BROADCAST_MAC))
    peer.send(ethernet(ipv4(ping), to=BROADCAST_MAC))  # For one host, but in a frame for all.
    peer.send(ethernet(ipv4(ping), to=bytes.fromhex("01005e000001")))
    peer.send(ethernet(ipv4(ping), source=KERNEL_MAC))
    peer.send(ethernet(ipv4(ping), source=BROADCAST_MAC))
    for flags in (0x2000, 0x0001, 0x2001):
        peer.send(ethernet(ipv4(ping, flags=flags)))
    peer.send(ethernet(arp(2, PEER_MAC, KERNEL_IP, KERNEL_MAC, KERNEL_IP), ARP))
    assert peer.is_silent()
    assert ("dropped: 2 frame source, 4 not for us, 1 ARP conflict, 3 IPv4 fragment, 6 IPv4 source\n"
            in linked.command("net stat"))


def test_a_full_transmit_queue_is_counted_and_overcome(linked, peer):
    peer.send(arp_request())
    peer.receive("the answer to ARP")
    for number in range(2000):  # Nobody takes the replies.
        peer.send(echo_request(number, b"much"))
    answer = linked.command("net stat")
    sent, not_sent = re.search(r"card: (\d+) sent, \d+ received; (\d+) not sent, 0 not used", answer).groups()
    assert int(not_sent) > 0 and int(sent) + int(not_sent) >= 1000
    while not peer.is_silent():
        peer.skip_pending()
    ping_many(peer, 100, random.Random(5))


def test_frames_that_come_while_the_kernel_is_busy_are_answered_later(linked, peer):
    linked.type("memory test frames 1\r")
    for number in range(600):  # More than there are receive buffers; dropped in silence, but for the last.
        peer.send(ethernet(b"", 0x9000))
    peer.send(echo_request(1, b"at last"))
    peer.expect(echo_reply(1, b"at last"), "a reply after the work")
    linked.wait_for_prompt()
    assert "600 unknown type" in linked.command("net stat")


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


def test_boot_does_not_wait_for_dhcp(boot, peer):
    machine = boot(NET=peer.netdev, APPEND="ip=dhcp")  # Nobody answers.
    assert "DHCP: selecting" in machine.command("net stat")
    first, second = (DhcpQuestion(peer.receive("DHCP's question", 10 * SCALE)) for _ in range(2))
    assert first.type == second.type == 1 and first.transaction == second.transaction
    machine.type("net dhcp\r")
    peer.receive("a new question")
    machine.type("\x03")
    assert "no answer yet" in machine.wait_for_prompt()


def test_a_lease_is_renewed_and_refused(boot, peer):
    machine = boot(NET=peer.netdev, APPEND="ip=dhcp")
    offered = DhcpQuestion(peer.receive("DHCP's question"))
    peer.send(offered.answer(2, lease=4))
    request = DhcpQuestion(peer.receive("its request"))
    assert (request.type, request.client, request.destination) == (3, "0.0.0.0", BROADCAST_MAC)
    peer.send(request.answer(5, lease=4))
    machine.expect_text(f"net0: {KERNEL_IP}/24, gateway {PEER_IP}")
    peer.expect(padded(ethernet(arp(1, KERNEL_MAC, KERNEL_IP, bytes(6), PEER_IP), ARP, BROADCAST_MAC, KERNEL_MAC)),
                "ARP's question before the renewal")
    peer.send(ethernet(arp(2, PEER_MAC, PEER_IP, KERNEL_MAC, KERNEL_IP), ARP))
    for kind in (5, 6):  # Half of the lease later it asks for more; the second time it is refused.
        renewal = DhcpQuestion(peer.receive("the renewal"))
        assert (renewal.type, renewal.client, renewal.destination) == (3, KERNEL_IP, PEER_MAC)
        peer.send(renewal.answer(kind, lease=4))
    machine.expect_text("net0: no address")


def test_link_going_down_and_up_is_seen(boot, tmp_path):
    machine = boot(APPEND=STATIC, QEMU_EXTRA=Qmp.qemu_options(tmp_path / "qmp"))
    qmp = Qmp(tmp_path / "qmp")
    assert "1 sent, 1 received" in machine.command("net ping 10.0.2.2 1")
    for up, word in ((False, "down"), (True, "up")):
        qmp.execute("set_link", name="net", up=up)
        machine.expect_text(f"net0: link is {word}")
        machine.type("\r")
        machine.wait_for_prompt()
        assert f"link {word}" in machine.command("net stat")
        assert f"1 sent, {int(up)} received" in machine.command("net ping 10.0.2.2 1")


def test_wrong_words_get_an_answer(boot):
    machine = boot(APPEND="ip=10.0.2.255/24")
    assert "makes no sense" in machine.command("log")
    for line in ["net", "net nothing", "net send", "net ping", "net ping 10.0.2", "net ping 10.0.2.2 0",
                 "net ping 10.0.2.2 1 1473", "net address", "net address 10.0.2.15", "net address 10.0.2.15/24 10.0.3.1"]:
        assert machine.command(line).strip(), f"no answer to {line!r}"
    assert "no way" in machine.command("net ping 10.0.2.2 1")


def test_bench_counts_instructions_or_says_why_not(boot):
    counting = {"NET": "user,ipv6=off", "QEMU_EXTRA": "-icount shift=0,align=off"}
    machine = boot(APPEND=STATIC, **counting)
    figures = [re.fullmatch(r"bench net_frame (\d+) instructions\n", machine.command("net bench 200")) for _ in range(3)]
    assert all(figures)
    low, _, high = sorted(int(figure[1]) for figure in figures)
    assert 300 < low and high < low * 1.05
    assert "no gateway" in boot(**counting).command("net bench 1")


def test_without_a_card(boot):
    assert "no network card" in boot(NET="none").command("net stat")
