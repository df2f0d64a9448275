# The target "docs": the API reference in the build directory, if doxygen is there.
find_package(Doxygen QUIET)
set(XFER_DOCS_DIR ${PROJECT_BINARY_DIR}/docs)
set(XFER_DOXYFILE ${PROJECT_BINARY_DIR}/Doxyfile)
configure_file(${PROJECT_SOURCE_DIR}/docs/Doxyfile.in ${XFER_DOXYFILE} @ONLY)
if(DOXYGEN_FOUND)
    add_custom_target(docs
        COMMAND ${CMAKE_COMMAND} -E make_directory ${XFER_DOCS_DIR}
        COMMAND Doxygen::doxygen ${XFER_DOXYFILE}
        COMMAND ${CMAKE_COMMAND} -E echo "the reference begins at ${XFER_DOCS_DIR}/html/index.html"
        VERBATIM)
endif()
