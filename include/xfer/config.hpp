// The version of xfer and the one switch between header-only and compiled use.
#pragma once

// Asio asks for what the standard library can do by macros that only the library's own
// headers define, and lays out its memory accordingly: one of them has to come first.
#include <cstddef>

/// Rises when what worked may break (semantic versioning); before 1.0 the minor does.
#define XFER_VERSION_MAJOR 0
/// Rises with what is new.
#define XFER_VERSION_MINOR 1
/// Rises with what is mended.
#define XFER_VERSION_PATCH 0
/// The version as one comparable number: 0.1.0 is 100.
#define XFER_VERSION \
    (XFER_VERSION_MAJOR * 10000 + XFER_VERSION_MINOR * 100 + XFER_VERSION_PATCH)
/// The version as text; CMake and the packages read it here.
#define XFER_VERSION_STRING "0.1.0"

// What belongs to another version, to another set of optional libraries, or to the
// other way of compiling, has other names: a program whose files disagree does not
// link. Say xfer:: all the same.
#ifndef XFER_HAS_PSL
/// The part of the namespace that says that libpsl is used; empty without it.
#define XFER_NAMESPACE_PSL
#else
#define XFER_NAMESPACE_PSL ::inline with_psl
#endif
#ifndef XFER_HAS_IDN2
/// The part of the namespace that says that libidn2 is used; empty without it.
#define XFER_NAMESPACE_IDN2
#else
#define XFER_NAMESPACE_IDN2 ::inline with_idn2
#endif
#ifndef XFER_HAS_ZLIB
/// The part of the namespace that says that zlib is used; empty without it.
#define XFER_NAMESPACE_ZLIB
#else
#define XFER_NAMESPACE_ZLIB ::inline with_zlib
#endif
#ifndef XFER_HAS_BROTLI
/// The part of the namespace that says that brotli is used; empty without it.
#define XFER_NAMESPACE_BROTLI
#else
#define XFER_NAMESPACE_BROTLI ::inline with_brotli
#endif
#ifndef XFER_HAS_ZSTD
/// The part of the namespace that says that zstd is used; empty without it.
#define XFER_NAMESPACE_ZSTD
#else
#define XFER_NAMESPACE_ZSTD ::inline with_zstd
#endif
/// The part of the namespace that tells the optional libraries.
#define XFER_NAMESPACE_OPTIONS \
    XFER_NAMESPACE_PSL         \
    XFER_NAMESPACE_IDN2        \
    XFER_NAMESPACE_ZLIB        \
    XFER_NAMESPACE_BROTLI      \
    XFER_NAMESPACE_ZSTD

#ifdef XFER_SEPARATE_COMPILATION
/// Before each function whose body is no template: inline, or nothing in compiled mode.
#define XFER_DECL
/// The namespace of the version, of the options and of the way of compiling; users say
/// xfer.
#define XFER_NAMESPACE xfer::inline v0_1_compiled XFER_NAMESPACE_OPTIONS
#else
#define XFER_DECL inline
#define XFER_NAMESPACE xfer::inline v0_1 XFER_NAMESPACE_OPTIONS
#endif
