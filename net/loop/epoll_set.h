// EpollSet: what the thread of one loop can sleep on: its sockets, its pollers, and a wake-up from other threads.
//
// A thin skin over epoll in place of a library's reactor: a descriptor is registered once, edge-triggered and for both
// directions, and its readiness is kept as flags (Readiness), so that a request costs its share of one epoll_wait, one recv
// and one send. A reactor that re-arms for each wait adds a system call to every request.
//
// Always holds
//   - everything but wake() is called on the loop's thread only
//   - nothing resumes inside look(): who waited is posted to the loop
#pragma once

namespace ringlet {

class Readiness;

class EpollSet {
 public:
  EpollSet();
  ~EpollSet();
  EpollSet(const EpollSet&) = delete;

  bool add(int fd, Readiness& readiness);  // false: the kernel has no room for it
  void remove(int fd);
  void add_poller(int fd);  // only ends a sleep: whoever is asleep asks its pollers itself

  bool look(
      int timeout_ms);  // tells each Readiness what is new; -1 waits for ever. false: nothing was new on any socket
  void wake();          // ends a look() under way, or the next one; from any thread

 private:
  const int epoll_fd_, wake_fd_;
};

}  // namespace ringlet
