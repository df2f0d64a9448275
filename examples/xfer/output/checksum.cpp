// Comparing sums.
#include "output/checksum.hpp"

#include "requests/urls.hpp"

#include <algorithm>
#include <utility>

namespace tool {

namespace {

refusal no_sum() {
    return {
        exit_codes::wrong_sum, "OpenSSL cannot compute a SHA-256 as it is set up here"};
}

bool same_sum(std::string_view a, std::string_view b) noexcept {
    const auto lower = [](char c) {
        return c >= 'A' && c <= 'F' ? static_cast<char>(c + ('a' - 'A')) : c;
    };
    return std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace

void checksum::begin() {
    sum_.reset();
    if (wanted()) {
        sum_.emplace();
    }
}

refusal checksum::add(std::string_view piece) {
    return sum_ && !sum_->add(piece) ? no_sum() : refusal();
}

refusal checksum::compare(const std::string& path) {
    if (!wanted()) {
        return {};
    }
    const auto sum = sum_ ? sum_->text() : std::nullopt;
    return sum ? compare(*sum, path) : no_sum();
}

refusal checksum::compare_file(const std::string& path) const {
    if (!wanted()) {
        return {};
    }
    const auto sum = sha256::of_file(path);
    return sum ? compare(*sum, path)
               : refusal{
                     exit_codes::wrong_sum, "There is no SHA-256 of " + whose(path)};
}

std::string checksum::whose(const std::string& path) const {
    auto text = without_login(url_);
    if (!path.empty()) {
        text.append(" (file ").append(path).append(")");
    }
    return text;
}

refusal checksum::compare(std::string_view sum, const std::string& path) const {
    if (same_sum(sum, expected_)) {
        return {};
    }
    auto message = "SHA-256 of " + whose(path) + " is ";
    message.append(sum).append(", which is not what was expected");
    return {exit_codes::wrong_sum, std::move(message)};
}

}  // namespace tool
