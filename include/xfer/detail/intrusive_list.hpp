// A doubly linked list whose links live in its members: O(1) removal, no allocation.
#pragma once

#include <xfer/config.hpp>

namespace XFER_NAMESPACE::detail {

/// The links of one membership. A member derives from list_hook<Tag>, once for each
/// list it may be in at the same time; destroying a linked member unlinks it.
template <class Tag>
class list_hook {
 public:
    list_hook() noexcept = default;
    list_hook(const list_hook&) = delete;
    list_hook& operator=(const list_hook&) = delete;
    ~list_hook() { unlink(); }

    [[nodiscard]] bool linked() const noexcept { return next_ != nullptr; }
    void unlink() noexcept {
        if (next_ != nullptr) {
            previous_->next_ = next_;
            next_->previous_ = previous_;
            next_ = previous_ = nullptr;
        }
    }

 private:
    template <class T, class>
    friend class intrusive_list;
    list_hook* next_ = nullptr;
    list_hook* previous_ = nullptr;
};

/// For a member of several lists: takes it out of the one of that tag.
template <class Tag>
void unlink_from(list_hook<Tag>& member) noexcept {
    member.unlink();
}
template <class Tag>
[[nodiscard]] bool is_linked(const list_hook<Tag>& member) noexcept {
    return member.linked();
}

/// A list of T, which derives from list_hook<Tag>. Owns nothing.
template <class T, class Tag>
class intrusive_list {
 public:
    intrusive_list() noexcept { head_.next_ = head_.previous_ = &head_; }
    intrusive_list(const intrusive_list&) = delete;
    intrusive_list& operator=(const intrusive_list&) = delete;
    ~intrusive_list() {
        while (!empty()) {
            head_.next_->unlink();
        }
        head_.next_ = head_.previous_ = nullptr;
    }

    [[nodiscard]] bool empty() const noexcept { return head_.next_ == &head_; }
    [[nodiscard]] T& front() noexcept { return static_cast<T&>(*head_.next_); }
    [[nodiscard]] T& back() noexcept { return static_cast<T&>(*head_.previous_); }

    void push_back(T& item) noexcept { insert(*head_.previous_, item); }
    T& pop_front() noexcept {
        T& item = front();
        static_cast<list_hook<Tag>&>(item).unlink();
        return item;
    }
    /// Calls f with each member; f may unlink the one it is given.
    template <class F>
    void for_each(F f) {
        for (auto* hook = head_.next_; hook != &head_;) {
            auto* next = hook->next_;
            f(static_cast<T&>(*hook));
            hook = next;
        }
    }

 private:
    void insert(list_hook<Tag>& after, list_hook<Tag>& item) noexcept {
        item.unlink();
        item.previous_ = &after;
        item.next_ = after.next_;
        after.next_->previous_ = &item;
        after.next_ = &item;
    }
    list_hook<Tag> head_;
};

}  // namespace XFER_NAMESPACE::detail
