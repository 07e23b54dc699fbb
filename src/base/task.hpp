// What a coroutine of this program returns. A task runs on the io_context that its caller runs on.
#pragma once

#include <boost/asio/awaitable.hpp>

namespace footfall {

template <typename T>
using Task = boost::asio::awaitable<T>;

}  // namespace footfall
