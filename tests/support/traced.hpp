// What a trace was told, written down line by line.
#pragma once

#include <xfer/info.hpp>
#include <xfer/trace.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace support {

/// The steps by their names, each with what belongs to it, but for times.
class traced {
 public:
    struct line {
        xfer::transfer_id id;
        std::uint64_t connection = 0;
        xfer::time_point time;
        std::string text;
    };

    /// For request::on_trace() and settings.trace, which keep copies: all write into
    /// one list.
    void operator()(const xfer::trace_event& e) const {
        std::string text(to_string(e));
        std::visit([&](const auto& step) { describe(text, step); }, e.what);
        lines_->push_back({e.id, e.connection, e.time, text});
    }
    [[nodiscard]] const std::vector<line>& lines() const { return *lines_; }
    [[nodiscard]] std::vector<std::string> texts() const {
        std::vector<std::string> all;
        for (const auto& l : *lines_) all.push_back(l.text);
        return all;
    }
    /// The steps' names alone.
    [[nodiscard]] std::vector<std::string> names() const {
        std::vector<std::string> all;
        for (const auto& l : *lines_) all.push_back(l.text.substr(0, l.text.find(' ')));
        return all;
    }
    /// Everything, to be searched.
    [[nodiscard]] std::string whole() const {
        std::string all;
        for (const auto& l : *lines_) all += l.text + '\n';
        return all;
    }
    void clear() const { lines_->clear(); }

 private:
    static void put(std::string& out, std::string_view text) {
        out.append(" ").append(text);
    }
    static void put(std::string& out, std::uint64_t n) { put(out, std::to_string(n)); }
    static void put(std::string& out, int n) { put(out, std::to_string(n)); }

    template <class Step>
    static void describe(std::string& out, const Step& s) {
        namespace trace = xfer::trace;
        if constexpr (requires { s.status; }) put(out, s.status);
        if constexpr (requires { s.method; }) put(out, s.method);
        if constexpr (requires { s.url; }) put(out, s.url);
        if constexpr (requires { s.host; }) put(out, s.host);
        if constexpr (requires { s.addresses; }) {
            for (const auto& a : s.addresses) put(out, a);
        }
        if constexpr (requires { s.address; }) put(out, s.address);
        if constexpr (requires { s.port; }) put(out, s.port);
        if constexpr (requires { s.facts; }) {
            put(out, s.facts.remote_address);
            put(out, s.facts.remote_port);
        }
        if constexpr (requires { s.requests; }) put(out, s.requests);
        if constexpr (requires { s.name; }) put(out, s.name);
        if constexpr (requires { s.tls; }) {
            put(out, s.tls.version);
            put(out, s.tls.cipher);
            put(out, s.tls.alpn);
        }
        if constexpr (requires { s.text; }) put(out, s.text);
        if constexpr (requires { s.bytes; }) put(out, s.bytes);
        if constexpr (requires { s.peer; }) put(out, s.peer);
        if constexpr (requires { s.scheme; }) put(out, s.scheme);
        if constexpr (requires { s.to; }) put(out, s.to);
        if constexpr (requires { s.cause; }) put(out, s.cause.message());
        if constexpr (requires { s.to_proxy; }) {
            if (s.to_proxy) put(out, "to the proxy");
        }
        if constexpr (requires { s.from_proxy; }) {
            if (s.from_proxy) put(out, "from the proxy");
        }
        if constexpr (std::is_same_v<Step, trace::done>) {
            if (s.ec) put(out, s.ec.message());
            put(out, s.info.bytes_sent);
            put(out, s.info.bytes_received);
        }
    }

    std::shared_ptr<std::vector<line>> lines_ = std::make_shared<std::vector<line>>();
};

}  // namespace support
