# Libraries that xfer uses if they are there: XFER_WITH_x says ON, OFF or AUTO. What is
# used is an imported target xfer::x, defines XFER_HAS_x for everyone who uses xfer, and
# is asked for again by the installed package.

# Finds a library by a header and its own name, and makes xfer::x of it; what says how.
function(xfer_import_library name header library)
    string(TOLOWER ${name} target)
    find_path(XFER_${name}_INCLUDE_DIR ${header} DOC "Directory that holds ${header}")
    find_library(XFER_${name}_LIBRARY ${library} DOC "The library ${library}")
    if(XFER_${name}_INCLUDE_DIR AND XFER_${name}_LIBRARY AND NOT TARGET xfer::${target})
        add_library(xfer::${target} INTERFACE IMPORTED GLOBAL)
        target_include_directories(xfer::${target} SYSTEM INTERFACE ${XFER_${name}_INCLUDE_DIR})
        target_link_libraries(xfer::${target} INTERFACE ${XFER_${name}_LIBRARY})
    endif()
endfunction()

# xfer_optional(IDN2 idn2.h idn2 libidn2 "what for"): reads XFER_WITH_IDN2. The third is
# the library's name for the linker, the fourth that for pkg-config.
function(xfer_optional name header library package purpose)
    string(TOLOWER ${name} target)
    set(XFER_WITH_${name} AUTO CACHE STRING "${purpose}: ON, OFF, or AUTO (on if ${package} is found)")
    set_property(CACHE XFER_WITH_${name} PROPERTY STRINGS AUTO ON OFF)
    if(NOT XFER_WITH_${name})
        return()
    endif()
    xfer_import_library(${name} ${header} ${library})
    if(NOT TARGET xfer::${target})
        if(NOT XFER_WITH_${name} STREQUAL "AUTO")
            message(FATAL_ERROR "XFER_WITH_${name} is ${XFER_WITH_${name}}, but ${package} was not found")
        endif()
        return()
    endif()
    target_compile_definitions(xfer INTERFACE XFER_HAS_${name})
    target_link_libraries(xfer INTERFACE xfer::${target})
    # For the installed package and for pkg-config.
    set_property(GLOBAL APPEND_STRING PROPERTY XFER_IMPORTS
        "xfer_import_library(${name} ${header} ${library})\n")
    set_property(GLOBAL APPEND_STRING PROPERTY XFER_PC_REQUIRES ", ${package}")
    set_property(GLOBAL APPEND PROPERTY XFER_PC_FLAGS XFER_HAS_${name})
endfunction()
