"""Builds and runs a program on the package, as `conan create . --test-folder
packaging/conan/test_package` does at its end."""
import os

from conan import ConanFile
from conan.tools.build import can_run
from conan.tools.cmake import CMake, cmake_layout


class XferTestPackage(ConanFile):
    settings = "os", "arch", "compiler", "build_type"
    generators = "CMakeDeps", "CMakeToolchain"

    def requirements(self):
        self.requires(self.tested_reference_str)

    def layout(self):
        cmake_layout(self)

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def test(self):
        if can_run(self):
            for target in ("xfer", "compiled"):
                program = os.path.join(self.cpp.build.bindir, f"with_{target}")
                if os.path.exists(os.path.join(self.build_folder, program)):
                    self.run(program, env="conanrun")
