"""Network addresses: inet, cidr, macaddr and macaddr8."""

from __future__ import annotations

from ...kernels import types as t
from .signature import Signature

_MACS = (t.MACADDR, t.MACADDR8)

OPERATORS: tuple[Signature, ...] = (
    Signature(">>", (t.INET, t.INET), t.BOOL, "inet.contains", ints=(0,)),
    Signature(">>=", (t.INET, t.INET), t.BOOL, "inet.contains", ints=(1,)),
    Signature("<<", (t.INET, t.INET), t.BOOL, "inet.contains", ints=(3,)),
    Signature("<<=", (t.INET, t.INET), t.BOOL, "inet.contains", ints=(4,)),
    Signature("&&", (t.INET, t.INET), t.BOOL, "inet.contains", ints=(2,)),
    Signature("~", (t.INET,), t.INET, "inet.bits", ints=(0,)),
    Signature("&", (t.INET, t.INET), t.INET, "inet.bits", ints=(1,)),
    Signature("|", (t.INET, t.INET), t.INET, "inet.bits", ints=(2,)),
    Signature("+", (t.INET, t.INT8), t.INET, "inet.plus", ints=(1,)),
    Signature("-", (t.INET, t.INT8), t.INET, "inet.plus", ints=(-1,)),
    Signature("-", (t.INET, t.INET), t.INT8, "inet.minus"),
    *(Signature("~", (x,), x, "mac.bits", ints=(0,)) for x in _MACS),
    *(Signature("&", (x, x), x, "mac.bits", ints=(1,)) for x in _MACS),
    *(Signature("|", (x, x), x, "mac.bits", ints=(2,)) for x in _MACS),
)

FUNCTIONS: tuple[Signature, ...] = (
    Signature("network", (t.INET,), t.CIDR, "inet.part", ints=(0,)),
    Signature("broadcast", (t.INET,), t.INET, "inet.part", ints=(1,)),
    Signature("netmask", (t.INET,), t.INET, "inet.part", ints=(2,)),
    Signature("hostmask", (t.INET,), t.INET, "inet.part", ints=(3,)),
    Signature("host", (t.INET,), t.TEXT, "inet.text", ints=(0,)),
    Signature("text", (t.INET,), t.TEXT, "inet.text", ints=(1,)),
    Signature("abbrev", (t.INET,), t.TEXT, "inet.text", ints=(2,)),
    Signature("abbrev", (t.CIDR,), t.TEXT, "inet.text", ints=(2,)),
    Signature("masklen", (t.INET,), t.INT4, "inet.number", ints=(0,)),
    Signature("family", (t.INET,), t.INT4, "inet.number", ints=(1,)),
    Signature("set_masklen", (t.INET, t.INT4), t.INET, "inet.set_masklen"),
    Signature("set_masklen", (t.CIDR, t.INT4), t.CIDR, "inet.set_masklen"),
    Signature("inet_same_family", (t.INET, t.INET), t.BOOL, "inet.same_family"),
    Signature("inet_merge", (t.INET, t.INET), t.CIDR, "inet.merge"),
    *(Signature("trunc", (x,), x, "mac.trunc") for x in _MACS),
    Signature("macaddr8_set7bit", (t.MACADDR8,), t.MACADDR8, "mac.set7bit"),
)
