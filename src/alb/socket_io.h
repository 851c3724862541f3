#pragma once

#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <cstddef>

/// recv and send without the C library's way around them: its calls are points where a thread may be cancelled, and to make
/// them so costs more than the rest of them. errno as usual.
namespace landfall::alb {

inline ssize_t receive(int fd, char* into, size_t room, int flags) { return syscall(SYS_recvfrom, fd, into, room, flags, nullptr, nullptr); }
inline ssize_t transmit(int fd, const char* from, size_t size, int flags) { return syscall(SYS_sendto, fd, from, size, flags, nullptr, 0); }

}  // namespace landfall::alb
