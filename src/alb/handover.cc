#include "alb/handover.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include <fmt/format.h>

#include "base/log.h"

namespace landfall::alb {
namespace {

constexpr std::string_view kLock = "lock", kEnd = "end", kConfirm = "accepting";
constexpr timeval kPatience{.tv_sec = 5, .tv_usec = 0};

Error refused(const std::filesystem::path& folder, std::string_view what) {
  return {.code = "Handover.Refused", .what = fmt::format("the worker of {} does not hand over: {}", folder.string(), what)};
}

/// The folder's name may be longer than a socket's address can be: it goes by a descriptor.
struct Place {
  Fd folder;
  sockaddr_un address{};
  explicit Place(const std::filesystem::path& path) : folder(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {
    address.sun_family = AF_UNIX;
    const std::string name = fmt::format("/proc/self/fd/{}/handover.sock", folder.get());
    std::memcpy(address.sun_path, name.c_str(), name.size() + 1);
  }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address); }
};

Fd open_socket() {
  Fd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  return socket;
}

void be_patient(const Fd& socket) {
  setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
}

bool tell(const Fd& socket, std::string_view text, const Fd* passed = nullptr) {
  iovec piece{.iov_base = const_cast<char*>(text.data()), .iov_len = text.size()};
  alignas(cmsghdr) char room[CMSG_SPACE(sizeof(int))]{};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  if (passed != nullptr) {
    message.msg_control = room;
    message.msg_controllen = sizeof room;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    const int fd = passed->get();
    std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  }
  return sendmsg(socket.get(), &message, MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
}

/// Empty: nothing came.
std::string hear(const Fd& socket, Fd& passed) {
  char text[256];
  iovec piece{.iov_base = text, .iov_len = sizeof text};
  alignas(cmsghdr) char room[CMSG_SPACE(sizeof(int))]{};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = room;
  message.msg_controllen = sizeof room;
  const ssize_t got = recvmsg(socket.get(), &message, MSG_CMSG_CLOEXEC);
  if (got <= 0) return {};
  if (const cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr && header->cmsg_type == SCM_RIGHTS) {
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
    passed.reset(fd);
  }
  return {text, static_cast<size_t>(got)};
}

}  // namespace

Result<Successor> Successor::ask(const std::filesystem::path& folder, Inheritance& into) {
  const Place place(folder);
  Fd socket = open_socket();
  be_patient(socket);
  if (connect(socket.get(), place.get(), sizeof place.address) != 0) return fail(refused(folder, std::strerror(errno)));
  for (;;) {
    Fd passed;
    const std::string text = hear(socket, passed);
    if (text == kEnd && into.lock) return Successor(std::move(socket));
    if (text.empty() || !passed) return fail(refused(folder, "it broke off"));
    if (text == kLock) into.lock = std::move(passed);
    else into.sockets.emplace(text, std::move(passed));
  }
}

Result<void> Successor::confirm() {
  if (!tell(socket_, kConfirm)) return fail(errno_error("telling the old worker that this one accepts", errno));
  // It closes when it has left: from then on the folder is ours alone.
  Fd none;
  (void)hear(socket_, none);
  return {};
}

Result<std::unique_ptr<Handover>> Handover::open(EventLoop& loop, const std::filesystem::path& folder, Give give, std::function<void()> leave) {
  const Place place(folder);
  Fd socket = open_socket();
  (void)unlinkat(place.folder.get(), "handover.sock", 0);
  const mode_t before = umask(0077);
  const bool is_bound = bind(socket.get(), place.get(), sizeof place.address) == 0;
  umask(before);
  if (!is_bound || listen(socket.get(), 1) != 0) return fail(errno_error(fmt::format("listening at {}", (folder / "handover.sock").string()), errno));
  return std::unique_ptr<Handover>(new Handover(loop, std::move(socket), std::move(give), std::move(leave)));
}

Handover::Handover(EventLoop& loop, Fd socket, Give give, std::function<void()> leave) : loop_(loop), socket_(std::move(socket)), give_(std::move(give)), leave_(std::move(leave)) { loop_.watch(socket_.get(), this, EPOLLIN); }
Handover::~Handover() { loop_.forget(socket_.get()); }

void Handover::on_event(uint32_t) {
  Fd peer(accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!peer) return;
  ucred who{};
  socklen_t size = sizeof who;
  if (getsockopt(peer.get(), SOL_SOCKET, SO_PEERCRED, &who, &size) == 0 && who.uid == geteuid()) serve(std::move(peer));
}

void Handover::serve(Fd peer) {
  be_patient(peer);
  const Inheritance given = give_();
  bool ok = tell(peer, kLock, &given.lock);
  for (const auto& [at, socket] : given.sockets) ok = ok && tell(peer, at, &socket);
  Fd none;
  if (!ok || !tell(peer, kEnd) || hear(peer, none) != kConfirm) return log_warn("a new worker asked for the sockets and did not take over");
  leave_();
}

}  // namespace landfall::alb
