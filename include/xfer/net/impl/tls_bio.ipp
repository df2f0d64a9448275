// The functions behind the BIO: a read and a write of the lower transport each.
#pragma once

#include <xfer/net/tls_bio.hpp>

#include <openssl/err.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <span>

namespace XFER_NAMESPACE::net {
namespace tls_detail {

inline tls_bio& state_of(BIO* bio) noexcept {
    return *static_cast<tls_bio*>(BIO_get_data(bio));
}

/// A lower transport that is TLS, too, empties the queue of errors, in which OpenSSL
/// may have put why it writes an alert.
class kept_error {
 public:
    kept_error() noexcept : code_(ERR_peek_error()) {}
    kept_error(const kept_error&) = delete;
    kept_error& operator=(const kept_error&) = delete;
    ~kept_error() {
        if (code_ != 0 && ERR_peek_error() == 0) {
            ERR_raise(ERR_GET_LIB(code_), ERR_GET_REASON(code_));
        }
    }

 private:
    unsigned long code_;
};

inline int bio_read(BIO* bio, char* to, int size) noexcept {
    return state_of(bio).read(bio, to, size);
}

inline int bio_write(BIO* bio, const char* from, int size) noexcept {
    return state_of(bio).write(bio, from, size);
}

inline long bio_control(BIO* bio, int command, long, void*) noexcept {
    switch (command) {
        case BIO_CTRL_FLUSH:
            return 1;  // nothing is kept back
        case BIO_CTRL_EOF:
            return state_of(bio).end_of_stream ? 1 : 0;
        default:
            return 0;
    }
}

}  // namespace tls_detail

XFER_DECL bio_method_ptr tls_bio::method() {
    bio_method_ptr method(BIO_meth_new(BIO_TYPE_SOURCE_SINK, "xfer transport"));
    bool good = method && BIO_meth_set_read(method.get(), tls_detail::bio_read) == 1 &&
                BIO_meth_set_write(method.get(), tls_detail::bio_write) == 1 &&
                BIO_meth_set_ctrl(method.get(), tls_detail::bio_control) == 1;
    if (!good) throw std::bad_alloc();
    return method;
}

XFER_DECL bio_ptr tls_bio::make(const BIO_METHOD* method) {
    bio_ptr bio(BIO_new(method));
    if (!bio) throw std::bad_alloc();
    BIO_set_data(bio.get(), this);
    BIO_set_init(bio.get(), 1);
    return bio;
}

XFER_DECL int tls_bio::read(BIO* bio, char* to, int size) noexcept {
    BIO_clear_retry_flags(bio);
    if (size <= 0) return 0;
    if (end_of_stream) return 0;
    if (allowance == 0) {
        read_error = std::make_error_code(std::errc::protocol_error);
        return -1;
    }
    std::error_code ec;
    std::size_t n = 0;
    try {
        n = lower->try_read(std::span(to, static_cast<std::size_t>(size)), ec);
    } catch (...) {  // no exception may cross OpenSSL's C
        ec = std::make_error_code(std::errc::not_enough_memory);
    }
    drained = n < static_cast<std::size_t>(size);
    if (n > 0) {
        if (allowance != no_limit) allowance -= std::min(n, allowance);
        auto more = std::min(n, first_.size() - first_size_);
        std::memcpy(first_.data() + first_size_, to, more);
        first_size_ = static_cast<std::uint8_t>(first_size_ + more);
        return static_cast<int>(n);
    }
    if (!ec) {
        end_of_stream = true;
        return 0;
    }
    if (ec == std::errc::operation_would_block) {
        BIO_set_retry_read(bio);
    } else {
        read_error = ec;
    }
    return -1;
}

XFER_DECL int tls_bio::write(BIO* bio, const char* from, int size) noexcept {
    BIO_clear_retry_flags(bio);
    if (size <= 0) return 0;
    std::string_view piece(from, static_cast<std::size_t>(size));
    std::error_code ec;
    std::size_t n = 0;
    const tls_detail::kept_error kept;
    try {
        n = lower->try_write(std::span(&piece, 1), ec);
    } catch (...) {  // no exception may cross OpenSSL's C
        ec = std::make_error_code(std::errc::not_enough_memory);
    }
    if (n > 0) return static_cast<int>(n);
    if (!ec || ec == std::errc::operation_would_block) {
        BIO_set_retry_write(bio);
    } else {
        write_error = ec;
    }
    return -1;
}

}  // namespace XFER_NAMESPACE::net
