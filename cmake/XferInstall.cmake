# What `cmake --install` puts where: headers, the CMake package, pkg-config's files, and
# with XFER_BUILD_COMPILED the library.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/xfer)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(TARGETS xfer EXPORT xfer)
if(XFER_BUILD_COMPILED)
    install(TARGETS xfer_compiled EXPORT xfer)
endif()
install(EXPORT xfer NAMESPACE xfer:: FILE xferTargets.cmake DESTINATION ${package})
get_property(XFER_IMPORTS GLOBAL PROPERTY XFER_IMPORTS)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/xferConfig.cmake.in
    ${PROJECT_BINARY_DIR}/xferConfig.cmake INSTALL_DESTINATION ${package})
# Before 1.0 a minor version may break what was.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/xferConfigVersion.cmake
    COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES ${PROJECT_BINARY_DIR}/xferConfig.cmake ${PROJECT_BINARY_DIR}/xferConfigVersion.cmake
    ${CMAKE_CURRENT_LIST_DIR}/FindAsio.cmake ${CMAKE_CURRENT_LIST_DIR}/XferOptional.cmake
    DESTINATION ${package})

# The flags that FindAsio and the optional libraries give to users of CMake.
get_target_property(definitions xfer::asio INTERFACE_COMPILE_DEFINITIONS)
get_property(flags GLOBAL PROPERTY XFER_PC_FLAGS)
get_property(XFER_PC_REQUIRES GLOBAL PROPERTY XFER_PC_REQUIRES)
list(APPEND definitions ${flags})
list(TRANSFORM definitions PREPEND -D)
list(JOIN definitions " " XFER_PC_DEFINITIONS)
# An Asio that no compiler would find by itself, and no other one in its place.
if(NOT XFER_ASIO_INCLUDE_DIR IN_LIST CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES)
    string(APPEND XFER_PC_DEFINITIONS " -isystem ${XFER_ASIO_INCLUDE_DIR}")
endif()
# Relative to the file, so that what is installed can be moved.
file(RELATIVE_PATH XFER_PC_PREFIX /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
set(XFER_PC_NAME xfer)
set(XFER_PC_LIBS "")
configure_file(${CMAKE_CURRENT_LIST_DIR}/xfer.pc.in ${PROJECT_BINARY_DIR}/xfer.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/xfer.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
if(XFER_BUILD_COMPILED)
    list(TRANSFORM XFER_COMPILED_DEFINITIONS PREPEND -D OUTPUT_VARIABLE compiled)
    list(JOIN compiled " " compiled)
    string(APPEND XFER_PC_DEFINITIONS " ${compiled}")
    set(XFER_PC_NAME xfer-compiled)
    set(XFER_PC_LIBS "-L\${libdir} -lxfer ")
    configure_file(${CMAKE_CURRENT_LIST_DIR}/xfer.pc.in ${PROJECT_BINARY_DIR}/xfer-compiled.pc @ONLY)
    install(FILES ${PROJECT_BINARY_DIR}/xfer-compiled.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endif()
