// Content-Disposition and Link, and the names that become files.
#include "fuzz/input.hpp"
#include "fuzz/targets.hpp"
#include <xfer/content_disposition.hpp>
#include <xfer/detail/octets.hpp>
#include <xfer/fields.hpp>
#include <xfer/link.hpp>

#include <string>

namespace fuzz {
namespace {

using xfer::detail::is_field_value;
using xfer::detail::is_token;

std::string quoted(std::string_view value) {
    std::string out = "\"";
    for (const char c : value) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + "\"";
}

/// A name that was made safe is a name of one file in one folder, wherever that is.
void check_name(const std::string& name) {
    constexpr std::size_t most = 255;
    require(name.size() <= most, "a name is not too long");
    require(
        name.find_first_of("/\\<>:\"|?*") == name.npos, "a name without special marks"
    );
    for (const char c : name) {
        require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f, "no control octet");
    }
    require(!name.starts_with('.') && !name.starts_with(' '), "how a name begins");
    require(!name.ends_with('.') && !name.ends_with(' '), "how a name ends");
    require_same(xfer::safe_filename(name), name, "a safe name stays what it is");
}

void check_disposition(std::string_view value) {
    const auto read = xfer::parse_content_disposition(value);
    if (!read) return;
    require(is_token(read->type), "a type is a token");
    if (!read->filename) return;
    check_name(xfer::safe_filename(*read->filename));
    // Behind filename* there may be any octets.
    if (!is_field_value(*read->filename)) return;
    const std::string again = read->type + "; filename=" + quoted(*read->filename);
    const auto same = xfer::parse_content_disposition(again);
    require(same && same->type == read->type, "what was written can be read");
    require_same(same->filename.value_or("(none)"), *read->filename, "a file name");
}

std::string written(const std::vector<xfer::link>& links) {
    std::string out;
    for (const auto& one : links) {
        if (!out.empty()) out += ", ";
        out.append("<").append(one.target).append(">");
        for (const auto& [name, value] : one.parameters) {
            out.append("; ").append(name).append("=").append(quoted(value));
        }
    }
    return out;
}

void check_links(const xfer::fields& response) {
    const auto links = xfer::parse_links(response);
    constexpr std::size_t most = 1000;
    require(links.size() <= most, "not too many links");
    bool has_next = false;
    for (const auto& one : links) {
        require(one.target.find('>') == one.target.npos, "where a target ends");
        has_next = has_next || one.has_relation("next");
        for (const auto& [name, value] : one.parameters) {
            require(is_token(name) && is_field_value(value), "a parameter");
            require(one.parameter(name) == value, "no name comes twice");
        }
    }
    require(xfer::find_link(response, "next").has_value() == has_next, "the next page");
    if (links.empty()) return;
    const std::string line = written(links);
    xfer::fields again;
    again.add("Link", line);
    require_same(written(xfer::parse_links(again)), line, "links, written and read");
}

}  // namespace

void response_fields(std::string_view given) {
    input in(given);
    const octets path = in.line();
    const octets disposition = in.line();
    xfer::fields response;
    response.add("Content-Disposition", disposition.view());
    while (in.has_lines()) response.add("Link", in.line().view());
    check_disposition(disposition.view());
    check_name(xfer::safe_filename(disposition.view()));
    check_name(xfer::safe_filename(path.view()));
    check_name(xfer::suggested_filename(response, path.view()));
    check_links(response);
}

}  // namespace fuzz
