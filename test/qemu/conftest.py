"""Fixtures of the QEMU tests: which architectures, booting a machine, and keeping the serial log of a failure."""

import pytest
from machine import LOGS, Machine, file_name_of
from shell import Shared, Shell

ARCHITECTURES = ["arm64", "x64", "rv64"]


def pytest_addoption(parser):
    parser.addoption("--architectures", default=" ".join(ARCHITECTURES), help="which to test, separated by spaces")


def pytest_configure(config):
    config.addinivalue_line("markers", "variants(table): run once for each set of knobs in table[architecture]")
    config.addinivalue_line("markers", "only(architectures…): run on these only")


def knobs_id(knobs):
    return "-".join(f"{name.lower()}={value}" for name, value in knobs.items()) or "default"


def pytest_generate_tests(metafunc):
    """Each test that names `architecture` runs on each of them; with `knobs`, once for each of its variants."""
    if "architecture" not in metafunc.fixturenames:
        return
    only = metafunc.definition.get_closest_marker("only")
    variants = metafunc.definition.get_closest_marker("variants")
    chosen = [name for name in metafunc.config.getoption("architectures").split() if not only or name in only.args]
    if variants is None:
        metafunc.parametrize("architecture", chosen)
        return
    cases = [pytest.param(name, knobs, id=f"{name}-{knobs_id(knobs)}")
             for name in chosen for knobs in variants.args[0].get(name, [])]
    metafunc.parametrize("architecture, knobs", cases)


def pytest_collection_modifyitems(config, items):
    """A test that none of the chosen architectures has is not a skipped one; it is no test."""
    absent = [item for item in items if any("empty parameter set" in str(mark.kwargs.get("reason"))
                                            for mark in item.iter_markers("skip"))]
    items[:] = [item for item in items if item not in absent]
    config.hook.pytest_deselected(items=absent)


@pytest.fixture
def start(architecture, request):
    """start(MEM="64M", …) starts a machine and hands it over at once; all of them are ended with the test."""
    machines = []

    def start_machine(**knobs):
        log = LOGS / f"{file_name_of(request.node.name)}-{len(machines) + 1}.log"
        machines.append(Machine(architecture, log, **knobs))
        return machines[-1]

    yield start_machine
    for machine in machines:
        machine.stop()
        if not getattr(request.node, "failed", False):
            machine.log_path.unlink(missing_ok=True)


@pytest.fixture
def boot(start):
    """boot(MEM="64M", …) does the same, and waits for the prompt."""

    def boot_machine(**knobs):
        machine = start(**knobs)
        machine.boot()
        return machine

    return boot_machine


@pytest.fixture
def machine(boot):
    """A machine with the default knobs, at its prompt."""
    return boot()


@pytest.fixture(scope="session")
def shared():
    """The shells that tests share."""
    shells = Shared()
    yield shells
    shells.stop()


@pytest.fixture
def cpus():
    """How many CPUs; tests that it matters to say `@pytest.mark.parametrize("cpus", …)`."""
    return 1


@pytest.fixture
def shell(shared, architecture, cpus, request):
    """A shell at its prompt, shared with other tests: to be left as it was."""
    machine = shared.get(architecture, SMP=cpus)
    yield machine
    if getattr(request.node, "failed", False):
        shared.forget(machine, keep_log=True)


@pytest.fixture
def start_shell(architecture, request):
    """start_shell(SMP=4, …) boots one for this test alone, and waits for its prompt."""
    shells = []

    def start_one(**knobs):
        log = LOGS / f"{file_name_of(request.node.name)}-shell-{len(shells) + 1}.log"
        shells.append(Shell(architecture, log, **knobs))
        shells[-1].boot()
        return shells[-1]

    yield start_one
    for machine in shells:
        machine.stop()
        if not getattr(request.node, "failed", False):
            machine.log_path.unlink(missing_ok=True)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Marks the test's item as failed, so that its serial logs are kept and named in the report."""
    report = (yield).get_result()
    if report.failed:
        item.failed = True
        logs = sorted(LOGS.glob(f"{file_name_of(item.name)}-*.log"))
        if logs and call.when == "call":
            report.sections.append(("Serial logs", "\n".join(str(log) for log in logs)))
