// Dates, ranges, lengths and codecs: texts that are read as one value.
#include "fuzz/input.hpp"
#include "fuzz/targets.hpp"
#include <xfer/ip_address.hpp>
#include <xfer/proto/base64.hpp>
#include <xfer/proto/checked.hpp>
#include <xfer/proto/cookie_date.hpp>
#include <xfer/proto/date.hpp>
#include <xfer/proto/framing.hpp>
#include <xfer/proto/percent.hpp>
#include <xfer/proto/range.hpp>

#include <chrono>
#include <string>

namespace fuzz {
namespace {

using namespace std::chrono_literals;
using namespace xfer::proto;
using xfer::ip_address;

constexpr std::chrono::sys_seconds now{1'700'000'000s};
constexpr std::chrono::sys_days first_cookie_date{std::chrono::year{1601} / 1 / 1};

void check_dates(std::string_view text) {
    if (const auto date = parse_http_date(text, now)) {
        const std::string written = format_http_date(*date);
        if (!written.empty()) {
            require(parse_http_date(written, now) == date, "a date, written and read");
            require(
                parse_cookie_date(written) == date || *date < first_cookie_date,
                "a date of HTTP is one of cookies"
            );
        }
    }
    if (const auto date = parse_cookie_date(text)) {
        const std::string written = format_http_date(*date);
        require(
            parse_cookie_date(written) == date, "a cookie's date, written and read"
        );
    }
}

void check_numbers(std::string_view text) {
    if (const auto length = parse_content_length(text)) {
        require(*length <= max_length, "a length below 2^63");
        require(parse_content_length(std::to_string(*length)) == length, "a length");
    }
    if (const auto number = parse_decimal(text)) {
        require(parse_content_length(text) == number, "a number is a length");
    }
    if (const auto number = parse_hex(text)) require(*number <= max_length, "2^63");
    const auto range = parse_content_range(text);
    if (!range) return;
    require(range->first.has_value() == range->last.has_value(), "both or none");
    if (range->first) require(*range->first <= *range->last, "a range goes upwards");
    if (range->last) require(*range->last <= max_length, "a place below 2^63");
    if (range->last && range->complete) {
        require(*range->last < *range->complete, "a range lies in the whole");
    }
}

void check_codecs(std::string_view text) {
    require(base64_decode(base64_encode(text)) == text, "base64, and back");
    if (const auto octets = base64_decode(text)) {
        require_same(base64_encode(*octets), text, "one text for each value");
    }
    const std::string encoded = percent_encode(text);
    require(percent_decode(encoded) == text, "percent-encoded, and back");
    std::string form;
    append_form_encoded(form, text);
    require_same(form_decode(form), text, "as in a form, and back");
    if (const auto octets = percent_decode(text)) {
        require(octets->size() <= text.size(), "nothing becomes longer");
    }
}

}  // namespace

void small_texts(std::string_view given) {
    input in(given);
    const octets held = in.rest();
    const std::string_view text = held.view();
    check_dates(text);
    check_numbers(text);
    check_codecs(text);
    static_cast<void>(is_range_set(text));
    if (const auto address = ip_address::parse(text)) {
        require(ip_address::parse(address->str()) == address, "an address, as text");
        if (address->is_v4()) require_same(address->str(), text, "one form of IPv4");
    }
}

}  // namespace fuzz
