"""Vectors as pgvector and RisingWave have them: distances and arithmetic."""

from __future__ import annotations

from ...kernels import types as t
from .signature import Signature

_V = t.scalar("vector")
_DISTANCES = {"<->": 0, "<=>": 1, "<+>": 2, "<#>": 4}

OPERATORS: tuple[Signature, ...] = (
    *(Signature(symbol, (_V, _V), t.FLOAT8, "vector.distance", ints=(which,)) for symbol, which in _DISTANCES.items()),
    *(Signature(symbol, (_V, _V), _V, "vector.combine", ints=(n,)) for n, symbol in enumerate("+-*")),
    Signature("||", (_V, _V), _V, "vector.concat"),
)
FUNCTIONS: tuple[Signature, ...] = (
    *(
        Signature(name, (_V, _V), t.FLOAT8, "vector.distance", ints=(which,))
        for which, name in enumerate(("l2_distance", "cosine_distance", "l1_distance", "inner_product", "vector_negative_inner_product"))
    ),
    *(Signature(name, (_V,), t.FLOAT8, "vector.norm") for name in ("l2_norm", "vector_norm")),
    Signature("vector_dims", (_V,), t.INT4, "vector.dimensions"),
    Signature("l2_normalize", (_V,), _V, "vector.normalize"),
    Signature("subvector", (_V, t.INT4, t.INT4), _V, "vector.part"),
    Signature("vector_concat", (_V, _V), _V, "vector.concat"),
)
