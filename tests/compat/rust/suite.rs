//! The Rust driver against a node: connections, metadata, types, paging, batches, conditions, errors, events.

use futures::stream::TryStreamExt;
use scylla::client::{session::Session, session_builder::SessionBuilder};
use scylla::cluster::metadata::ColumnKind;
use scylla::errors::{DbError, ExecutionError, PrepareError, RequestAttemptError};
use scylla::frame::{types::Consistency, Compression};
use scylla::response::{PagingState, PagingStateResponse};
use scylla::statement::batch::{Batch, BatchType};
use scylla::statement::unprepared::Statement;
use scylla::value::*;
use std::collections::HashMap;
use std::error::Error;
use std::time::{Duration, Instant};

type Outcome = Result<(), Box<dyn Error + Send + Sync>>;
const KEYSPACE: &str = "compat_rust";
const REPLICATION: &str = "{'class': 'SimpleStrategy', 'replication_factor': 1}";

fn builder() -> SessionBuilder {
    let variable = |name| std::env::var(name).expect(name);
    SessionBuilder::new().known_node(format!("{}:{}", variable("RINGLET_HOST"), variable("RINGLET_PORT")))
}

fn equal<T: PartialEq + std::fmt::Debug>(got: T, expected: T, what: &str) -> Outcome {
    if got == expected {
        return Ok(());
    }
    Err(format!("{what}: got {got:?}, expected {expected:?}").into())
}

async fn execute(session: &Session, statements: &[&str]) -> Outcome {
    for statement in statements {
        session.query_unpaged(*statement, ()).await.map_err(|error| format!("{statement}: {error}"))?;
    }
    Ok(())
}

async fn fresh(session: &Session, table: &str, columns: &str) -> Outcome {
    execute(session, &[&format!("DROP TABLE IF EXISTS {table}"), &format!("CREATE TABLE {table} ({columns})")]).await
}

macro_rules! eventually {
    ($condition:expr, $what:expr, $seconds:expr) => {{
        let deadline = Instant::now() + Duration::from_secs($seconds);
        while !$condition {
            if Instant::now() > deadline {
                return Err(format!("not within {} s: {}", $seconds, $what).into());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }};
}

async fn compressed(_: &Session) -> Outcome {
    let session = builder().use_keyspace(KEYSPACE, false).compression(Some(Compression::Lz4)).build().await?;
    fresh(&session, "compressed", "id int PRIMARY KEY, v text").await?;
    let text = "round and round ".repeat(60_000);
    session.query_unpaged("INSERT INTO compressed (id, v) VALUES (1, ?)", (&text,)).await?;
    let rows = session.query_unpaged("SELECT v FROM compressed", ()).await?.into_rows_result()?;
    equal(rows.single_row::<(String,)>()?.0 == text, true, "the text comes back")
}

async fn describes_itself(session: &Session) -> Outcome {
    let cluster = session.get_cluster_state();
    let node = &cluster.get_nodes_info()[0];
    equal(cluster.get_nodes_info().len(), 1, "nodes")?;
    equal((node.datacenter.as_deref(), node.rack.as_deref()), (Some("datacenter1"), Some("rack1")), "place")?;
    equal(cluster.replica_locator().ring().len() > 0, true, "has tokens")
}

async fn schema_metadata(session: &Session) -> Outcome {
    fresh(session, "wide", "p1 int, p2 text, c1 timeuuid, c2 int, s text static, v list<frozen<map<text, int>>>, \
           t tuple<int, text>, x vector<float, 3>, PRIMARY KEY ((p1, p2), c1, c2)").await?;
    session.refresh_metadata().await?;
    let cluster = session.get_cluster_state();
    let keyspace = cluster.get_keyspace(KEYSPACE).ok_or("no keyspace")?;
    let table = keyspace.tables.get("wide").ok_or("no table")?;
    equal(table.partition_key.join(" "), "p1 p2".into(), "partition key")?;
    equal(table.clustering_key.join(" "), "c1 c2".into(), "clustering key")?;
    equal(table.columns.len(), 8, "columns")?;
    equal(&table.columns["s"].kind, &ColumnKind::Static, "kind of s")
}

fn varint(negative: bool) -> Vec<u8> {
    let mut bytes = vec![if negative { 0x80 } else { 0x7f }];
    bytes.resize(40, 0x55);
    bytes
}

fn native_values() -> Vec<(&'static str, Vec<CqlValue>)> {
    use CqlValue::*;
    let uuid = |text: &str| text.parse::<uuid::Uuid>().unwrap();
    let decimal = |scale| Decimal(CqlDecimal::from_signed_be_bytes_and_exponent(varint(true), scale));
    let duration = |months, days, nanoseconds| Duration(CqlDuration { months, days, nanoseconds });
    vec![
        ("ascii", vec![Ascii("".into()), Ascii("a~".into())]),
        ("bigint", vec![BigInt(0), BigInt(i64::MAX), BigInt(i64::MIN)]),
        ("blob", vec![Blob(vec![]), Blob(vec![0, 255]), Blob(vec![7; 100_000])]),
        ("boolean", vec![Boolean(true), Boolean(false)]),
        ("date", vec![Date(CqlDate(0)), Date(CqlDate(1 << 31)), Date(CqlDate(u32::MAX))]),
        ("decimal", vec![decimal(0), decimal(i32::MAX), decimal(i32::MIN)]),
        ("double", vec![Double(0.0), Double(f64::MAX), Double(f64::MIN_POSITIVE), Double(f64::NEG_INFINITY)]),
        ("duration", vec![duration(0, 0, 0), duration(-1, -2, -3), duration(i32::MAX, i32::MAX, i64::MAX)]),
        ("float", vec![Float(0.0), Float(f32::MAX), Float(f32::MIN_POSITIVE)]),
        ("inet", vec![Inet("0.0.0.0".parse().unwrap()), Inet("2001:db8::ff".parse().unwrap())]),
        ("int", vec![Int(0), Int(i32::MAX), Int(i32::MIN)]),
        ("smallint", vec![SmallInt(i16::MAX), SmallInt(i16::MIN)]),
        ("text", vec![Text("".into()), Text("it's é世🚀\0".into()), Text("x".repeat(70_000))]),
        ("time", vec![Time(CqlTime(0)), Time(CqlTime(86_399_999_999_999))]),
        ("timestamp", vec![Timestamp(CqlTimestamp(0)), Timestamp(CqlTimestamp(i64::MAX)), Timestamp(CqlTimestamp(i64::MIN))]),
        ("timeuuid", vec![Timeuuid(uuid("00000000-0000-1000-8080-808080808080").into()), Timeuuid(uuid("ffffffff-ffff-1fff-bfff-ffffffffffff").into())]),
        ("tinyint", vec![TinyInt(i8::MAX), TinyInt(i8::MIN)]),
        ("uuid", vec![Uuid(uuid::Uuid::nil()), Uuid(uuid::Uuid::max())]),
        ("varint", vec![Varint(CqlVarint::from_signed_bytes_be(vec![0])), Varint(CqlVarint::from_signed_bytes_be(varint(true))), Varint(CqlVarint::from_signed_bytes_be(varint(false)))]),
    ]
}

fn collection_values() -> Vec<(&'static str, Vec<CqlValue>)> {
    use CqlValue::*;
    let text = |t: &str| Text(t.into());
    let user = |street: Option<CqlValue>, zip| UserDefinedType {
        keyspace: KEYSPACE.into(),
        name: "address".into(),
        fields: vec![("street".into(), street), ("zip".into(), zip)],
    };
    vec![
        ("list<int>", vec![List(vec![Int(1), Int(2), Int(2)])]),
        ("set<text>", vec![Set(vec![text(""), text("a")])]),
        ("map<text, int>", vec![Map(vec![(text(""), Int(-1)), (text("a"), Int(1))])]),
        ("frozen<list<int>>", vec![List(vec![]), List(vec![Int(3), Int(1)])]),
        ("frozen<set<int>>", vec![Set(vec![]), Set(vec![Int(1), Int(3)])]),
        ("map<text, frozen<map<text, frozen<set<int>>>>>", vec![Map(vec![(text("a"), Map(vec![(text("b"), Set(vec![Int(1)])), (text("c"), Set(vec![]))]))])]),
        ("tuple<int, text, double>", vec![Tuple(vec![Some(Int(1)), Some(text("a")), None]), Tuple(vec![None, None, None])]),
        ("vector<float, 3>", vec![Vector(vec![Float(0.0), Float(1.5), Float(-2.25)])]),
        ("address", vec![user(Some(text("Main")), Some(Int(1))), user(None, Some(Int(2)))]),
        ("frozen<list<frozen<address>>>", vec![List(vec![user(Some(text("")), None), user(None, None)])]),
    ]
}

async fn round_trip(session: &Session, table: &str, kinds: Vec<(&str, Vec<CqlValue>)>) -> Outcome {
    let columns: Vec<String> = kinds.iter().enumerate().map(|(n, (kind, _))| format!("c{n} {kind}")).collect();
    fresh(session, table, &format!("id int PRIMARY KEY, {}", columns.join(", "))).await?;
    let mut wrong = vec![];
    for (n, (kind, values)) in kinds.iter().enumerate() {
        let insert = session.prepare(format!("INSERT INTO {table} (id, c{n}) VALUES (1, ?)")).await?;
        let select = session.prepare(format!("SELECT c{n} FROM {table} WHERE id = 1")).await?;
        for value in values.iter().cloned().map(Some).chain([None]) {
            session.execute_unpaged(&insert, (value.clone(),)).await.map_err(|error| format!("{kind}: {error}"))?;
            let rows = session.execute_unpaged(&select, ()).await?.into_rows_result()?;
            let got = rows.single_row::<(Option<CqlValue>,)>()?.0;
            if got != value {
                wrong.push(format!("{kind}: {value:.80?} came back as {got:.80?}"));
            }
        }
    }
    equal(wrong.join("\n      "), "".into(), "wrong")
}

async fn native_types(session: &Session) -> Outcome {
    round_trip(session, "native_types", native_values()).await
}

async fn collections(session: &Session) -> Outcome {
    execute(session, &["DROP TABLE IF EXISTS collections", "DROP TYPE IF EXISTS address", "CREATE TYPE address (street text, zip int)"]).await?;
    round_trip(session, "collections", collection_values()).await
}

async fn paging(session: &Session) -> Outcome {
    fresh(session, "paged", "p int, c int, v text, PRIMARY KEY (p, c)").await?;
    let insert = session.prepare("INSERT INTO paged (p, c, v) VALUES (?, ?, ?)").await?;
    for start in (0..10_000).step_by(100) {
        let writes = (start..start + 100).map(|n: i32| session.execute_unpaged(&insert, (n % 7, n, n.to_string())));
        futures::future::try_join_all(writes).await?;
    }
    for size in [5000, 999] {
        let mut select = session.prepare("SELECT c FROM paged").await?;
        select.set_page_size(size);
        let rows = session.execute_iter(select, ()).await?.rows_stream::<(i32,)>()?;
        let mut seen: Vec<i32> = rows.map_ok(|row| row.0).try_collect().await?;
        seen.sort();
        equal(seen == (0..10_000).collect::<Vec<_>>(), true, "every row once")?;
    }
    let mut state = PagingState::start();
    let mut rows = 0;
    loop {
        let (page, next) = session.query_single_page(Statement::new("SELECT c FROM paged").with_page_size(3000), (), state).await?;
        rows += page.into_rows_result()?.rows_num();
        match next {
            PagingStateResponse::HasMorePages { state: more } => state = more,
            PagingStateResponse::NoMorePages => break,
        }
    }
    equal(rows, 10_000, "rows page by page")
}

async fn count(session: &Session, text: &str) -> Result<i64, Box<dyn Error + Send + Sync>> {
    Ok(session.query_unpaged(text, ()).await?.into_rows_result()?.single_row::<(i64,)>()?.0)
}

async fn batches(session: &Session) -> Outcome {
    fresh(session, "batched", "p int, c int, v text, PRIMARY KEY (p, c)").await?;
    fresh(session, "counted", "id int PRIMARY KEY, n counter").await?;
    for (p, kind) in [(0, BatchType::Logged), (1, BatchType::Unlogged)] {
        let mut batch = Batch::new(kind);
        let insert = session.prepare("INSERT INTO batched (p, c, v) VALUES (?, ?, 'v')").await?;
        let values: Vec<(i32, i32)> = (0..20).map(|c| (p, c)).collect();
        values.iter().for_each(|_| batch.append_statement(insert.clone()));
        session.batch(&batch, values).await?;
    }
    equal(count(session, "SELECT count(*) FROM batched").await?, 40, "rows")?;
    let mut batch = Batch::new(BatchType::Counter);
    batch.append_statement("UPDATE counted SET n = n + ? WHERE id = 1");
    batch.append_statement("UPDATE counted SET n = n - 7 WHERE id = 1");
    session.batch(&batch, ((Counter(5),), ())).await?;
    let rows = session.query_unpaged("SELECT n FROM counted", ()).await?.into_rows_result()?;
    equal(rows.single_row::<(Counter,)>()?.0, Counter(-2), "counter")
}

async fn conditions(session: &Session) -> Outcome {
    fresh(session, "conditional", "p int, c int, v text, PRIMARY KEY (p, c)").await?;
    let insert = session.prepare("INSERT INTO conditional (p, c, v) VALUES (1, 1, ?) IF NOT EXISTS").await?;
    let rows = session.execute_unpaged(&insert, ("a",)).await?.into_rows_result()?;
    equal(rows.column_specs().len(), 1, "columns when applied")?;
    equal(rows.single_row::<(bool,)>()?, (true,), "the first")?;
    let rows = session.execute_unpaged(&insert, ("b",)).await?.into_rows_result()?;
    equal(rows.single_row::<(bool, i32, i32, String)>()?, (false, 1, 1, "a".into()), "the second")?;
    let update = session.prepare("UPDATE conditional SET v = 'z' WHERE p = 1 AND c = 1 IF v = ?").await?;
    let rows = session.execute_unpaged(&update, ("q",)).await?.into_rows_result()?;
    equal(rows.single_row::<(bool, String)>()?, (false, "a".into()), "a false condition")?;
    let rows = session.execute_unpaged(&update, ("a",)).await?.into_rows_result()?;
    equal(rows.single_row::<(bool,)>()?, (true,), "a true condition")
}

fn of_server(error: ExecutionError) -> Result<DbError, String> {
    match error {
        ExecutionError::LastAttemptError(RequestAttemptError::DbError(error, _)) => Ok(error),
        ExecutionError::PrepareError(PrepareError::AllAttemptsFailed { first_attempt: RequestAttemptError::DbError(error, _) }) => Ok(error),
        other => Err(other.to_string()),
    }
}

async fn errors(session: &Session) -> Outcome {
    let refused = [
        ("SELEC 1", DbError::SyntaxError),
        ("SELECT nothing FROM paged", DbError::Invalid),
        ("SELECT * FROM nowhere", DbError::Invalid),
        ("CREATE TABLE paged (id int PRIMARY KEY)", DbError::AlreadyExists { keyspace: KEYSPACE.into(), table: "paged".into() }),
        ("CREATE KEYSPACE nowhere WITH replication = {'class': 'NoSuchStrategy'}", DbError::ConfigError),
    ];
    for (text, expected) in refused {
        let error = session.query_unpaged(text, ()).await.err().ok_or(format!("nothing wrong with {text}"))?;
        equal(of_server(error)?, expected, text)?;
    }
    let mut statement = Statement::new("SELECT * FROM paged WHERE p = 1");
    statement.set_consistency(Consistency::Two);
    let error = session.query_unpaged(statement, ()).await.err().ok_or("TWO of one replica")?;
    equal(of_server(error)?, DbError::Unavailable { consistency: Consistency::Two, required: 2, alive: 1 }, "TWO")?;
    equal(builder().use_keyspace("nowhere", false).build().await.is_err(), true, "an unknown keyspace")
}

async fn bindings(session: &Session) -> Outcome {
    fresh(session, "named", "id int PRIMARY KEY, a text, b text").await?;
    let insert = session.prepare("INSERT INTO named (id, a, b) VALUES (1, :a, :b)").await?;
    session.execute_unpaged(&insert, HashMap::from([("b", "b"), ("a", "a")])).await?;
    session.execute_unpaged(&insert, (MaybeUnset::<&str>::Unset, None::<&str>)).await?;
    let rows = session.query_unpaged("SELECT a, b FROM named", ()).await?.into_rows_result()?;
    equal(rows.single_row::<(Option<String>, Option<String>)>()?, (Some("a".into()), None), "row")?;
    let mut statement = Statement::new("INSERT INTO named (id, a) VALUES (2, 'x') USING TTL 1000");
    statement.set_timestamp(Some(1_500_000_000_000_000));
    session.query_unpaged(statement, ()).await?;
    let rows = session.query_unpaged("SELECT writetime(a), ttl(a) FROM named WHERE id = 2", ()).await?.into_rows_result()?;
    let (stamp, ttl) = rows.single_row::<(i64, i32)>()?;
    equal((stamp, ttl > 990 && ttl <= 1000), (1_500_000_000_000_000, true), "timestamp and TTL")
}

async fn events(session: &Session) -> Outcome {
    let name = "compat_rust_events";
    let watcher = builder().cluster_metadata_refresh_interval(Duration::from_secs(3600)).build().await?;
    let known = |table: &str| watcher.get_cluster_state().get_keyspace(name).is_some_and(|k| k.tables.contains_key(table));
    execute(session, &[&format!("DROP KEYSPACE IF EXISTS {name}"), &format!("CREATE KEYSPACE {name} WITH replication = {REPLICATION}")]).await?;
    execute(session, &[&format!("CREATE TABLE {name}.t (id int PRIMARY KEY)")]).await?;
    // The driver leaves schema events to its next refresh of metadata, so what it sees then is what is asked for.
    watcher.refresh_metadata().await?;
    equal(known("t"), true, "the table is known")?;
    execute(session, &[&format!("DROP KEYSPACE {name}")]).await?;
    watcher.refresh_metadata().await?;
    equal(watcher.get_cluster_state().get_keyspace(name).is_none(), true, "the keyspace is gone")
}

async fn in_flight(session: &Session) -> Outcome {
    let select = session.prepare("SELECT c FROM paged WHERE p = ? AND c = ?").await?;
    let results = futures::future::try_join_all((0..1000).map(|n| session.execute_unpaged(&select, (n % 7, n)))).await?;
    for (n, result) in results.into_iter().enumerate() {
        equal(result.into_rows_result()?.single_row::<(i32,)>()?.0, n as i32, "row")?;
    }
    Ok(())
}

async fn prepared_and_changed(session: &Session) -> Outcome {
    fresh(session, "altered", "id int PRIMARY KEY, a int").await?;
    let select = session.prepare("SELECT a FROM altered WHERE id = ?").await?;
    execute(session, &["ALTER TABLE altered ADD b text", "DROP TABLE altered", "CREATE TABLE altered (id int PRIMARY KEY, a int)",
                       "INSERT INTO altered (id, a) VALUES (1, 3)"]).await?;
    let rows = session.execute_unpaged(&select, (1,)).await?.into_rows_result()?;
    equal(rows.single_row::<(i32,)>()?, (3,), "row")
}

async fn restart(session: &Session) -> Outcome {
    let Some(command) = std::env::var("RINGLET_RESTART").ok().filter(|c| !c.is_empty()) else { return Err("left out: RINGLET_RESTART is not set".into()) };
    let select = session.prepare("SELECT v FROM paged WHERE p = ? AND c = ?").await?;
    session.execute_unpaged(&select, (3, 3)).await?;
    let done = tokio::process::Command::new("bash").args(["-c", &command]).output().await?;
    equal(done.status.success(), true, "restart")?;
    eventually!(session.execute_unpaged(&select, (3, 3)).await.is_ok(), "the prepared statement works again", 60);
    let rows = session.execute_unpaged(&select, (3, 3)).await?.into_rows_result()?;
    equal(rows.single_row::<(String,)>()?.0, "3".into(), "value")?;
    session.query_unpaged("INSERT INTO paged (p, c, v) VALUES (?, ?, ?)", (100, 1, "after")).await?;
    Ok(())
}

async fn prepare_keyspace() -> Result<Session, Box<dyn Error + Send + Sync>> {
    let session = builder().build().await?;
    let create = format!("CREATE KEYSPACE {KEYSPACE} WITH replication = {REPLICATION}");
    execute(&session, &[&format!("DROP KEYSPACE IF EXISTS {KEYSPACE}"), &create]).await?;
    session.use_keyspace(KEYSPACE, false).await?;
    Ok(session)
}

#[tokio::main]
async fn main() {
    let session = match prepare_keyspace().await {
        Ok(session) => session,
        Err(error) => {
            println!("FAIL  a session connects and makes a keyspace: {error}\n0 passed, 1 failed");
            std::process::exit(1);
        }
    };
    let (mut passed, mut failed) = (0, 0);
    macro_rules! test {
        ($sentence:expr, $run:ident) => {
            match $run(&session).await {
                Ok(()) => {
                    println!("ok    {}", $sentence);
                    passed += 1;
                }
                Err(error) if error.to_string().starts_with("left out") => println!("left out: {}: {}", $sentence, error),
                Err(error) => {
                    println!("FAIL  {}\n      {}", $sentence, error);
                    failed += 1;
                }
            }
        };
    }
    test!("LZ4 carries long values", compressed);
    test!("the node describes itself", describes_itself);
    test!("schema metadata has keys, statics and types", schema_metadata);
    test!("every native type round-trips: null, empty and extremes", native_types);
    test!("collections, tuples, vectors and user types round-trip", collections);
    test!("10,000 rows come in pages, complete and without repetition", paging);
    test!("logged, unlogged and counter batches apply", batches);
    test!("conditional writes answer as applied, or with what is there", conditions);
    test!("errors are the driver's own", errors);
    test!("values are bound by name, left unset, stamped and given a lifetime", bindings);
    test!("another client's schema changes are seen", events);
    test!("1,000 requests are in flight at once", in_flight);
    test!("a prepared statement is prepared again when its table was made again", prepared_and_changed);
    test!("after a restart the data is there, and prepared statements are prepared again", restart);
    println!("{passed} passed, {failed} failed");
    std::process::exit(if failed > 0 { 1 } else { 0 });
}
