// -V, and the names that the tool goes by.
#include "texts/texts.hpp"
#include <xfer/config.hpp>

#include <asio/version.hpp>
#include <openssl/crypto.h>
#ifdef XFER_HAS_ZLIB
#include <zlib.h>
#endif
#ifdef XFER_HAS_BROTLI
#include <brotli/decode.h>
#endif
#ifdef XFER_HAS_ZSTD
#include <zstd.h>
#endif
#ifdef XFER_HAS_IDN2
#include <idn2.h>
#endif
#ifdef XFER_HAS_PSL
#include <libpsl.h>
#endif

#include <cstdint>

namespace tool {

namespace {

/// Whose options and habits the tool has; said only under curl's name.
constexpr std::string_view curl_version = "8.16.0";
constexpr std::string_view curl_release_date = "2025-09-10";
/// This version's day, "[unreleased]" until it has one, as CHANGELOG.md has it.
constexpr std::string_view release_date = "[unreleased]";

#if defined(__x86_64__)
constexpr std::string_view machine = "x86_64-pc";
#elif defined(__i386__)
constexpr std::string_view machine = "i686-pc";
#elif defined(__aarch64__)
constexpr std::string_view machine = "aarch64-unknown";
#elif defined(__arm__)
constexpr std::string_view machine = "arm-unknown";
#elif defined(__riscv)
constexpr std::string_view machine = "riscv-unknown";
#elif defined(__powerpc64__)
constexpr std::string_view machine = "powerpc64-unknown";
#elif defined(__s390x__)
constexpr std::string_view machine = "s390x-ibm";
#else
constexpr std::string_view machine = "unknown-unknown";
#endif

#if defined(__linux__) && defined(__GLIBC__)
constexpr std::string_view system_name = "linux-gnu";
#elif defined(__linux__)
constexpr std::string_view system_name = "linux";
#elif defined(__APPLE__)
constexpr std::string_view system_name = "darwin";
#elif defined(__FreeBSD__)
constexpr std::string_view system_name = "freebsd";
#else
constexpr std::string_view system_name = "posix";
#endif

std::string dotted(std::uint32_t major, std::uint32_t minor, std::uint32_t patch) {
    return std::to_string(major) + '.' + std::to_string(minor) + '.' +
           std::to_string(patch);
}

/// What the program runs with, as the libraries themselves say it: shared ones may be
/// newer than those it was built with.
std::string libraries() {
    std::string all = "OpenSSL/";
    all += OpenSSL_version(OPENSSL_VERSION_STRING);
#ifdef XFER_HAS_ZLIB
    all += " zlib/";
    all += zlibVersion();
#endif
#ifdef XFER_HAS_BROTLI
    const std::uint32_t brotli = BrotliDecoderVersion();
    all +=
        " brotli/" + dotted(brotli >> 24U, (brotli >> 12U) & 0xfffU, brotli & 0xfffU);
#endif
#ifdef XFER_HAS_ZSTD
    all += " zstd/";
    all += ZSTD_versionString();
#endif
#ifdef XFER_HAS_IDN2
    all += " libidn2/";
    all += idn2_check_version(nullptr);
#endif
#ifdef XFER_HAS_PSL
    all += " libpsl/";
    all += psl_get_version();
#endif
    constexpr std::uint32_t asio = ASIO_VERSION;
    return all + " asio/" + dotted(asio / 100000, asio / 100 % 1000, asio % 100);
}

/// curl's words for what this build can do, in curl's order.
std::string features() {
    std::string all = "AsynchDNS";
#ifdef XFER_HAS_BROTLI
    all += " brotli";
#endif
    all += " HTTPS-proxy";
#ifdef XFER_HAS_IDN2
    all += " IDN";
#endif
    all += " IPv6 Largefile";
#ifdef XFER_HAS_ZLIB
    all += " libz";
#endif
#ifdef XFER_HAS_PSL
    all += " PSL";
#endif
    all += " SSL threadsafe UnixSockets";
#ifdef XFER_HAS_ZSTD
    all += " zstd";
#endif
    return all;
}

}  // namespace

std::string_view name_of(persona who) noexcept {
    return who == persona::curl ? "curl" : "xfer";
}

std::string user_agent(persona who) {
    std::string agent(name_of(who));
    agent += '/';
    agent += who == persona::curl ? curl_version : XFER_VERSION_STRING;
    return agent;
}

std::string version_text(persona who) {
    const std::string version = user_agent(who).substr(name_of(who).size() + 1);
    std::string text(name_of(who));
    text += ' ' + version + " (";
    text += machine;
    text += '-';
    text += system_name;
    text += ") lib";
    text += user_agent(who) + ' ' + libraries();
    // Who reads the line of a tool called curl is to find out what it is.
    if (who == persona::curl) text += " xfer/" XFER_VERSION_STRING;
    text += "\nRelease-Date: ";
    text += who == persona::curl ? curl_release_date : release_date;
    text += "\nProtocols: http https\nFeatures: ";
    return text + features() + '\n';
}

}  // namespace tool
