// gzip and deflate through zlib.
#pragma once

#include <xfer/proto/decoding_stage.hpp>

#ifdef XFER_HAS_ZLIB

#include <zlib.h>

#include <algorithm>
#include <new>

namespace XFER_NAMESPACE::proto {

/// An inflating z_stream, which must not move: zlib keeps its address.
class zlib_stream {
 public:
    zlib_stream() = default;
    zlib_stream(const zlib_stream&) = delete;
    zlib_stream& operator=(const zlib_stream&) = delete;
    ~zlib_stream() {
        if (open_) ::inflateEnd(&z_);
    }

    /// What zlib's windowBits say about the form of the input.
    enum form : int { zlib = 15, raw = -15, gzip = 15 + 16 };

    /// Begins a stream; on an open one, of the same form as before.
    void begin(form f) {
        const int status = open_ ? ::inflateReset(&z_) : ::inflateInit2(&z_, f);
        if (status != Z_OK) throw std::bad_alloc();
        open_ = true;
    }

    /// Octets of this stream that were consumed.
    [[nodiscard]] auto consumed() const noexcept { return z_.total_in; }

    [[nodiscard]] decoding_stage::step inflate(
        std::span<const char> in, std::span<char> out, bool& ended
    ) {
        constexpr std::size_t most = 1U << 20U;  // zlib counts in unsigned int
        in = in.first(std::min(in.size(), most));
        out = out.first(std::min(out.size(), most));
        z_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
        z_.avail_in = static_cast<uInt>(in.size());
        z_.next_out = reinterpret_cast<Bytef*>(out.data());
        z_.avail_out = static_cast<uInt>(out.size());
        const int status = ::inflate(&z_, Z_NO_FLUSH);
        if (status == Z_MEM_ERROR) throw std::bad_alloc();
        decoding_stage::step s;
        s.consumed = in.size() - z_.avail_in;
        s.produced = out.size() - z_.avail_out;
        ended = status == Z_STREAM_END;
        // Z_BUF_ERROR: there was nothing to be done.
        if (status == Z_OK || status == Z_BUF_ERROR) {
            s.more = z_.avail_out == 0;
        } else if (!ended) {
            s.broken = "the deflated body is broken";
        }
        return s;
    }

 private:
    z_stream z_{};
    bool open_ = false;
};

/// Members one after another (RFC 1952 2.2). What follows the last one and does not
/// begin as a member does is not looked at: servers pad with zeros.
class gzip_stage final : public decoding_stage {
 public:
    step decode(std::span<const char> in, std::span<char> out) override {
        constexpr char first_of_magic = '\x1f';
        if (at_ == place::between) {
            if (in.empty()) return {};
            at_ = members_ == 0 || in[0] == first_of_magic ? place::inside
                                                           : place::behind;
            if (at_ == place::inside) stream_.begin(zlib_stream::gzip);
        }
        if (at_ == place::behind) return {.consumed = in.size()};
        bool ended = false;
        auto s = stream_.inflate(in, out, ended);
        if (ended) {
            ++members_;
            at_ = place::between;
        } else if (!s.broken.empty() && members_ > 0 && stream_.consumed() <= 2) {
            // The magic number, which zlib looks at as a whole, was none.
            at_ = place::behind;
            return {.consumed = in.size()};
        }
        return s;
    }

    [[nodiscard]] bool complete() const noexcept override {
        return members_ > 0 && (at_ != place::inside || stream_.consumed() < 2);
    }

 private:
    enum class place : std::uint8_t { between, inside, behind };
    place at_ = place::between;
    std::uint64_t members_ = 0;
    zlib_stream stream_;
};

/// A zlib stream, or a bare deflate stream, which the first two octets decide: those of
/// a zlib header (RFC 1950 2.2) would begin a deflate stream with a stored block whose
/// padding is not zero, which no encoder writes. What follows the stream is not looked
/// at.
class deflate_stage final : public decoding_stage {
 public:
    step decode(std::span<const char> in, std::span<char> out) override {
        std::size_t looked_at = 0;
        while (header_size_ < 2) {
            if (looked_at == in.size()) return {.consumed = looked_at};
            header_[header_size_++] = in[looked_at++];
            if (header_size_ == 2) {
                stream_.begin(is_zlib() ? zlib_stream::zlib : zlib_stream::raw);
            }
        }
        if (ended_) return {.consumed = in.size()};
        if (header_left_ != 0) {
            // What waits is fed first; the rest comes with the next step.
            const auto waiting = std::span(header_).last(header_left_);
            auto s = stream_.inflate(waiting, out, ended_);
            header_left_ -= s.consumed;
            s.consumed = looked_at;
            return s;
        }
        return stream_.inflate(in, out, ended_);
    }

    [[nodiscard]] bool complete() const noexcept override { return ended_; }

 private:
    [[nodiscard]] bool is_zlib() const noexcept {
        const auto cmf = static_cast<unsigned char>(header_[0]);
        const auto flags = static_cast<unsigned char>(header_[1]);
        return (cmf & 15U) == 8 && cmf >> 4U <= 7 && (cmf * 256U + flags) % 31 == 0;
    }

    std::array<char, 2> header_{};
    std::size_t header_size_ = 0;
    std::size_t header_left_ = 2;
    bool ended_ = false;
    zlib_stream stream_;
};

}  // namespace XFER_NAMESPACE::proto

#endif
