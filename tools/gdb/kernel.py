"""The kernel's own structures, read by gdb: variables, containers, processes, threads and CPUs."""

import gdb


def variable(file, name, room=""):
    """A variable in an unnamed namespace of a file, within a room's namespace or outside of any."""
    return gdb.parse_and_eval(f"'{file}'::'{room + '::' if room else ''}(anonymous namespace)::{name}'")


def text(value):
    """A base::Text as a string."""
    size = int(value["size_"])
    return value["characters_"]["_M_elems"].address.cast(gdb.lookup_type("char").pointer()).string(length=size) if size else ""


def elements(vector):
    """The elements of a base::StaticVector."""
    return [vector["elements_"]["_M_elems"][i] for i in range(int(vector["count_"]))]


def optional(value):
    """What a std::optional holds, or None."""
    payload = value["_M_payload"]
    return payload["_M_payload"]["_M_value"] if bool(payload["_M_engaged"]) else None


def listed(chain, element):
    """The elements of a base::List; `element` is their type's name."""
    end = chain["sentinel_"].address
    node = end["next_"]
    while node != end:
        yield node.cast(gdb.lookup_type(element).pointer()).dereference()
        node = node["next_"]


def boot_info():
    info = gdb.parse_and_eval("'(anonymous namespace)::boot_info'")
    return info.dereference() if info.type.code == gdb.TYPE_CODE_PTR else info


def enumerator(value):
    """The name of an enumeration's value, without its type's."""
    return str(value).rpartition("::")[2]


def kernel_table():
    """The page table of the kernel's half."""
    return optional(variable("kernel/memory/kernel_space.cpp", "the_kernel_table", "memory"))


def processes():
    """All live processes, by id."""
    state = optional(gdb.parse_and_eval("object::the_state"))
    if state is None or variable("kernel/process/init.cpp", "initrd", "process") == 0:
        raise gdb.GdbError("no processes: init has not been started")
    table = gdb.parse_and_eval("object::live_objects")
    found = []
    for index in range(int(state["tables_"]["layout_"]["capacity"]["objects"])):
        bound = table[index]
        if bound != 0 and enumerator(bound["type_"]) == "process":
            found.append(bound.cast(gdb.lookup_type("process::Process").pointer()).dereference())
    return sorted(found, key=lambda process: int(process["pid"]["value"]))


def process_of(word):
    """The process of an id, or the one of that name with the highest."""
    for process in reversed(processes()):
        if word in (str(int(process["pid"]["value"])), text(process["name"])):
            return process
    raise gdb.GdbError(f"no process {word}: trivium-processes lists them")


def threads(process):
    return list(listed(process["threads"], "process::Thread"))


def cpus():
    """(index, schedule::Cpu) of those that have come up."""
    table = gdb.parse_and_eval("schedule::cpus")["_M_elems"]
    present = [(index, optional(table[index])) for index in range(table.type.strip_typedefs().range()[1] + 1)]
    return [(index, cpu) for index, cpu in present if cpu is not None]


def running_threads():
    """Which thread runs on which CPU: the thread's address, as schedule knows it, to the CPU's index."""
    return {int(cpu["current"]): index for index, cpu in cpus() if cpu["current"] != 0}


def scheduled(thread):
    """A process::Thread's address as a schedule::Thread."""
    return int(thread.address.cast(gdb.lookup_type("schedule::Thread").pointer()))


def gdb_thread_of(cpu):
    """gdb's thread for a CPU: QEMU numbers CPUs by hardware id, the kernel from the boot CPU on."""
    found = elements(boot_info()["cpus"])
    ids = [int(each["hardware_id"]) for each in sorted(found, key=lambda each: not bool(each["is_boot_cpu"]))]
    number = sorted(ids).index(ids[cpu]) + 1
    return next(each for each in gdb.selected_inferior().threads() if each.num == number)
