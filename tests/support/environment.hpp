// A variable of the environment that goes back to what it was.
#pragma once

#include <stdlib.h>  // setenv

#include <cstdlib>
#include <optional>
#include <string>

namespace support {

/// Sets a variable for as long as it lives. Only while no other thread reads any.
class variable {
 public:
    variable(const char* name, const std::string& value) : name_(name) {
        if (const char* old = std::getenv(name)) old_ = old;
        ::setenv(name, value.c_str(), 1);
    }
    variable(const variable&) = delete;
    variable& operator=(const variable&) = delete;
    ~variable() {
        if (old_) {
            ::setenv(name_, old_->c_str(), 1);
        } else {
            ::unsetenv(name_);
        }
    }

 private:
    const char* name_;
    std::optional<std::string> old_;
};

}  // namespace support
