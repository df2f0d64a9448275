// The fuzz targets: each feeds one parser, or a few that belong together, and throws
// broken where what comes out is not what the library promises.
#pragma once

#include <string_view>

namespace fuzz {

void byteranges(std::string_view given);
void challenges(std::string_view given);
void connect_reply(std::string_view given);
void content_decoder(std::string_view given);
void cookies(std::string_view given);
void netrc(std::string_view given);
void proxies(std::string_view given);
void request_head(std::string_view given);
void response(std::string_view given);
void response_fields(std::string_view given);
void small_texts(std::string_view given);
void socks(std::string_view given);
void url(std::string_view given);

/// A target, and the folder in corpus/ that has its seeds.
struct target {
    std::string_view name;
    void (*run)(std::string_view given);
};

inline constexpr target targets[] = {
    {"byteranges", byteranges},
    {"challenges", challenges},
    {"connect_reply", connect_reply},
    {"content_decoder", content_decoder},
    {"cookies", cookies},
    {"netrc", netrc},
    {"proxies", proxies},
    {"request_head", request_head},
    {"response", response},
    {"response_fields", response_fields},
    {"small_texts", small_texts},
    {"socks", socks},
    {"url", url},
};

}  // namespace fuzz
