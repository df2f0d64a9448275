// Digest answers are verified by a second implementation, boundaries are found where
// they are said.
#include "chance.hpp"

#include "place.hpp"

#include <openssl/evp.h>
#include <stdlib.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <sstream>
#include <string_view>
#include <vector>

namespace differential {

namespace {

/// RFC 7616 3.2: the hash of that name, in hexadecimal.
std::string hashed(std::string_view algorithm, const std::string& text) {
    const auto* md = EVP_md5();
    if (algorithm.starts_with("SHA-256")) md = EVP_sha256();
    if (algorithm.starts_with("SHA-512-256")) md = EVP_sha512_256();
    std::array<unsigned char, EVP_MAX_MD_SIZE> octets{};
    unsigned size = 0;
    EVP_Digest(text.data(), text.size(), octets.data(), &size, md, nullptr);
    std::string out;
    for (std::size_t i = 0; i < size; ++i) {
        constexpr std::string_view digits = "0123456789abcdef";
        out += digits[octets[i] >> 4U];
        out += digits[octets[i] & 15U];
    }
    return out;
}

/// The value of a parameter, its quotes taken off.
std::string parameter(std::string_view line, std::string_view name) {
    const auto mark = ' ' + std::string(name) + '=';
    const auto at = line.find(mark);
    if (at == std::string_view::npos) return {};
    line.remove_prefix(at + mark.size());
    if (!line.starts_with('"')) return std::string(line.substr(0, line.find(',')));
    std::string value;
    for (std::size_t i = 1; i < line.size() && line[i] != '"'; ++i) {
        if (line[i] == '\\') ++i;
        value += line[i];
    }
    return value;
}

/// RFC 7616 3.4: the response that belongs into the line.
std::string right_response(
    std::string_view line, const std::string& method, const std::string& body
) {
    const auto value = [line](std::string_view name) { return parameter(line, name); };
    const auto algorithm = value("algorithm");
    const auto hash = [&](const std::string& text) { return hashed(algorithm, text); };
    const auto nonce = value("nonce");
    const auto cnonce = value("cnonce");
    const auto qop = value("qop");
    const auto realm = value("realm");
    auto first = hash(std::string(digest_user) + ':' + realm + ':' + digest_password);
    if (algorithm.ends_with("-sess")) first = hash(first + ':' + nonce + ':' + cnonce);
    auto what = method + ':' + value("uri");
    if (qop == "auth-int") what += ':' + hash(body);
    const auto second = hash(what);
    if (qop.empty()) return hash(first + ':' + nonce + ':' + second);
    return hash(
        first + ':' + nonce + ':' + value("nc") + ':' + cnonce + ':' + qop + ':' +
        second
    );
}

void set_parameter(std::string& line, const std::string& name, std::string_view by) {
    const auto mark = ' ' + name + "=\"";
    const auto at = line.find(mark);
    if (at == std::string::npos) return;
    const auto begin = at + mark.size();
    line.replace(begin, line.find('"', begin) - begin, by);
}

void judge_digests(std::string& request) {
    const auto method = request.substr(0, request.find(' '));
    const auto head_end = request.find("\r\n\r\n");
    const auto body =
        head_end == std::string::npos ? std::string() : request.substr(head_end + 4);
    constexpr std::string_view mark = "uthorization: Digest ";
    for (auto at = request.find(mark); at != std::string::npos;
         at = request.find(mark, at + mark.size())) {
        const auto size = request.find("\r\n", at) - at;
        auto line = request.substr(at, size);
        const bool right =
            parameter(line, "response") == right_response(line, method, body);
        set_parameter(line, "response", right ? "right" : "wrong");
        set_parameter(line, "cnonce", "<cnonce>");
        request.replace(at, size, line);
    }
}

/// The request with its body put together from the chunks.
std::string without_chunks(const std::string& request) {
    auto at = request.find("\r\n\r\n") + 4;
    auto out = request.substr(0, at);
    while (at < request.size()) {
        const auto size = std::stoul(request.substr(at), nullptr, 16);
        at = request.find("\r\n", at) + 2;
        out += request.substr(at, size);
        at += size + 2;
    }
    return out;
}

void name_boundary(std::string& request) {
    constexpr std::string_view mark = "boundary=";
    const auto at = request.find(mark);
    if (at == std::string::npos || at > request.find("\r\n\r\n")) return;
    const auto begin = at + mark.size();
    const auto boundary = request.substr(begin, request.find("\r\n", begin) - begin);
    if (request.find("\r\nTransfer-Encoding: chunked\r\n") < request.find("\r\n\r\n")) {
        request = without_chunks(request);
    }
    const auto before = request.size();
    request = replaced(request, boundary, "<boundary>");
    constexpr std::string_view length = "\r\nContent-Length: ";
    const auto said = request.find(length);
    if (said == std::string::npos || said > request.find("\r\n\r\n")) return;
    const auto digits = said + length.size();
    const auto size = std::stoul(request.substr(digits));
    // That of the head is no part of it.
    const auto saved = before - request.size() + std::string_view("<boundary>").size() -
                       boundary.size();
    request.replace(
        digits, request.find("\r\n", digits) - digits, std::to_string(size - saved)
    );
}

}  // namespace

std::string without_chance(std::string request) {
    judge_digests(request);
    name_boundary(request);
    return request;
}

std::string readable_socks(const std::string& octets, std::uint16_t port) {
    const std::string on_wire{char(port >> 8U), char(port & 255U)};
    std::string out;
    for (const auto& part : replaced(octets, on_wire, "\n")) {
        constexpr std::string_view digits = "0123456789abcdef";
        const auto c = static_cast<unsigned char>(part);
        if (part == '\n') {
            out += "<port>";
        } else if (std::isprint(c) != 0) {
            out += part;
        } else {
            out.append("\\x").append(1, digits[c >> 4U]).append(1, digits[c & 15U]);
        }
    }
    return out;
}

std::string normal_cookie_file(
    const std::string& text, std::chrono::system_clock::time_point now
) {
    const auto base = std::chrono::system_clock::to_time_t(now);
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        const bool is_comment = line.starts_with('#');
        if (line.empty() || (is_comment && !line.starts_with("#HttpOnly_"))) continue;
        std::istringstream columns(line);
        std::string normal;
        int number = 0;
        for (std::string column; std::getline(columns, column, '\t'); ++number) {
            // A date of the script's is at midnight, and stays as it is.
            if (number == 4 && std::stoll(column) % (24 * 60 * 60) != 0) {
                const auto left = std::stoll(column) - base;
                column = "in " + std::to_string((left + 5) / 10 * 10) + " s";
            }
            normal += column + ' ';
        }
        lines.push_back(std::move(normal));
    }
    std::ranges::sort(lines);
    std::string out;
    for (const auto& line : lines) out += line + '\n';
    return out;
}

}  // namespace differential
