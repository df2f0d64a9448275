# Builds xfer from the checkout that this port lies in, or from the one that XFER_SOURCE
# names (VCPKG_KEEP_ENV_VARS=XFER_SOURCE lets vcpkg pass it on).
if(DEFINED ENV{XFER_SOURCE})
    set(SOURCE_PATH "$ENV{XFER_SOURCE}")
else()
    get_filename_component(SOURCE_PATH "${CMAKE_CURRENT_LIST_DIR}/../../../.." ABSOLUTE)
endif()

vcpkg_check_features(OUT_FEATURE_OPTIONS FEATURE_OPTIONS
    FEATURES compiled XFER_BUILD_COMPILED)
if(NOT "compiled" IN_LIST FEATURES)
    # Headers are the same for debug and release.
    set(VCPKG_BUILD_TYPE release)
endif()

vcpkg_cmake_configure(
    SOURCE_PATH "${SOURCE_PATH}"
    OPTIONS
        ${FEATURE_OPTIONS}
        -DXFER_BUILD_TESTS=OFF
        -DXFER_BUILD_EXAMPLES=OFF
        -DXFER_BUILD_DOCS=OFF
        # The port names none of these libraries, so none may be picked up.
        -DXFER_WITH_ZLIB=OFF
        -DXFER_WITH_BROTLI=OFF
        -DXFER_WITH_ZSTD=OFF
        -DXFER_WITH_IDN2=OFF
        -DXFER_WITH_PSL=OFF
)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(PACKAGE_NAME xfer CONFIG_PATH lib/cmake/xfer)
# Asio lies beside xfer in vcpkg's tree, wherever it was when this was built.
file(GLOB_RECURSE pkgconfig_files "${CURRENT_PACKAGES_DIR}/*.pc")
foreach(file IN LISTS pkgconfig_files)
    file(READ "${file}" text)
    string(REGEX REPLACE " -isystem [^ ]+" "" text "${text}")
    file(WRITE "${file}" "${text}")
endforeach()
vcpkg_fixup_pkgconfig()

file(REMOVE_RECURSE
    "${CURRENT_PACKAGES_DIR}/debug/include"
    "${CURRENT_PACKAGES_DIR}/debug/share"
    "${CURRENT_PACKAGES_DIR}/share/doc"
)
file(INSTALL "${CMAKE_CURRENT_LIST_DIR}/usage" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
