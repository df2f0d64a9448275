// xfer/proto/content_coding.hpp: the lists of Content-Encoding and Transfer-Encoding.
#include <xfer/proto/content_coding.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace xfer::proto;
using xfer::error;

namespace {

/// "gzip deflate", or "refused: why".
std::string said(const coding_list& list) {
    if (list.failure) {
        CHECK(list.failure.ec == error::bad_encoding);
        CHECK(list.count == 0);
        return "refused: " + std::string(list.failure.why);
    }
    std::string all;
    for (const auto coding : list.view()) {
        constexpr const char* names[] = {"gzip", "deflate", "br", "zstd"};
        all += all.empty() ? "" : " ";
        all += names[static_cast<int>(coding)];
    }
    return all;
}

xfer::fields lines(const std::string& name, const std::vector<std::string>& values) {
    xfer::fields f;
    for (const auto& value : values) f.add(name, value);
    return f;
}

std::string content(const std::vector<std::string>& values) {
    return said(parse_content_codings(lines("content-ENCODING", values)));
}

std::string transfer(const std::vector<std::string>& values) {
    return said(parse_transfer_codings(lines("Transfer-Encoding", values)));
}

const std::string too_many = "refused: the body has too many codings";
const std::string unknown = "refused: the body has a coding that is not known";
const std::string missing = "refused: the body has a coding that was not built in";
const std::string not_last = "refused: chunked is not the last coding";

}  // namespace

TEST_CASE("content_coding: no field and identity are no coding", "[proto][coding]") {
    CHECK(content({}).empty());
    CHECK(content({""}).empty());
    CHECK(content({"identity"}).empty());
    CHECK(content({"Identity, none"}).empty());
    CHECK(transfer({}).empty());
}

TEST_CASE("content_coding: what is no coding is refused", "[proto][coding]") {
    const auto value = GENERATE(
        as<std::string>(),
        "compress",
        "xgzip",
        "gzipx",
        "x-deflate",
        "chunked",
        "gzip;q=1",
        "\"gzip\"",
        "gzip deflate",
        "*",
        "identity, aes128gcm",
        std::string(10'000, 'g')
    );
    CHECK(content({value}) == unknown);
}

TEST_CASE("S3: a list without chunked at its end is refused", "[proto][coding][S3]") {
    const auto value =
        GENERATE(as<std::string>(), "chunked, identity", "chunked, chunked", "");
    CHECK(transfer({value}) == not_last);
    CHECK(transfer({"Chunked"}).empty());
}

TEST_CASE(
    "S3: a transfer coding that is not asked for is refused", "[proto][coding][S3]"
) {
    const auto value = GENERATE(
        as<std::string>(),
        "identity, chunked",
        "deflate, chunked",
        "br, chunked",
        "zstd, chunked",
        "xchunked",
        "chunked;a=b",
        "gzip;q=1, chunked"
    );
    CHECK(transfer({value}) == "refused: a transfer coding was not asked for");
}

TEST_CASE(
    "content_coding: those of the transfer come after those of the content",
    "[proto][coding]"
) {
    xfer::proto::coding_list content;
    content.codings[content.count++] = content_coding::br;
    xfer::proto::coding_list transfer;
    transfer.codings[transfer.count++] = content_coding::gzip;
    content.append(transfer);
    CHECK(said(content) == "br gzip");
    for (int i = 0; i < 3; ++i) content.append(transfer);
    CHECK(content.count == xfer::proto::max_codings);
    content.append(transfer);
    CHECK(said(content) == too_many);
    content.append(transfer);
    CHECK(said(content) == too_many);
    transfer.append(content);
    CHECK(said(transfer) == too_many);
}

#ifdef XFER_HAS_ZLIB

TEST_CASE(
    "content_coding: members keep their order over all lines", "[proto][coding]"
) {
    CHECK(content({"gzip"}) == "gzip");
    CHECK(content({"X-GZIP"}) == "gzip");
    CHECK(content({"deflate, gzip"}) == "deflate gzip");
    CHECK(content({"deflate", " gzip ,", "identity", "gzip"}) == "deflate gzip gzip");
    CHECK(transfer({"gzip, chunked"}) == "gzip");
    CHECK(transfer({"gzip", "x-gzip", "chunked"}) == "gzip gzip");
}

TEST_CASE(
    "F1.2: five codings are taken, six are not, however they are spread",
    "[proto][coding][F1]"
) {
    CHECK(content({"gzip, gzip, gzip, gzip, gzip"}) == "gzip gzip gzip gzip gzip");
    CHECK(content({"gzip, gzip, gzip, gzip, gzip, gzip"}) == too_many);
    CHECK(content({"gzip", "gzip", "gzip", "gzip", "gzip", "gzip"}) == too_many);
    CHECK(content({"gzip,gzip", "identity", "gzip,gzip", "gzip"}) == too_many);
    CHECK(
        content({"identity,identity,identity,identity,identity,identity"}) == too_many
    );
    CHECK(transfer({"gzip,gzip,gzip,gzip,gzip,chunked"}) == "gzip gzip gzip gzip gzip");
    CHECK(transfer({"gzip,gzip,gzip,gzip,gzip,gzip,chunked"}) == too_many);
    std::vector<std::string> thousand(1000, "gzip");
    CHECK(content(thousand) == too_many);
}

TEST_CASE("S3: chunked stands only at the end", "[proto][coding][S3]") {
    CHECK(transfer({"gzip"}) == not_last);
    CHECK(transfer({"chunked, gzip"}) == not_last);
    CHECK(transfer({"chunked", "gzip", "chunked"}) == not_last);
}

#else

TEST_CASE(
    "content_coding: a coding that was not built in is refused", "[proto][coding]"
) {
    CHECK(content({"gzip"}) == missing);
}

#endif

TEST_CASE("content_coding: what is asked for is what was built in", "[proto][coding]") {
    const xfer::fields asked =
        lines("Accept-Encoding", {std::string(accept_encoding())});
    std::size_t known = 0;
    for (const auto coding :
         {content_coding::gzip,
          content_coding::deflate,
          content_coding::br,
          content_coding::zstd}) {
        constexpr const char* names[] = {"gzip", "deflate", "br", "zstd"};
        const std::string name = names[static_cast<int>(coding)];
        CHECK(asked.list_contains("Accept-Encoding", name) == is_built_in(coding));
        CHECK(content({name}) == (is_built_in(coding) ? name : missing));
        known += is_built_in(coding) ? 1 : 0;
    }
    std::size_t members = 0;
    for ([[maybe_unused]] const auto member : asked.list("Accept-Encoding")) ++members;
    CHECK(members == known);
}
