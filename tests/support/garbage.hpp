// Input that is nearly right, for decoders: however it is cut, it means the same.
#pragma once

#include <algorithm>
#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace support {

/// Good input with so many octets of the alphabet written over it or put in.
inline std::string spoiled(
    std::string input,
    std::string_view alphabet,
    std::size_t changes,
    std::mt19937& random
) {
    while (changes-- > 0) {
        const auto at = random() % input.size();
        if (random() % 2)
            input[at] = alphabet[random() % alphabet.size()];
        else
            input.insert(at, 1, alphabet[random() % alphabet.size()]);
    }
    return input;
}

/// Where pieces of one to `most` octets end.
inline std::vector<std::size_t> random_cuts(
    std::size_t size, std::size_t most, std::mt19937& random
) {
    std::vector<std::size_t> cuts;
    for (std::size_t at = 0; at < size;) {
        at = std::min(size, at + 1 + random() % most);
        cuts.push_back(at);
    }
    return cuts;
}

}  // namespace support
