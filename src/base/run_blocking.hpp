// Work that blocks (files, the blocking side of a database) leaves the I/O thread (STYLE section
// 6).
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>

#include "base/task.hpp"

namespace footfall {

template <typename T>
Task<T> call_there(std::function<T()> work) {
  co_return work();
}

// Runs `work` on a thread of `pool` (a thread_pool's executor) and answers on the caller's
// executor; what `work` throws is thrown here. What it refers to must live until then.
template <typename T>
Task<T> run_blocking(boost::asio::any_io_executor pool, std::function<T()> work) {
  co_return co_await boost::asio::co_spawn(pool, call_there<T>(std::move(work)),
                                           boost::asio::use_awaitable);
}

}  // namespace footfall
