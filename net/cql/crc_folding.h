// CRC32 by carry-less multiplication, where the processor has it: ten times the tables' speed from a hundred bytes on.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/bytes.h"

namespace ringlet::wire {

inline constexpr size_t kFoldBytesMin = 64, kFoldedBytes = 16;

bool can_fold_crc32();  // asked at run time: the same binary runs on processors without it
// Replaces the front of `bytes`, a multiple of 16 and at least kFoldBytesMin of them, by sixteen bytes whose CRC from 0 is
// that front's CRC from `crc`. MUST have can_fold_crc32() and enough bytes.
void fold_crc32(uint32_t crc, BytesView& bytes, char (&folded)[kFoldedBytes]);

}  // namespace ringlet::wire
