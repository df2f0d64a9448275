// Drives a multi by perform() and info_read().
#include <xfer.hpp>

int main() {
    xfer::multi m;
    m.add("http://127.0.0.1/");
    std::size_t bytes = 0;
    while (m.perform() != 0) m.wait(std::chrono::seconds(1));
    while (const auto done = m.info_read()) bytes += done->response.body().size();
    return bytes == 0 ? 0 : 1;
}
