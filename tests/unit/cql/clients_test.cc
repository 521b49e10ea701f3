// What drivers, shells and applications send, word for word: each must parse.
#include "tests/unit/cql/parse_helpers.h"

using namespace ringlet;
using namespace ringlet::cql;

TEST_SUITE("cql of real clients") {
  TEST_CASE("what drivers send to connect and to learn the schema") {
    for (const char* text : {
             "SELECT * FROM system.local WHERE key='local'",
             "select * from system.local where key = 'local'",
             "SELECT cluster_name FROM system.local",
             "SELECT * FROM system.peers",
             "SELECT * FROM system.peers_v2",
             "SELECT schema_version FROM system.local WHERE key='local'",
             "SELECT host_id, peer, peer_port, native_address, native_port, schema_version FROM system.peers_v2",
             "SELECT peer, host_id, rpc_address, schema_version FROM system.peers",
             "SELECT * FROM system.peers_v2 WHERE peer = :address and peer_port = :port",
             "SELECT * from system_virtual_schema.keyspaces",
             "SELECT * FROM system_schema.aggregates WHERE keyspace_name = 'ks' AND aggregate_name = 'a' AND "
             "argument_types = ['int', 'list<text>']",
             "SELECT * FROM system_schema.tables WHERE keyspace_name = 'ks' AND table_name = 't'",
             "SELECT * FROM system_virtual_schema.columns where keyspace_name = 'ks' and table_name='t'",
             "SELECT * FROM system_schema.types WHERE keyspace_name IN ('a','b')",
             "SELECT keyspace_name, replication, durable_writes FROM system_schema.keyspaces WHERE keyspace_name IN ?",
             "SELECT keyspace_name, replication, durable_writes FROM system_schema.keyspaces USING TIMEOUT 30000ms",
             "\n\t\tSELECT\n\t\t\ttable_name,\n\t\t\tcolumn_name,\n\t\t\tclustering_order,\n\t\t\ttype,\n\t\t\tkind,"
             "\n\t\t\tposition\n"
             "\t\tFROM system_schema.columns\n\t\tWHERE keyspace_name = ?",
             "SELECT host_id, rpc_address, data_center, rack, tokens, cluster_name FROM system.local WHERE key='local'",
             "SELECT prepared_id FROM system.prepared_statements",
             "SELECT session_id FROM system_traces.sessions WHERE session_id = ?",
             "SELECT * FROM system_traces.events WHERE session_id = 550e8400-e29b-41d4-a716-446655440000",
             "USE \"ks\"",
             "USE ks",
         }) {
      CAPTURE(text);
      CHECK_EQ(problem_of(text), "");
    }
  }
  TEST_CASE("what cqlsh sends") {
    for (const char* text : {
             "SELECT a, b FROM ks.t WHERE token(pk) > -9223372036854775808 AND token(pk) <= 42",
             "SELECT * FROM ks.t WHERE pk = ?",
             "INSERT INTO ks.t (a, b) VALUES (?, ?) USING TTL 60",
             "UPDATE ks.t SET c = c + ? WHERE k = ?",
             "BEGIN BATCH\n  INSERT INTO t (k) VALUES (1);\n  INSERT INTO t (k) VALUES (2);\nAPPLY BATCH;",
             "DESCRIBE FULL SCHEMA;",
             "LIST ROLES",
             "LIST ALL PERMISSIONS OF cassandra",
         }) {
      CAPTURE(text);
      CHECK_EQ(problem_of(text), "");
    }
  }
  TEST_CASE("what DESCRIBE prints can be run again") {
    CHECK_EQ(problem_of("CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': '1'}  "
                        "AND durable_writes = true;"),
             "");
    CHECK_EQ(problem_of("CREATE TYPE ks.addr (\n    street text,\n    zip int\n);"), "");
    const auto table = parsed<CreateTable>(
        "CREATE TABLE ks.t (\n    a int,\n    b text,\n    c timestamp,\n    s text static,\n    v double,\n    "
        "PRIMARY KEY ((a, b), c)\n"
        ") WITH CLUSTERING ORDER BY (c DESC)\n    AND additional_write_policy = '99p'\n    AND allow_auto_snapshot = "
        "true\n"
        "    AND bloom_filter_fp_chance = 0.01\n    AND caching = {'keys': 'ALL', 'rows_per_partition': 'NONE'}\n    "
        "AND cdc = false\n"
        "    AND comment = ''\n    AND compaction = {'class': "
        "'org.apache.cassandra.db.compaction.SizeTieredCompactionStrategy', "
        "'max_threshold': '32', 'min_threshold': '4'}\n    AND compression = {'chunk_length_in_kb': '16', 'class': "
        "'org.apache.cassandra.io.compress.LZ4Compressor'}\n    AND memtable = 'default'\n    AND crc_check_chance = "
        "1.0\n"
        "    AND default_time_to_live = 0\n    AND extensions = {}\n    AND gc_grace_seconds = 864000\n    AND "
        "incremental_backups = true\n"
        "    AND max_index_interval = 2048\n    AND memtable_flush_period_in_ms = 0\n    AND min_index_interval = 128\n"
        "    AND read_repair = 'BLOCKING'\n    AND speculative_retry = '99p';");
    CHECK_EQ(table.properties.size(), 19);
    CHECK_EQ(problem_of("CREATE CUSTOM INDEX i ON ks.t (v) USING 'StorageAttachedIndex' WITH OPTIONS = {'a': 'b'};"),
             "");
  }
  TEST_CASE("what IoT platforms and tracers send") {
    for (const char* text : {
             "CREATE TABLE IF NOT EXISTS thingsboard.ts_kv_cf (\n    entity_type text, // (DEVICE, CUSTOMER, TENANT)\n "
             "   entity_id timeuuid,\n"
             "    key text,\n    partition bigint,\n    ts bigint,\n    bool_v boolean,\n    str_v text,\n    long_v "
             "bigint,\n    dbl_v double,\n"
             "    json_v text,\n    PRIMARY KEY (( entity_type, entity_id, key, partition ), ts)\n) WITH compaction = "
             "{ 'class' :  "
             "'LeveledCompactionStrategy'  };",
             "INSERT INTO ts_kv_cf(entity_type, entity_id, key, partition, ts, bool_v) VALUES(?, ?, ?, ?, ?, ?) USING "
             "TTL ?",
             "SELECT key, ts, str_v FROM ts_kv_cf WHERE entity_type = ? AND entity_id = ? AND key = ? AND partition = "
             "? AND ts > ? AND ts <= ? "
             "ORDER BY ts DESC LIMIT ?",
             "SELECT count(dbl_v), count(bool_v), max(str_v), min(bool_v), SUM(long_v) FROM ts_kv_cf WHERE key = ?",
             "DELETE FROM ts_kv_cf WHERE entity_type = ? AND key = ? AND partition = ? AND ts >= ? AND ts < ?",
             "CREATE TYPE IF NOT EXISTS jaeger.keyvalue (\n    key             text,\n    value_type      text,\n    "
             "value_bool      boolean,\n"
             "    value_binary    blob,\n);",
             "CREATE TABLE IF NOT EXISTS jaeger.traces (trace_id blob, span_id bigint, tags list<frozen<keyvalue>>, "
             "PRIMARY KEY (trace_id, span_id))\n"
             "    WITH compaction = {\n        'compaction_window_size': '1',\n        'compaction_window_unit': "
             "'HOURS',\n        'class': "
             "'org.apache.cassandra.db.compaction.TimeWindowCompactionStrategy'\n    }\n    AND default_time_to_live = "
             "172800\n"
             "    AND speculative_retry = 'NONE'\n    AND gc_grace_seconds = 10800",
             "SELECT trace_id FROM service_name_index WHERE bucket IN (0,1,2,3,4,5,6,7,8,9) AND service_name = ? AND "
             "start_time > ? "
             "AND start_time < ? ORDER BY start_time DESC LIMIT ?",
             "INSERT INTO leases (name, owner) VALUES (?, ?) IF NOT EXISTS USING TTL ?",
             "UPDATE leases USING TTL ? set owner = ? where name = ? IF owner = ?",
             "INSERT INTO kv_store (group, key, value) VALUES ('a', 'b', intAsBlob(1))",
             "SELECT blobAsVarchar(value) FROM kv_store WHERE group='astarte' AND key='version'",
             "CREATE TABLE d (id uuid PRIMARY KEY, exchanged_bytes_by_interface map<frozen<tuple<ascii, int>>, "
             "bigint>)",
             "SELECT range_start, range_end, partitions_count, mean_partition_size FROM system.size_estimates WHERE "
             "keyspace_name = ? AND table_name = ?",
         }) {
      CAPTURE(text);
      CHECK_EQ(problem_of(text), "");
    }
  }
}
