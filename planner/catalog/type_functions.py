"""Storage facts and input, output, receive and send functions of types, with PostgreSQL's OIDs: clients ask by them."""

from __future__ import annotations

from ...kernels.types import BOUNDS, RANGES

# Types of signatures only, with their OIDs and their sizes: clients find them as arguments and results of functions.
PSEUDO_TYPES: dict[str, tuple[int, int]] = {
    "cstring": (2275, -2), "any": (2276, 4), "trigger": (2279, 4), "internal": (2281, 8), "anyelement": (2283, 4), "anynonarray": (2776, 4),
    "anyenum": (3500, 4), "anyrange": (3831, -1), "anymultirange": (4537, -1), "anycompatible": (5077, 4), "anycompatiblearray": (5078, -1),
}  # fmt: skip


def pseudo_name(name: str) -> str:
    """A type of signatures as PostgreSQL prints it."""
    return '"any"' if name == "any" else name


# Alignment, storage and the OIDs of the input, output, receive and send functions in PostgreSQL, by type.
TYPE_FACTS: dict[str, tuple[str, str, int, int, int, int]] = {
    "bool": ("c", "p", 1242, 1243, 2436, 2437),
    "bytea": ("i", "x", 1244, 31, 2412, 2413),
    '"char"': ("c", "p", 1245, 33, 2434, 2435),
    "name": ("c", "p", 34, 35, 2422, 2423),
    "int8": ("d", "p", 460, 461, 2408, 2409),
    "int2": ("s", "p", 38, 39, 2404, 2405),
    "int4": ("i", "p", 42, 43, 2406, 2407),
    "regproc": ("i", "p", 44, 45, 2444, 2445),
    "text": ("i", "x", 46, 47, 2414, 2415),
    "oid": ("i", "p", 1798, 1799, 2418, 2419),
    "xid": ("i", "p", 50, 51, 2440, 2441),
    "json": ("i", "x", 321, 322, 323, 324),
    "pg_node_tree": ("i", "x", 195, 196, 197, 198),
    "float4": ("i", "p", 200, 201, 2424, 2425),
    "float8": ("d", "p", 214, 215, 2426, 2427),
    "unknown": ("c", "p", 109, 110, 2416, 2417),
    "aclitem": ("i", "p", 1031, 1032, 0, 0),
    "bpchar": ("i", "x", 1044, 1045, 2430, 2431),
    "varchar": ("i", "x", 1046, 1047, 2432, 2433),
    "date": ("i", "p", 1084, 1085, 2468, 2469),
    "time": ("d", "p", 1143, 1144, 2470, 2471),
    "timestamp": ("d", "p", 1312, 1313, 2474, 2475),
    "timestamptz": ("d", "p", 1150, 1151, 2476, 2477),
    "interval": ("d", "p", 1160, 1161, 2478, 2479),
    "numeric": ("i", "m", 1701, 1702, 2460, 2461),
    "regclass": ("i", "p", 2218, 2219, 2452, 2453),
    "regtype": ("i", "p", 2220, 2221, 2454, 2455),
    "regnamespace": ("i", "p", 4084, 4085, 4087, 4088),
    "regprocedure": ("i", "p", 2212, 2213, 2446, 2447),
    "regoper": ("i", "p", 2214, 2215, 2448, 2449),
    "regoperator": ("i", "p", 2216, 2217, 2450, 2451),
    "regrole": ("i", "p", 4098, 4092, 4094, 4095),
    "regcollation": ("i", "p", 4193, 4194, 4196, 4197),
    "regconfig": ("i", "p", 3736, 3737, 3738, 3739),
    "regdictionary": ("i", "p", 3771, 3772, 3773, 3774),
    "int2vector": ("i", "p", 40, 41, 2410, 2411),
    "oidvector": ("i", "p", 54, 55, 2420, 2421),
    "anyarray": ("d", "x", 2296, 2297, 2502, 2503),
    "tid": ("s", "p", 48, 49, 2438, 2439),
    "cid": ("i", "p", 52, 53, 2442, 2443),
    "pg_lsn": ("d", "p", 3229, 3230, 3238, 3239),
    "pg_ndistinct": ("i", "x", 3355, 3356, 3357, 3358),
    "pg_dependencies": ("i", "x", 3404, 3405, 3406, 3407),
    "pg_mcv_list": ("i", "x", 5018, 5019, 5020, 5021),
    "inet": ("i", "m", 910, 911, 2496, 2497),
    "cidr": ("i", "m", 1267, 1427, 2498, 2499),
    "macaddr": ("i", "p", 436, 437, 2494, 2495),
    "macaddr8": ("i", "p", 4110, 4111, 3446, 3447),
    "timetz": ("d", "p", 1350, 1351, 2472, 2473),
    "bit": ("i", "x", 1564, 1565, 2456, 2457),
    "varbit": ("i", "x", 1579, 1580, 2458, 2459),
    "enum": ("i", "p", 3506, 3507, 3532, 3533),
    "uuid": ("c", "p", 2952, 2953, 2961, 2962),
    "jsonb": ("i", "x", 3806, 3804, 3805, 3803),
    "struct": ("d", "x", 2290, 2291, 2402, 2403),
    **{
        name: ("d" if bound in ("int8", "timestamp", "timestamptz") else "i", "x",
               *((3834, 3835, 3836, 3837) if name in RANGES else (4231, 4232, 4233, 4234)))
        for name, bound in BOUNDS.items()
    },
    "void": ("i", "p", 2298, 2299, 3120, 3121),
}
_UNDERSCORED = frozenset(
    ["enum", "inet", "cidr", "macaddr", "macaddr8", "timetz", "bit", "varbit", "json", "pg_node_tree", "date", "time", "timestamp", "timestamptz", "interval", "numeric", "uuid", "jsonb", "pg_lsn", "pg_ndistinct", "pg_dependencies", "pg_mcv_list", "record", "void", "array", "anyarray", "range", "multirange"]
)
_ARRAY = ("i", "x", 750, 751, 2400, 2401)


def array_facts(elem: str) -> tuple[str, str, int, int, int, int]:
    """Of an array by the name of its elements' type: their alignment, if it is that of eight bytes."""
    return ("d", *_ARRAY[1:]) if TYPE_FACTS.get(elem, _ARRAY)[0] == "d" else _ARRAY


# Handlers of access methods: clients print them by name.
_HANDLERS = {
    3: "heap_tableam_handler", 330: "bthandler", 331: "hashhandler", 332: "gisthandler", 333: "ginhandler",
    334: "spghandler", 335: "brinhandler",
}  # fmt: skip


def io_functions() -> dict[int, str]:
    """OID → name of the types' input, output, receive and send functions."""
    found: dict[int, str] = dict(_HANDLERS)
    for name, facts in (*TYPE_FACTS.items(), ("array", _ARRAY)):
        plain = {"struct": "record", '"char"': "char"}.get(name, name)
        if name in BOUNDS:
            plain = "range" if name in RANGES else "multirange"
        glue = "_" if plain in _UNDERSCORED else ""
        for oid, verb in zip(facts[2:], ("in", "out", "recv", "send")):
            if oid:
                found[oid] = f"{plain}{glue}{verb}"
    return found
