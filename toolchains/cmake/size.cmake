# What runs once for a statement's text, a schema change or a command is built for size: half a megabyte less to flash and
# to page in, and no request waits for it. Everything a prepared statement's execution goes through keeps -O2.
set(RINGLET_SMALL
    cli/*.cc net/http/*.cc core/meta/*.cc core/node/*.cc core/local/*.cc
    core/cql/parse*.cc core/cql/lexer.cc core/cql/cursor.cc core/cql/keywords.cc core/cql/render.cc core/cql/text.cc
    core/cql/functions*.cc core/cql/type_resolver.cc core/cql/literals.cc core/cql/relations.cc core/cql/restriction.cc
    core/cql/restrictions_builder.cc core/cql/select*.cc core/cql/term_operations.cc core/cql/modify_plan.cc
    core/cql/modify_json.cc core/cql/modify_conditions.cc core/cql/modify_operations.cc core/cql/plan_context.cc
    core/query/describe*.cc core/query/plan_*.cc core/query/schema_*.cc core/query/system_*.cc core/query/table_options.cc
    core/query/statement_properties.cc core/query/processor_plan.cc core/query/prepared.cc
    core/data/json*.cc core/data/text_value.cc core/data/time_text.cc core/data/schema.cc core/data/literal*.cc
    core/storage/compaction_options.cc core/storage/compaction_plan.cc core/storage/compaction_levels.cc
    core/storage/compaction_input.cc core/storage/compaction_budget.cc core/storage/engine_compaction.cc core/storage/engine_files.cc
    core/storage/tombstone_gc.cc core/storage/compaction_run.cc core/storage/sstable_salvage.cc core/storage/sstable_verify.cc
    core/storage/engine_snapshot.cc core/storage/sstable_adopt.cc core/storage/flash_day.cc
    core/storage/log_replay.cc core/storage/log_scan.cc core/storage/stray_files.cc)
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT RINGLET_SANITIZE)
  list(TRANSFORM RINGLET_SMALL PREPEND ${CMAKE_SOURCE_DIR}/)
  file(GLOB small CONFIGURE_DEPENDS ${RINGLET_SMALL})
  # The selection's and the filter's execution live beside their planning: those files stay fast.
  list(FILTER small EXCLUDE REGEX "core/cql/(selection|selection_nodes|select_plan)\\.cc$")
  set_source_files_properties(${small} PROPERTIES COMPILE_OPTIONS -Os)
  # And for the least size what no request meets: a quarter less where there are coroutines.
  set(smallest cli/*.cc net/http/*.cc core/node/*.cc)
  list(TRANSFORM smallest PREPEND ${CMAKE_SOURCE_DIR}/)
  file(GLOB smallest CONFIGURE_DEPENDS ${smallest})
  set_source_files_properties(${smallest} PROPERTIES COMPILE_OPTIONS -Oz)
endif()
