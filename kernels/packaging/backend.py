"""In-tree build backend: setuptools plus one extension per `.pyx` under `kernels/` and `pgwire/`.

The repository root is the package `sabot`, whatever the checkout is called. Cython and mypy need to
see it under that name, so `build/pkg/sabot/` is made of one link per package folder before a build.
"""

import os
import re
import sys
from pathlib import Path

from setuptools import Extension, build_meta
from setuptools.build_meta import *  # noqa: F403  (a backend re-exports the hooks it does not change)

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("kernels", "planner", "executor", "storage", "pgwire", "server")
INCLUDE = re.compile(r'^\s*(?:#\s*include|cdef extern from)\s+"([^"]+)"', re.M)
CIMPORT = re.compile(r"^\s*from\s+sabot\.([\w.]+)\s+cimport", re.M)


def link_view() -> Path:
    """Make `build/pkg/sabot/<folder>` links and return `build/pkg`."""
    view = ROOT / "build" / "pkg"
    package = view / "sabot"
    package.mkdir(parents=True, exist_ok=True)
    for name in (*PACKAGES, "__init__.py"):
        link, target = package / name, ROOT / name
        if target.exists() and not link.exists():
            link.unlink(missing_ok=True)
            link.symlink_to(os.path.relpath(target, package))
    return view


def packages() -> list[str]:
    """Every importable folder, as dotted names below `sabot`."""
    found = ["sabot"]
    for top in PACKAGES:
        for init in sorted((ROOT / top).rglob("__init__.py")):
            found.append("sabot." + ".".join(init.parent.relative_to(ROOT).parts))
    return found


def headers_of(source: Path) -> list[str]:
    """Headers and `.pxd` files that `source` depends on, transitively, as paths relative to the root."""
    seen: set[Path] = set()
    todo = [source, source.with_suffix(".pxd")]
    while todo:
        path = todo.pop()
        if not path.exists() or path in seen:
            continue
        seen.add(path)
        text = path.read_text()
        for name in INCLUDE.findall(text):
            todo += [ROOT / "kernels" / "cpp" / name, ROOT / "pgwire" / "codecs" / name, path.parent / name]
        for module in CIMPORT.findall(text):
            todo.append(ROOT / (module.replace(".", "/") + ".pxd"))
    return sorted(str(p.relative_to(ROOT)) for p in seen if p != source)


def extensions(only: set[str] | None = None) -> list[Extension]:
    """Cythonized extensions; `only` names module stems to build."""
    from Cython.Build import cythonize

    view = link_view()
    debug = os.environ.get("SABOT_DEBUG_KERNELS") == "1"
    flags = ["-std=c++20", "-O0" if debug else "-O2", "-g1" if debug else "-g0", "-fvisibility=hidden", "-Wno-unused-function"]
    if debug:
        flags += ["-D_GLIBCXX_ASSERTIONS"]
    found = []
    for top in ("kernels", "pgwire"):
        for source in sorted((ROOT / top).rglob("*.pyx")):
            relative = source.relative_to(ROOT)
            if only and source.stem not in only:
                continue
            found.append(
                Extension(
                    "sabot." + ".".join(relative.with_suffix("").parts),
                    [str(Path("build/pkg/sabot") / relative)],
                    include_dirs=["build/pkg", "kernels/cpp", "pgwire/codecs"],
                    depends=headers_of(source),
                    language="c++",
                    extra_compile_args=flags,
                )
            )
    directives = {"language_level": 3, "boundscheck": debug, "wraparound": False, "freethreading_compatible": False}
    return cythonize(found, include_path=[str(view)], compiler_directives=directives, build_dir="build/cython")


def _distribution_arguments() -> dict:
    return {
        "packages": packages(),
        "package_dir": {"sabot": "."},
        "options": {"build_ext": {"parallel": os.cpu_count() or 1}},
        "ext_modules": extensions(),
        "package_data": {
            "sabot": [
                "kernels/**/*.pxd", "kernels/**/*.pyi", "kernels/cpp/*.hpp", "server/**/*.sql",
                "pgwire/**/*.pxd", "pgwire/**/*.pyi", "pgwire/codecs/*.hpp",
            ]
        },
    }


class _Patched:
    """Give `setup()` the computed arguments while a hook runs."""

    def __enter__(self) -> None:
        import setuptools

        os.chdir(ROOT)
        self._setup = setuptools.setup
        extra = _distribution_arguments()
        setuptools.setup = lambda **kw: self._setup(**{**extra, **kw})
        sys.argv[0:1] = ["setup.py"]

    def __exit__(self, *error: object) -> None:
        import setuptools

        setuptools.setup = self._setup


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    with _Patched():
        return build_meta.build_wheel(wheel_directory, config_settings, metadata_directory)


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    with _Patched():
        return build_meta.build_editable(wheel_directory, config_settings, metadata_directory)


def build_sdist(sdist_directory, config_settings=None):
    with _Patched():
        return build_meta.build_sdist(sdist_directory, config_settings)


def main() -> None:
    """`python kernels/packaging/backend.py [stem …]`: build the extensions in place."""
    import setuptools

    os.chdir(ROOT)
    only = set(sys.argv[1:]) or None
    sys.argv = ["setup.py", "-q", "build_ext", "--inplace", f"-j{os.cpu_count() or 1}"]
    setuptools.setup(
        name="sabot", packages=packages(), package_dir={"sabot": "."}, ext_modules=extensions(only)
    )


if __name__ == "__main__":
    main()
