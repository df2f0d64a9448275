"""The recipe for Conan 2: headers alone, or with header_only=False the compiled library too."""
import os
import re

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load, rmdir


class XferConan(ConanFile):
    name = "xfer"
    description = "Coroutine transfers on standalone Asio: libcurl's multi interface in C++20"
    license = "BSL-1.0"
    topics = ("http", "https", "asio", "coroutines", "header-only")
    settings = "os", "arch", "compiler", "build_type"
    options = {"header_only": [True, False], "fPIC": [True, False]}
    default_options = {"header_only": True, "fPIC": True}
    exports = "include/xfer/config.hpp"
    exports_sources = "CMakeLists.txt", "LICENSE", "include/*", "cmake/*"

    def set_version(self):
        config = load(self, os.path.join(self.recipe_folder, "include/xfer/config.hpp"))
        self.version = re.search(r'XFER_VERSION_STRING "([0-9.]+)"', config).group(1)

    def configure(self):
        if self.options.header_only:
            self.options.rm_safe("fPIC")

    def layout(self):
        cmake_layout(self)

    def requirements(self):
        self.requires("asio/[>=1.22]", transitive_headers=True)
        self.requires("openssl/[>=3.0]", transitive_headers=True, transitive_libs=True)

    def validate(self):
        check_min_cppstd(self, 20)

    def package_id(self):
        if self.info.options.header_only:
            self.info.clear()

    def generate(self):
        CMakeDeps(self).generate()
        toolchain = CMakeToolchain(self)
        asio = self.dependencies["asio"].cpp_info.aggregated_components().includedirs[0]
        toolchain.cache_variables["XFER_ASIO_INCLUDE_DIR"] = asio
        toolchain.cache_variables["XFER_BUILD_COMPILED"] = not self.options.header_only
        for what in ("TESTS", "EXAMPLES", "DOCS"):
            toolchain.cache_variables[f"XFER_BUILD_{what}"] = False
        # The recipe names none of these libraries, so none may be picked up.
        for what in ("ZLIB", "BROTLI", "ZSTD", "IDN2", "PSL"):
            toolchain.cache_variables[f"XFER_WITH_{what}"] = False
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        CMake(self).install()
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        # Conan makes the files for CMake and pkg-config itself, from package_info.
        for folder in ("lib/cmake", "lib/pkgconfig", "share"):
            rmdir(self, os.path.join(self.package_folder, folder))

    def package_info(self):
        headers = self.cpp_info.components["headers"]
        headers.set_property("cmake_target_name", "xfer::xfer")
        headers.set_property("pkg_config_name", "xfer")
        headers.requires = ["asio::asio", "openssl::ssl", "openssl::crypto"]
        headers.bindirs = []
        headers.libdirs = []
        # What cmake/FindAsio.cmake gives to users of CMake.
        headers.defines = ["ASIO_STANDALONE", "ASIO_NO_DEPRECATED"]
        if self.settings.get_safe("os") == "Linux":
            headers.defines.append("ASIO_HAS_STD_ALIGNED_ALLOC=1")
            headers.system_libs = ["pthread"]
        if "clang" in str(self.settings.get_safe("compiler")):
            headers.defines += ["ASIO_HAS_CO_AWAIT=1", "ASIO_HAS_STD_COROUTINE=1"]
        if not self.options.header_only:
            library = self.cpp_info.components["compiled"]
            library.set_property("cmake_target_name", "xfer::compiled")
            library.set_property("pkg_config_name", "xfer-compiled")
            library.requires = ["headers"]
            library.libs = ["xfer"]
            library.defines = ["XFER_SEPARATE_COMPILATION", "ASIO_SEPARATE_COMPILATION"]
