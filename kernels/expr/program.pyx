"""Program: bound expressions compiled to a native tree and run over batches without the GIL."""

import importlib
import os
import pkgutil

from cython.operator cimport dereference as deref
from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t, uintptr_t
from libcpp cimport bool as cbool
from libcpp.memory cimport make_shared, shared_ptr
from libcpp.string cimport string
from libcpp.vector cimport vector

from sabot.kernels.batch cimport Batch, Chunk, Column, ColumnPtr, Type, native_type

from .. import errors as error_classes
from ..styles import PLAIN
from ..styles import Styles as PythonStyles
from . import spec


cdef extern from *:
    """
    #include <algorithm>
    #include <malloc.h>
    #include <thread>
    #include "program.hpp"
    #include "timezone.hpp"
    // Batches come and go by the megabyte: keep freed memory instead of giving it back to the system and
    // paying for the page faults of the next batch. What is kept is bounded, also by threads sharing it.
    static inline void keep_freed_memory() {
    #ifdef __GLIBC__
        mallopt(M_MMAP_THRESHOLD, 16 << 20);
        mallopt(M_TRIM_THRESHOLD, 64 << 20);
        mallopt(M_ARENA_MAX, int(std::max(2u, std::thread::hardware_concurrency())));
    #endif
    }
    namespace sabot {
    inline NodePtr new_node(int op) {
        auto n = std::make_shared<Node>();
        n->op = static_cast<Op>(op);
        return n;
    }
    inline void set_kernel(Node& n, uintptr_t address) { n.fn = reinterpret_cast<KernelFn>(address); }
    inline ColumnPtr constant_of(const ColumnPtr& c) {
        auto r = std::make_shared<Column>(*expand(c));
        r->constant = true;
        r->length = 1;
        return r;
    }
    }
    """
    void keep_freed_memory()
    cdef cppclass CallOptions "sabot::CallOptions":
        Type result
        vector[int64_t] ints
        vector[string] texts
    cdef cppclass Node "sabot::Node":
        int64_t index
        ColumnPtr literal
        cbool is_volatile
        cbool changing
        CallOptions options
        vector[shared_ptr[Node]] args
        shared_ptr[Node] body
    ctypedef shared_ptr[Node] NodePtr "sabot::NodePtr"
    NodePtr new_node "sabot::new_node"(int) except +
    void set_kernel "sabot::set_kernel"(Node&, uintptr_t)
    ColumnPtr constant_of "sabot::constant_of"(const ColumnPtr&) except +
    cdef cppclass Styles "sabot::Styles":
        Styles()
    Styles styles_of "sabot::styles_of"(int, int, int, cbool, int)
    cdef cppclass SessionContext "sabot::SessionContext":
        SessionContext()
        int64_t now_micros
        int64_t clock_micros
        string time_zone
        string user
        string database
        string search_path
        uint64_t random_seed
        Styles styles
        vector[ColumnPtr] parameters
    cdef cppclass CompiledProgram "sabot::CompiledProgram":
        vector[NodePtr] exprs
        NodePtr predicate
        vector[uint8_t] used
    cdef cppclass ProgramResult "sabot::ProgramResult":
        Chunk rows
        Chunk errors
    string native_zone_setting "sabot::zone_setting"(const string&) except +
    ProgramResult run_program "sabot::run_program"(const CompiledProgram&, const Chunk&, const SessionContext&) \
        except + nogil


cdef enum:
    OP_COLUMN = 0
    OP_LITERAL = 1
    OP_CALL = 2
    OP_AND = 3
    OP_OR = 4
    OP_CASE = 5
    OP_COALESCE = 6
    OP_LAMBDA = 7
    OP_LET = 8
    OP_KEPT = 9
    OP_TRY = 10
    OP_PARAM = 11


def _zone_directory():
    """Where TZif files are: TZDIR, the system's zoneinfo, or the `tzdata` package (told to C++ by TZDIR)."""
    if not os.environ.get("TZDIR") and not os.path.isdir("/usr/share/zoneinfo/Europe"):
        package = importlib.util.find_spec("tzdata")
        if package is not None and package.submodule_search_locations:
            os.environ["TZDIR"] = os.path.join(package.submodule_search_locations[0], "zoneinfo")


def _load_kernels():
    """Kernel addresses by name, from every `k_*` module of this folder."""
    found = {}
    package = importlib.import_module("sabot.kernels.expr")
    for module in pkgutil.iter_modules(package.__path__):
        if module.name.startswith("k_"):
            found.update(importlib.import_module(f"sabot.kernels.expr.{module.name}").kernels())
    return found


keep_freed_memory()
_zone_directory()
_KERNELS = _load_kernels()


def known_kernels():
    """Names of all kernels."""
    return frozenset(_KERNELS)


def register_kernels(kernels):
    """Add kernels by name (address of a `KernelFn`); the code must stay loaded."""
    _KERNELS.update(kernels)


def zone_setting(str text):
    """The zone that SET TIME ZONE 'text' means, by its canonical name; None for an unknown one."""
    cdef string found = native_zone_setting(text.encode())
    return found.decode() if found.size() else None


cdef class SessionFacts:
    """Facts of session and time that kernels may read (now in microseconds since 1970 UTC)."""

    cdef SessionContext context
    cdef readonly object styles

    def __init__(
        self,
        int64_t now=0,
        int64_t clock=0,
        str time_zone="UTC",
        str user="root",
        str database="dev",
        str search_path="public",
        uint64_t random_seed=0,
        styles=PLAIN,
    ):
        self.context.now_micros = now
        self.context.clock_micros = clock
        self.context.time_zone = time_zone.encode()
        self.context.user = user.encode()
        self.context.database = database.encode()
        self.context.search_path = search_path.encode()
        self.context.random_seed = random_seed
        self.styles = styles
        form, order, interval, escape, digits = styles.codes
        self.context.styles = styles_of(form, order, interval, escape, digits)

    def at(self, int64_t now, int64_t clock, uint64_t random_seed, Batch parameters=None):
        """These facts at another moment, for a statement with these parameters (one row)."""
        cdef SessionFacts other = SessionFacts.__new__(SessionFacts)
        cdef ColumnPtr value
        other.context, other.styles = self.context, self.styles
        other.context.now_micros, other.context.clock_micros, other.context.random_seed = now, clock, random_seed
        other.context.parameters.clear()
        if parameters is not None:
            for value in parameters.chunk.columns:
                other.context.parameters.push_back(constant_of(value))
        return other

    def of_object(self, settings):
        """These facts with the time zone and text forms that an object's definition was written with."""
        kept = dict(settings)
        cdef SessionFacts other = SessionFacts(styles=PythonStyles.of(kept))
        other.context = self.context
        other.context.time_zone = (kept.get("timezone") or self.time_zone).encode()
        form, order, interval, escape, digits = other.styles.codes
        other.context.styles = styles_of(form, order, interval, escape, digits)
        return other

    @property
    def now(self):
        return self.context.now_micros

    @property
    def time_zone(self):
        return self.context.time_zone.decode()

    @property
    def user(self):
        return self.context.user.decode()

    @property
    def database(self):
        return self.context.database.decode()


cdef NodePtr compile_node(e) except *:
    cdef NodePtr n
    cdef Batch literal
    if isinstance(e, spec.Col):
        n = new_node(OP_COLUMN)
        deref(n).index = e.index
    elif isinstance(e, spec.Lit):
        n = new_node(OP_LITERAL)
        literal = Batch.from_rows((e.type,), ((e.value,),))
        deref(n).literal = constant_of(literal.chunk.columns[0])
    elif isinstance(e, spec.Param):
        n = new_node(OP_PARAM)
        deref(n).index = e.number - 1
    elif isinstance(e, spec.Call) and e.kernel == "misc.try":
        n = new_node(OP_TRY)
    elif isinstance(e, spec.Call):
        address = _KERNELS.get(e.kernel)
        if address is None:
            raise error_classes.InternalError(f"unknown kernel {e.kernel}")
        n = new_node(OP_CALL)
        set_kernel(deref(n), address)
        deref(n).is_volatile = deref(n).changing = e.volatile
        deref(n).options.ints = e.ints
        for text in e.texts:
            deref(n).options.texts.push_back(text.encode())
    elif isinstance(e, spec.And):
        n = new_node(OP_AND)
    elif isinstance(e, spec.Or):
        n = new_node(OP_OR)
    elif isinstance(e, spec.Case):
        n = new_node(OP_CASE)
    elif isinstance(e, spec.Coalesce):
        n = new_node(OP_COALESCE)
    elif isinstance(e, spec.Lambda):
        n = new_node(OP_LAMBDA)
        deref(n).body = compile_node(e.body)
    elif isinstance(e, spec.Let) or isinstance(e, spec.Kept):
        n = new_node(OP_LET if isinstance(e, spec.Let) else OP_KEPT)
        deref(n).index = e.id
    else:
        raise error_classes.InternalError(f"{type(e).__name__} can't be run: it has to be replaced before")
    deref(n).options.result = native_type(e.type)
    for child in spec.children(e):
        deref(n).args.push_back(compile_node(child))
        if deref(deref(n).args.back()).changing:
            deref(n).changing = True
    return n


cdef class Program:
    """A predicate and output expressions, compiled once and run over batches."""

    cdef CompiledProgram program

    def __init__(self, exprs, predicate=None):
        cdef vector[uint8_t] used
        for e in exprs:
            self.program.exprs.push_back(compile_node(e))
            for part in spec.walk(e):
                if isinstance(part, spec.Col):
                    if part.index >= used.size():
                        used.resize(part.index + 1)
                    used[part.index] = 1
        self.program.used = used
        if predicate is not None:
            self.program.predicate = compile_node(predicate)

    def run(self, Batch batch, SessionFacts facts):
        """Rows where the predicate is true, mapped, with their weights; and the row errors or None."""
        cdef ProgramResult result
        try:
            with nogil:
                result = run_program(self.program, batch.chunk, facts.context)
        except ValueError as failure:  # std::length_error: a column past 2 GiB
            raise error_classes.UserError(str(failure), "54000") from None
        return Batch.wrap(result.rows), Batch.wrap(result.errors) if result.errors.length else None


def evaluate(expr, SessionFacts facts):
    """A constant expression's value (`Batch.from_rows` form); a row error is raised as RowError."""
    rows, failures = Program((expr,)).run(Batch.unit(1), facts)
    if failures is not None:
        _, sqlstate, message = failures.to_rows()[0]
        raise error_classes.RowError(message, sqlstate)
    return rows.cell(0, 0)
