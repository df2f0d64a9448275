// Two lists: functions, and settings of TLS.
#include "output/option_names.hpp"

#include "requests/urls.hpp"

#include <algorithm>
#include <array>

namespace tool {

namespace {

struct function_name {
    std::string_view function;
    std::string_view option;
    std::string operation::*given;  ///< null: the sentence has it, or there are several
};

constexpr std::array functions{
    function_name{"range()", "--range", &operation::range},
    function_name{"target()", "--request-target", &operation::request_target},
    function_name{
        "proxied_client()", "--haproxy-clientip", &operation::haproxy_clientip},
    function_name{"interface()", "--interface", &operation::interface},
    function_name{"local_address()", "--interface", &operation::interface},
    function_name{"abstract_unix_socket()", "--abstract-unix-socket", nullptr},
    function_name{"resolve()", "--resolve", nullptr},
    function_name{"connect_to()", "--connect-to", nullptr},
    function_name{"local_ports()", "--local-port", nullptr},
    function_name{"tcp_keepalive()", "--keepalive-time", nullptr},
};

struct setting_name {
    std::string_view setting;
    std::string_view option;
    std::string_view proxy_option;
    std::string operation::tls_options::*given;
};

using tls = operation::tls_options;
constexpr std::array settings{
    setting_name{"tls ciphers", "--ciphers", "--proxy-ciphers", &tls::ciphers},
    setting_name{
        "tls tls13_ciphers",
        "--tls13-ciphers",
        "--proxy-tls13-ciphers",
        &tls::tls13_ciphers},
    setting_name{"tls groups", "--curves", "--curves", &tls::curves},
    setting_name{
        "tls signature_algorithms",
        "--sigalgs",
        "--sigalgs",
        &tls::signature_algorithms},
    setting_name{
        "tls pin_public_key", "--pinnedpubkey", "--proxy-pinnedpubkey", &tls::pinned},
};

constexpr std::string_view netrc_file = "the netrc file ";

/// "takes ..., and not 'what it was given'".
std::string said_of(
    std::string_view option, std::string_view sentence, const std::string& given
) {
    constexpr std::string_view end = ", and not nothing";
    constexpr std::string_view of_host = " was given no host: ";
    std::string text(option);
    if (sentence.starts_with(of_host)) {
        return text.append(of_host).append(about_it(sentence.substr(of_host.size())));
    }
    if (given.empty()) {
        return text.append(sentence);
    }
    sentence.remove_suffix(sentence.ends_with(end) ? end.size() : 0);
    return text.append(sentence).append(", and not '").append(given).append("'");
}

}  // namespace

std::string with_option_names(const operation& op, std::string_view message) {
    const auto begins = [message](std::string_view name) {
        return message.starts_with(name);
    };
    const auto function =
        std::ranges::find_if(functions, begins, &function_name::function);
    if (function != functions.end()) {
        const auto sentence = message.substr(function->function.size());
        const auto given =
            function->given == nullptr ? std::string() : op.*function->given;
        return said_of(function->option, sentence, given);
    }
    const auto setting = std::ranges::find_if(settings, begins, &setting_name::setting);
    if (setting != settings.end()) {
        const bool is_proxys = (op.tls.*setting->given).empty();
        std::string text(is_proxys ? setting->proxy_option : setting->option);
        return text.append(message.substr(setting->setting.size()));
    }
    if (begins("tls min_version ")) {
        return "the least version of TLS (--tlsv1.2, --tlsv1.3) is above --tls-max";
    }
    if (begins("header name ") || begins("Host is ")) {
        return std::string("--header: ").append(message);
    }
    if (begins("the method ") || begins("CONNECT ")) {
        return "--request '" + op.method + "': " + std::string(message);
    }
    return std::string(message);
}

bool is_about_netrc(std::string_view message) noexcept {
    return message.starts_with(netrc_file);
}

std::string netrc_text(std::string_view message) {
    constexpr std::string_view again = ": netrc: ";
    const auto at = message.find(again);
    if (at == std::string_view::npos) {
        return std::string(message);
    }
    std::string text(".netrc parser error in ");
    text.append(message.substr(netrc_file.size(), at - netrc_file.size()));
    return text.append(": ").append(message.substr(at + again.size()));
}

}  // namespace tool
