// What a crash leaves behind: no core file, for it would hold PINs and media keys.
#ifndef NARADA_BASE_CORE_FILES_H_
#define NARADA_BASE_CORE_FILES_H_

namespace narada {

// From now on this process and its children leave none, and cannot change their mind. Handlers that the
// kernel pipes core files to (systemd-coredump, apport) heed it, too. In main.
void ForbidCoreFiles();

}  // namespace narada

#endif  // NARADA_BASE_CORE_FILES_H_
