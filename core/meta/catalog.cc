#include "core/meta/catalog.h"

namespace ringlet {

static constexpr uint64_t kCommandsBetweenSnapshots = 64;  // bounds what a start replays

Task<Result<std::unique_ptr<Catalog>>> Catalog::open(LocalStore& local) {
  std::unique_ptr<Catalog> catalog(new Catalog(local, *Executor::current()));
  CO_TRY(const LocalStore::Catalog stored, co_await local.catalog());
  if (stored.snapshot) {
    CO_TRY(catalog->schema_, decode_schema(stored.snapshot->command));
  }
  for (const CatalogRecord& record : stored.commands) {
    CO_TRY(const CatalogCommand command, decode_command(record.command));
    CO_TRY(catalog->schema_, apply(*catalog->schema_, command));
    ++catalog->commands_since_snapshot_;
  }
  co_return catalog;
}

Task<Result<SchemaRef>> Catalog::propose(CatalogCommand command) {
  Executor& home = *Executor::current();
  co_await owner_.hop();
  co_await one_at_a_time_.acquire();
  auto done = co_await propose_here(std::move(command));
  one_at_a_time_.release();
  co_await home.hop();
  co_return done;
}

Task<Result<SchemaRef>> Catalog::propose_here(CatalogCommand command) {
  CO_TRY(SchemaRef next, apply(*schema_, command));
  Bytes bytes;
  ByteWriter out(bytes);
  encode_command(command, out);
  CO_TRY_STATUS(co_await local_.append_catalog({next->version, std::move(bytes)}));
  const SchemaRef before = std::exchange(schema_, next);
  CO_TRY_STATUS(co_await carry_out_(before, next));
  if (++commands_since_snapshot_ >= kCommandsBetweenSnapshots) {
    Bytes snapshot;
    ByteWriter snapshot_out(snapshot);
    encode_schema(*next, snapshot_out);
    CO_TRY_STATUS(co_await local_.snapshot_catalog({next->version, std::move(snapshot)}));
    commands_since_snapshot_ = 0;
  }
  co_return next;
}

}  // namespace ringlet
