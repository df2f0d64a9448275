// What a TLS client offers, read from the bytes of its ClientHello (RFC 8446 4.1.2).
#pragma once

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tls_support {

/// Reads numbers and vectors off the front of a text; throws where it ends too early.
class wire_reader {
 public:
    explicit wire_reader(std::string_view text) : text_(text) {}
    unsigned number(std::size_t octets) {
        unsigned value = 0;
        for (char c : take(octets)) value = value << 8 | static_cast<unsigned char>(c);
        return value;
    }
    std::string_view take(std::size_t size) {
        if (size > text_.size()) throw std::runtime_error("the ClientHello is cut off");
        auto front = text_.substr(0, size);
        text_.remove_prefix(size);
        return front;
    }
    /// A vector after its length.
    std::string_view vector(std::size_t length_octets) {
        return take(number(length_octets));
    }
    bool empty() const { return text_.empty(); }

 private:
    std::string_view text_;
};

inline std::vector<unsigned> numbers(std::string_view text) {
    std::vector<unsigned> all;
    for (wire_reader in(text); !in.empty();) all.push_back(in.number(2));
    return all;
}

struct client_hello {
    unsigned legacy_version = 0;
    std::vector<unsigned> ciphers;  // without the signal of RFC 5746
    std::map<unsigned, std::string> extensions;

    /// From a ClientHello that is in one record.
    explicit client_hello(std::string_view bytes) {
        wire_reader record(bytes);
        if (record.number(1) != 22) throw std::runtime_error("no handshake record");
        record.number(2);
        wire_reader message(record.vector(2));
        if (message.number(1) != 1) throw std::runtime_error("no ClientHello");
        wire_reader hello(message.vector(3));
        legacy_version = hello.number(2);
        hello.take(32);   // random
        hello.vector(1);  // session
        ciphers = numbers(hello.vector(2));
        ciphers.erase(
            std::remove(ciphers.begin(), ciphers.end(), 0x00ffu), ciphers.end()
        );
        hello.vector(1);  // compression
        for (wire_reader all(hello.vector(2)); !all.empty();) {
            auto type = all.number(2);
            extensions[type] = all.vector(2);
        }
    }

    bool has(unsigned type) const { return extensions.count(type) == 1; }
    /// The list in an extension; empty when that is not there.
    std::vector<unsigned> list(unsigned type, std::size_t length_octets = 2) const {
        auto found = extensions.find(type);
        if (found == extensions.end()) return {};
        return numbers(wire_reader(found->second).vector(length_octets));
    }
    std::vector<unsigned> versions() const { return list(43, 1); }
    std::vector<unsigned> groups() const { return list(10); }
    std::vector<unsigned> signatures() const { return list(13); }
};

}  // namespace tls_support
