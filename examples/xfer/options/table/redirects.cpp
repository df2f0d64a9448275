// Options of redirects, and which protocols are allowed.
#include "options/apply/apply.hpp"
#include "options/table/table.hpp"

namespace tool {

std::span<const option> redirects_options() noexcept {
    static constexpr option table[] = {
        {"follow",
         0,
         takes::flag,
         "",
         http_category,
         "Follow redirects, and keep -X only where it is right",
         "Follows redirects, but a method of -X changes as the status says: 303 makes "
         "a GET of it, and 301 and 302 of a POST.",
         false,
         &apply::follow},
        {"location",
         'L',
         takes::flag,
         "",
         auth_category | http_category,
         "Follow redirects",
         "Follows the Location of 3xx answers. User and password go to no other "
         "origin. See --max-redirs, --proto-redir and --post301.",
         false,
         &apply::location},
        {"location-trusted",
         0,
         takes::flag,
         "",
         auth_category | http_category,
         "Follow redirects, and log in everywhere",
         "As --location, and user, password and -H fields go to every host that is "
         "redirected to. That tells them to whoever is at the end.",
         false,
         &apply::location_trusted},
        {"max-redirs",
         0,
         takes::argument,
         "<num>",
         http_category,
         "How many redirects to follow",
         "Ends with exit code 47 after so many redirects; the default is 50, and -1 "
         "means no limit.",
         false,
         &apply::max_redirs},
        {"post301",
         0,
         takes::flag,
         "",
         http_category | post_category,
         "Stay with POST after a 301",
         "A POST that is answered by 301 is sent again as a POST when redirects are "
         "followed, not as a GET.",
         false,
         &apply::set_flag<&operation::post301>},
        {"post302",
         0,
         takes::flag,
         "",
         http_category | post_category,
         "Stay with POST after a 302",
         "A POST that is answered by 302 is sent again as a POST when redirects are "
         "followed, not as a GET.",
         false,
         &apply::set_flag<&operation::post302>},
        {"post303",
         0,
         takes::flag,
         "",
         http_category | post_category,
         "Stay with POST after a 303",
         "A POST that is answered by 303 is sent again as a POST when redirects are "
         "followed, not as a GET.",
         false,
         &apply::set_flag<&operation::post303>},
        {"proto",
         0,
         takes::argument,
         "<protocols>",
         connection_category | curl_category,
         "Which protocols are allowed",
         "Names with commas between: + in front adds (the default), - takes away, = "
         "allows this one and no other that stands before; \"all\" means all. Begins "
         "with all that this build speaks. Redirects are bound by it as well.",
         false,
         &apply::protocols},
        {"proto-default",
         0,
         takes::argument,
         "<protocol>",
         connection_category | curl_category,
         "The scheme of URLs without one",
         "A URL without a scheme is read with this one in front. Otherwise http is "
         "taken.",
         false,
         &apply::default_protocol},
        {"proto-redir",
         0,
         takes::argument,
         "<protocols>",
         connection_category | curl_category,
         "Which protocols redirects may lead to",
         "As --proto, for redirects. Begins with http and https. What --proto denies "
         "stays denied.",
         false,
         &apply::redirect_protocols},
    };
    return table;
}

}  // namespace tool
