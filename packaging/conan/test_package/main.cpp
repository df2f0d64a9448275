// What the recipe's test runs: says its version, and what is wrong with a URL.
#include <xfer.hpp>

#include <cstdio>

int main() {
    xfer::multi m;
    m.add("no url");
    m.perform();
    const auto done = m.info_read();
    std::printf("xfer %s: %s\n", XFER_VERSION_STRING, done->failure().message.c_str());
    return done->ec == xfer::error::url_malformed ? 0 : 1;
}
