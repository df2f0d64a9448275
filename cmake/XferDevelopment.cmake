# What xfer's own tests and examples are built with: warnings, sanitizers, ccache.
find_program(XFER_CCACHE ccache)
if(XFER_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${XFER_CCACHE})
endif()

add_library(xfer_development INTERFACE)
target_link_libraries(xfer_development INTERFACE xfer::xfer)
target_compile_options(xfer_development INTERFACE -Wall -Wextra -Wconversion -Wshadow)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # It sees an overlap in every `text = "literal"` when it optimizes (GCC bug 105651).
    target_compile_options(xfer_development INTERFACE -Wno-restrict)
endif()
if(XFER_WERROR)
    target_compile_options(xfer_development INTERFACE -Werror)
endif()
if(XFER_SANITIZE STREQUAL "address")
    # Without vptr: it opens a pipe for each check, and takes every object for a bad one
    # in the tests that leave the process no descriptor.
    set(sanitizers -fsanitize=address,undefined -fno-sanitize=vptr
        -fno-sanitize-recover=undefined)
    if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
        list(APPEND sanitizers -fno-sanitize=function)
    endif()
elseif(XFER_SANITIZE STREQUAL "thread")
    # Asio's fences are refused by GCC's thread sanitizer as a warning.
    set(sanitizers -fsanitize=thread)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        list(APPEND sanitizers -Wno-tsan)
    endif()
elseif(XFER_SANITIZE STREQUAL "coverage")
    # Counted atomically: the tests have threads.
    set(sanitizers --coverage -fprofile-update=atomic)
elseif(XFER_SANITIZE)
    message(FATAL_ERROR "XFER_SANITIZE is 'address', 'thread', 'coverage' or empty")
endif()
add_library(xfer_sanitizers INTERFACE)
target_compile_options(xfer_sanitizers INTERFACE ${sanitizers} -fno-omit-frame-pointer)
target_link_options(xfer_sanitizers INTERFACE ${sanitizers})
target_link_libraries(xfer_development INTERFACE xfer_sanitizers)
target_compile_definitions(xfer_development INTERFACE
    $<$<NOT:$<CONFIG:Release>>:_GLIBCXX_ASSERTIONS>)

# The files of xfer::compiled, built as strictly as what is developed with them.
add_library(xfer_development_compiled STATIC EXCLUDE_FROM_ALL ${XFER_COMPILED_SOURCES})
target_compile_definitions(xfer_development_compiled PUBLIC ${XFER_COMPILED_DEFINITIONS})
target_link_libraries(xfer_development_compiled PUBLIC xfer_development)
