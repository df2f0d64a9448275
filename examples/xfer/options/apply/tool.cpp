// What options of the tool itself do, and how options that need more are refused.
#include "options/apply/apply.hpp"
#include "options/config_file.hpp"
#include "options/variables.hpp"
#include "texts/texts.hpp"

#include <utility>

namespace tool {

namespace {

std::string_view lacking(needs what) {
    switch (what) {
        case needs::alt_svc:
            return "alternative services are not supported yet";
        case needs::dns:
            return "own DNS queries are not supported yet";
        case needs::doh:
            return "DNS over HTTPS is not supported yet";
        case needs::early_data:
            return "TLS early data is not supported yet";
        case needs::engine:
            return "crypto engines are not supported";
        case needs::ftp:
            return "FTP is not supported yet";
        case needs::gssapi:
            return "GSS-API is not supported yet";
        case needs::hsts:
            return "HSTS is not supported yet";
        case needs::http2:
            return "HTTP/2 is not supported yet";
        case needs::http3:
            return "HTTP/3 is not supported yet";
        case needs::ignored_length:
            return "bodies of another length than announced are not supported";
        case needs::ipfs:
            return "IPFS is not supported yet";
        case needs::libcurl:
            return "code for libcurl is not offered";
        case needs::mail:
            return "SMTP, IMAP and POP3 are not supported yet";
        case needs::mail_or_ftp:
            return "FTP, SMTP, IMAP and POP3 are not supported yet";
        case needs::mptcp:
            return "Multipath TCP is not supported yet";
        case needs::negotiate:
            return "Negotiate is not supported yet";
        case needs::ntlm:
            return "NTLM is not supported yet";
        case needs::ocsp:
            return "OCSP stapling is not supported yet";
        case needs::old_connect:
            return "CONNECT in HTTP/1.0 is not supported";
        case needs::race_delay:
            return "another head start of IPv6 than 250 ms is not supported yet";
        case needs::session_file:
            return "files of TLS sessions are not supported yet";
        case needs::sessions:
            return "TLS without session resumption is not supported yet";
        case needs::sigv4:
            return "AWS Signature Version 4 is not supported yet";
        case needs::srp:
            return "TLS-SRP is not supported";
        case needs::ssh:
            return "SCP and SFTP are not supported yet";
        case needs::telnet:
            return "Telnet is not supported yet";
        case needs::tftp:
            return "TFTP is not supported yet";
    }
    return {};
}

}  // namespace

option_error lacks(needs what) {
    return {exit_codes::not_built_in, std::string(lacking(what))};
}

namespace apply {

option_error retired(reader& r, std::string_view /*argument*/, bool /*on*/) {
    r.warn("--" + std::string(r.name) + " is deprecated and has no function anymore");
    return {};
}

option_error config(reader& r, std::string_view argument, bool /*on*/) {
    return read_config_file(r, std::string(argument));
}

option_error dump_ca_embed(reader& r, std::string_view /*argument*/, bool /*on*/) {
    r.text.emplace();
    return {};
}

option_error globoff(reader& r, std::string_view /*argument*/, bool on) {
    r.now().globbing = !on;
    return {};
}

option_error help(reader& r, std::string_view argument, bool on) {
    if (on) {
        r.text = help_text(argument, r.who);
    }
    return {};
}

option_error manual(reader& r, std::string_view /*argument*/, bool on) {
    if (on) {
        r.text = manual_text(r.who);
    }
    return {};
}

option_error version(reader& r, std::string_view /*argument*/, bool on) {
    if (on) {
        r.text = version_text(r.who);
    }
    return {};
}

option_error next(reader& r, std::string_view /*argument*/, bool /*on*/) {
    if (r.done.urls == 0) {
        r.complain("missing URL before --next");
        return mistakes::bad_use();
    }
    if (const auto code = finish_operation(r); code != 0) {
        return {code, ""};
    }
    r.begin_operation();
    return {};
}

option_error variable(reader& r, std::string_view argument, bool /*on*/) {
    return set_variable(r, argument);
}

}  // namespace apply
}  // namespace tool
