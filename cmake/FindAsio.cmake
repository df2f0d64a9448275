# xfer::asio: standalone Asio as xfer needs it. XFER_ASIO_INCLUDE_DIR names another checkout.
find_path(XFER_ASIO_INCLUDE_DIR asio/version.hpp REQUIRED
    DOC "Directory that holds asio/version.hpp (Debian: libasio-dev)")
add_library(xfer::asio INTERFACE IMPORTED GLOBAL)
target_include_directories(xfer::asio SYSTEM INTERFACE ${XFER_ASIO_INCLUDE_DIR})
target_compile_definitions(xfer::asio INTERFACE ASIO_STANDALONE ASIO_NO_DEPRECATED)
if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
    # Asio 1.22 looks for it by a macro that is only there after a standard header, so a
    # file that begins with Asio's would lay memory out in another way than its neighbour.
    target_compile_definitions(xfer::asio INTERFACE ASIO_HAS_STD_ALIGNED_ALLOC=1)
endif()
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    # Asio 1.22 does not turn coroutines on by itself for any clang.
    target_compile_definitions(xfer::asio INTERFACE
        ASIO_HAS_CO_AWAIT=1 ASIO_HAS_STD_COROUTINE=1)
endif()
