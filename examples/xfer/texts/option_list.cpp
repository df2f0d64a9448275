// The option table as people read it.
#include "texts/option_list.hpp"

#include <algorithm>
#include <array>

namespace tool {

namespace {

constexpr std::array names{
    category_name{auth_category, "auth", "Logins: names, passwords, tokens"},
    category_name{connection_category, "connection", "Connections, names and sockets"},
    category_name{curl_category, "curl", "The tool itself"},
    category_name{file_category, "file", "Files of this machine as URLs"},
    category_name{ftp_category, "ftp", "FTP"},
    category_name{http_category, "http", "HTTP and HTTPS"},
    category_name{misc_category, "misc", "What has no place elsewhere"},
    category_name{other_category, "other", "Protocols that are not spoken yet"},
    category_name{output_category, "output", "Where what arrives is written"},
    category_name{post_category, "post", "Data and forms to be sent"},
    category_name{proxy_category, "proxy", "Proxies of every kind"},
    category_name{tls_category, "tls", "TLS, certificates and keys"},
    category_name{upload_category, "upload", "Sending files"},
    category_name{verbose_category, "verbose", "What is told while transfers run"},
};

}  // namespace

std::span<const category_name> all_categories() noexcept { return names; }

std::string shown_name(const option& o) {
    std::string name = o.negative ? "no-" : "";
    return name += o.name;
}

std::string usage_of(const option& o) {
    std::string text;
    if (o.letter != 0) {
        text += '-';
        text += o.letter;
        text += ", ";
    }
    text += "--" + shown_name(o);
    if (!o.placeholder.empty()) {
        text += ' ';
        text += o.placeholder;
    }
    return text;
}

std::vector<const option*> shown_options() {
    std::vector<const option*> all;
    for (const auto& o : all_options()) all.push_back(&o);
    std::ranges::sort(all, {}, [](const option* o) { return shown_name(*o); });
    return all;
}

}  // namespace tool
