"""How a part is compiled, a function that only other compiled functions call: to LLVM code, and no further.

Numba optimises each function, makes machine code of it, and then links its LLVM code into that of its callers, where it
is optimised again: a chain of six calls is optimised six times. A part is written out as it is, and its callers' passes
do the rest. That saves a third of the time that the first run ever spends compiling, and the code that comes out is as
fast.

This goes through numba's way of customising its compiler (`pipeline_class`) down to its code libraries, which are not a
public interface. It is done only with versions that were tried; others compile parts like any function.
"""

from importlib import import_module
from typing import Any, Literal

import numba
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import register_pass
from numba.core.typed_passes import NativeLowering

_dynfunc: Any = import_module("numba._dynfunc")  # in C: type checkers do not see it

FIRST_TRIED, LAST_TRIED = (0, 61), (0, 68)


def options() -> dict[str, Any]:
    """Return what `numba.njit` is told about a part."""
    wrapperless = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    version = tuple(int(number) for number in numba.__version__.split(".")[:2])
    return wrapperless | ({"pipeline_class": _PartCompiler} if FIRST_TRIED <= version <= LAST_TRIED else {})


class _PartLibrary(JITCodeLibrary):
    """LLVM code for others to link in."""

    def _optimize_final_module(self) -> None:
        """Leave the code as it is."""

    def _finalize_final_module(self) -> None:
        """Keep it from the execution engine, which would make machine code of it."""
        self._finalize_dynamic_globals()
        self._finalized = True


@register_pass(mutates_CFG=True, analysis_only=False)
class _PartLowering(NativeLowering):
    """Writes a part's LLVM code, and tells numba that it can be called."""

    _name = "part_lowering"

    def run_pass(self, state: Any) -> Literal[True]:
        state.library = library = _PartLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
        library.enable_object_caching()
        state.flags.no_compile = True
        super().run_pass(state)
        lowered = state["cr"]
        described = lowered.fndesc
        key = _dynfunc.make_function(  # stands for the function in numba's registries, and cannot be called from Python
            described.lookup_module(), described.qualname, "a part", 0, lowered.env, (library,)
        )
        state.targetctx.insert_user_function(key, described, [library])
        state["cr"] = lowered._replace(cfunc=key)
        return True


class _PartCompiler(CompilerBase):
    """Numba's own pipeline except for its last step."""

    def define_pipelines(self) -> list[Any]:
        pipeline = DefaultPassBuilder.define_nopython_pipeline(self.state)
        pipeline.add_pass_after(_PartLowering, NativeLowering)
        pipeline.passes = [entry for entry in pipeline.passes if entry[0] is not NativeLowering]
        pipeline.finalize()
        return [pipeline]
