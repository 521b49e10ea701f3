#include "net/loop/epoll_set.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/base/must.h"
#include "net/loop/readiness.h"

namespace ringlet {
namespace {

constexpr int kEventsAtOnce = 128;  // of one look(); the others are told by the next

bool watch(int epoll_fd, int fd, uint32_t events, void* who) {
  epoll_event event{.events = events | EPOLLET, .data = {.ptr = who}};
  return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

}  // namespace

EpollSet::EpollSet() : epoll_fd_(epoll_create1(EPOLL_CLOEXEC)), wake_fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  MUST(epoll_fd_ >= 0 && wake_fd_ >= 0);  // made at the start, before a client could use up what there is
  add_poller(wake_fd_);
}

EpollSet::~EpollSet() {
  close(wake_fd_);
  close(epoll_fd_);
}

bool EpollSet::add(int fd, Readiness& readiness) {
  return watch(epoll_fd_, fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI, &readiness);
}

void EpollSet::remove(int fd) { epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, fd, nullptr); }

void EpollSet::add_poller(int fd) { MUST(watch(epoll_fd_, fd, EPOLLIN, nullptr)); }

bool EpollSet::look(int timeout_ms) {
  epoll_event events[kEventsAtOnce];
  const int found = epoll_wait(epoll_fd_, events, kEventsAtOnce, timeout_ms);  // interrupted: as if the time were over
  bool news = false;
  for (int n = 0; n < found; ++n) {
    if (events[n].data.ptr == nullptr) continue;
    static_cast<Readiness*>(events[n].data.ptr)->tell(events[n].events);
    news = true;
  }
  return news;
}

// Each write is an edge of its own, so nobody has to read the counter back; it would take centuries to fill up.
void EpollSet::wake() { eventfd_write(wake_fd_, 1); }

}  // namespace ringlet
