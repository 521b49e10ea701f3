// The Java driver 4 against a node: connections, metadata, types, paging, batches, conditions, errors, events.

import static com.datastax.oss.driver.api.core.cql.SimpleStatement.newInstance;

import com.datastax.oss.driver.api.core.AllNodesFailedException;
import com.datastax.oss.driver.api.core.CqlIdentifier;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.CqlSessionBuilder;
import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import com.datastax.oss.driver.api.core.DriverException;
import com.datastax.oss.driver.api.core.InvalidKeyspaceException;
import com.datastax.oss.driver.api.core.config.DefaultDriverOption;
import com.datastax.oss.driver.api.core.config.DriverConfigLoader;
import com.datastax.oss.driver.api.core.config.ProgrammaticDriverConfigLoaderBuilder;
import com.datastax.oss.driver.api.core.cql.*;
import com.datastax.oss.driver.api.core.data.CqlDuration;
import com.datastax.oss.driver.api.core.data.CqlVector;
import com.datastax.oss.driver.api.core.data.TupleValue;
import com.datastax.oss.driver.api.core.data.UdtValue;
import com.datastax.oss.driver.api.core.metadata.Node;
import com.datastax.oss.driver.api.core.metadata.schema.*;
import com.datastax.oss.driver.api.core.servererrors.*;
import com.datastax.oss.driver.api.core.type.DataType;
import com.datastax.oss.driver.api.core.type.TupleType;
import com.datastax.oss.driver.api.core.type.UserDefinedType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.*;
import java.util.*;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;
import java.util.stream.*;

public class Suite {
  static final String KEYSPACE = "compat_java";
  static final String REPLICATION = "{'class': 'SimpleStrategy', 'replication_factor': 1}";

  interface Test { void run(CqlSession session) throws Exception; }
  static class LeftOut extends RuntimeException { LeftOut(String reason) { super(reason); } }
  static final Map<String, Test> tests = new LinkedHashMap<>();

  static ProgrammaticDriverConfigLoaderBuilder options() { return DriverConfigLoader.programmaticBuilder(); }

  static CqlSessionBuilder builder(DriverConfigLoader options) {
    return CqlSession.builder()
        .addContactPoint(new InetSocketAddress(System.getenv("RINGLET_HOST"), Integer.parseInt(System.getenv("RINGLET_PORT"))))
        .withLocalDatacenter("datacenter1").withConfigLoader(options);
  }

  static CqlSession connect(DriverConfigLoader options) { return builder(options).withKeyspace(KEYSPACE).build(); }

  static void equal(Object got, Object expected, String what) {
    if (!Objects.equals(got, expected)) throw new AssertionError(what + ": got " + got + ", expected " + expected);
  }

  static <T extends Throwable> T fails(Class<T> kind, Runnable action, String word) {
    try {
      action.run();
    } catch (Throwable thrown) {
      // A retry on the next of one nodes wraps the error of the first.
      Throwable error = thrown instanceof AllNodesFailedException all && !all.getAllErrors().isEmpty()
          ? all.getAllErrors().values().iterator().next().get(0) : thrown;
      if (error.getClass() != kind) throw new AssertionError("expected " + kind.getSimpleName(), error);
      if (!error.getMessage().contains(word)) throw new AssertionError("does not say " + word, error);
      return kind.cast(error);
    }
    throw new AssertionError("nothing was thrown, expected " + kind.getSimpleName());
  }

  static void eventually(BooleanSupplier condition, String what, int seconds) throws InterruptedException {
    for (long deadline = System.nanoTime() + seconds * 1_000_000_000L; System.nanoTime() < deadline; Thread.sleep(50))
      if (condition.getAsBoolean()) return;
    throw new AssertionError("not within " + seconds + " s: " + what);
  }

  static void fresh(CqlSession session, String table, String columns) {
    session.execute("DROP TABLE IF EXISTS " + table);
    session.execute("CREATE TABLE " + table + " (" + columns + ")");
  }

  static KeyspaceMetadata keyspace(CqlSession session) { return session.getMetadata().getKeyspace(KEYSPACE).get(); }

  static void useVersion(String version, String compression) {
    var options = options().withString(DefaultDriverOption.PROTOCOL_VERSION, version)
        .withString(DefaultDriverOption.PROTOCOL_COMPRESSION, compression).build();
    try (CqlSession session = connect(options)) {
      equal(session.getContext().getProtocolVersion().name(), version, "version");
      String text = "round and round ".repeat(60_000);
      session.execute("CREATE TABLE IF NOT EXISTS versions (id text PRIMARY KEY, v text)");
      session.execute(session.prepare("INSERT INTO versions (id, v) VALUES (?, ?)").bind(version, text));
      equal(session.execute(newInstance("SELECT v FROM versions WHERE id = ?", version)).one().getString(0), text, "text");
    }
  }

  static void describesItself(CqlSession session) {
    equal(session.getContext().getProtocolVersion().name(), "V5", "negotiated version");
    equal(session.getMetadata().getNodes().size(), 1, "nodes");
    Node node = session.getMetadata().getNodes().values().iterator().next();
    equal(node.getDatacenter() + " " + node.getRack(), "datacenter1 rack1", "place");
    equal(node.getHostId() != null && node.getCassandraVersion().getMajor() >= 4, true, "host id and version");
    equal(session.getMetadata().getTokenMap().get().getReplicas(KEYSPACE, ByteBuffer.allocate(4)), Set.of(node), "replicas");
    equal(session.checkSchemaAgreement(), true, "schema agreement");
  }

  static void schemaMetadata(CqlSession session) {
    session.execute("DROP TABLE IF EXISTS wide");
    session.execute("CREATE TABLE wide (p1 int, p2 text, c1 timeuuid, c2 int, s text static, v list<frozen<map<text, int>>>, "
        + "t tuple<int, text>, \"Mixed Case\" int, PRIMARY KEY ((p1, p2), c1, c2)) WITH CLUSTERING ORDER BY (c1 DESC, c2 ASC) "
        + "AND comment = 'wide' AND default_time_to_live = 86400");
    TableMetadata table = keyspace(session).getTable("wide").get();
    equal(table.getPrimaryKey().stream().map(c -> c.getName().asInternal()).toList(), List.of("p1", "p2", "c1", "c2"), "key");
    equal(List.copyOf(table.getClusteringColumns().values()), List.of(ClusteringOrder.DESC, ClusteringOrder.ASC), "order");
    equal(table.getColumn("s").get().isStatic(), true, "static");
    equal(table.getColumn("v").get().getType().asCql(true, true), "list<frozen<map<text, int>>>", "type of v");
    equal(table.getColumn("t").get().getType().asCql(true, true), "frozen<tuple<int, text>>", "type of t");
    equal(table.getColumn("\"Mixed Case\"").isPresent(), true, "mixed case");
    equal(table.getOptions().get(CqlIdentifier.fromCql("comment")), "wide", "comment");
    String text = table.describe(false);
    session.execute("DROP TABLE wide");
    session.execute(text);
    equal(keyspace(session).getTable("wide").get().describe(false), text, "described, dropped, created");
    equal(session.getMetadata().getKeyspace("system").isPresent(), false, "system is left out by default");
  }

  static final CqlDuration LONGEST = CqlDuration.newInstance(Integer.MAX_VALUE, Integer.MAX_VALUE, Long.MAX_VALUE);

  static Map<String, List<?>> nativeValues() throws Exception {
    BigInteger huge = BigInteger.ONE.shiftLeft(200);
    Map<String, List<?>> all = new LinkedHashMap<>();
    all.put("ascii", List.of("", "a~"));
    all.put("bigint", List.of(0L, Long.MAX_VALUE, Long.MIN_VALUE));
    all.put("blob", List.of(ByteBuffer.allocate(0), ByteBuffer.wrap(new byte[] {0, -1}), ByteBuffer.allocate(100_000)));
    all.put("boolean", List.of(true, false));
    all.put("date", List.of(LocalDate.EPOCH, LocalDate.ofEpochDay(Integer.MAX_VALUE), LocalDate.ofEpochDay(Integer.MIN_VALUE)));
    all.put("decimal", List.of(BigDecimal.ZERO, new BigDecimal("-123.4560"), new BigDecimal(huge, Integer.MAX_VALUE), new BigDecimal(BigInteger.ONE, Integer.MIN_VALUE)));
    all.put("double", List.of(0.0, -0.0, Double.MAX_VALUE, Double.MIN_VALUE, Double.NEGATIVE_INFINITY, Double.NaN));
    all.put("duration", List.of(CqlDuration.newInstance(0, 0, 0), CqlDuration.newInstance(-1, -2, -3), LONGEST));
    all.put("float", List.of(0f, -0f, Float.MAX_VALUE, Float.MIN_VALUE, Float.NaN));
    all.put("inet", List.of(InetAddress.getByName("0.0.0.0"), InetAddress.getByName("255.255.255.255"), InetAddress.getByName("2001:db8::ff")));
    all.put("int", List.of(0, Integer.MAX_VALUE, Integer.MIN_VALUE));
    all.put("smallint", List.of((short) 0, Short.MAX_VALUE, Short.MIN_VALUE));
    all.put("text", List.of("", "it's", "é世🚀\0", "x".repeat(70_000)));
    all.put("time", List.of(LocalTime.MIDNIGHT, LocalTime.MAX));
    all.put("timestamp", List.of(Instant.EPOCH, Instant.ofEpochMilli(Long.MAX_VALUE), Instant.ofEpochMilli(Long.MIN_VALUE)));
    all.put("timeuuid", List.of(UUID.fromString("00000000-0000-1000-8080-808080808080"), UUID.fromString("ffffffff-ffff-1fff-bfff-ffffffffffff")));
    all.put("tinyint", List.of((byte) 0, Byte.MAX_VALUE, Byte.MIN_VALUE));
    all.put("uuid", List.of(new UUID(0, 0), new UUID(-1, -1)));
    all.put("varint", List.of(BigInteger.ZERO, BigInteger.valueOf(-129), huge, huge.negate()));
    return all;
  }

  static Map<String, List<?>> collectionValues() {
    Map<String, List<?>> all = new LinkedHashMap<>();
    all.put("list<int>", List.of(List.of(1, 2, 2)));
    all.put("set<text>", List.of(Set.of("", "a")));
    all.put("map<text, int>", List.of(Map.of("", -1, "a", 1)));
    all.put("frozen<list<int>>", List.of(List.of(), List.of(3, 1)));
    all.put("frozen<set<int>>", List.of(Set.of(), Set.of(3, 1)));
    all.put("map<text, frozen<map<text, frozen<set<int>>>>>", List.of(Map.of("a", Map.of("b", Set.of(1), "c", Set.of()))));
    all.put("vector<float, 3>", List.of(CqlVector.newInstance(0f, 1.5f, -2.25f)));
    return all;
  }

  static void roundTrip(CqlSession session, String table, Map<String, List<?>> kinds) {
    List<String> names = new ArrayList<>(kinds.keySet());
    fresh(session, table, "id int PRIMARY KEY, " + IntStream.range(0, names.size()).mapToObj(n -> "c" + n + " " + names.get(n)).collect(Collectors.joining(", ")));
    List<String> wrong = new ArrayList<>();
    for (int n = 0; n < names.size(); n++) {
      PreparedStatement insert = session.prepare("INSERT INTO " + table + " (id, c" + n + ") VALUES (1, ?)");
      PreparedStatement select = session.prepare("SELECT c" + n + " FROM " + table + " WHERE id = 1");
      List<Object> values = new ArrayList<>(kinds.get(names.get(n)));
      values.add(null);
      for (Object value : values) {
        session.execute(insert.bind(value));
        Row row = session.execute(select.bind()).one();
        Object got = value == null && row.isNull(0) ? null : row.getObject(0);
        if (!Objects.equals(got, value)) wrong.add(names.get(n) + ": " + value + " came back as " + got);
      }
    }
    equal(wrong, List.of(), "wrong");
  }

  static void userTypes(CqlSession session) {
    session.execute("DROP TABLE IF EXISTS people");
    session.execute("DROP TYPE IF EXISTS person");
    session.execute("DROP TYPE IF EXISTS address");
    session.execute("CREATE TYPE address (street text, zip int)");
    session.execute("CREATE TYPE person (name text, home frozen<address>, others frozen<list<frozen<address>>>)");
    fresh(session, "people", "id int PRIMARY KEY, f frozen<person>, a address, t tuple<int, frozen<address>, text>");
    UserDefinedType addressType = keyspace(session).getUserDefinedType("address").get();
    UserDefinedType personType = keyspace(session).getUserDefinedType("person").get();
    TupleType tupleType = (TupleType) keyspace(session).getTable("people").get().getColumn("t").get().getType();
    UdtValue a = addressType.newValue("Main", 1), b = addressType.newValue(null, Integer.MIN_VALUE);
    UdtValue person = personType.newValue("x", a, List.of(b, a));
    TupleValue tuple = tupleType.newValue(null, b, "");
    PreparedStatement insert = session.prepare("INSERT INTO people (id, f, a, t) VALUES (1, ?, ?, ?)");
    for (Object[] values : new Object[][] {{person, a, tuple}, {personType.newValue(null, null, List.of()), b, tupleType.newValue(1, null, null)}, {null, null, null}}) {
      session.execute(insert.bind(values));
      Row row = session.execute("SELECT f, a, t FROM people").one();
      equal(Arrays.asList(row.getUdtValue(0), row.getUdtValue(1), row.getTupleValue(2)), Arrays.asList(values), "row");
    }
  }

  static void paging(CqlSession session) throws Exception {
    fresh(session, "paged", "p int, c int, v text, PRIMARY KEY (p, c)");
    PreparedStatement insert = session.prepare("INSERT INTO paged (p, c, v) VALUES (?, ?, ?)");
    List<CompletionStage<AsyncResultSet>> running = new ArrayList<>();
    for (int n = 0; n < 10_000; n++) {
      running.add(session.executeAsync(insert.bind(n % 7, n, "" + n)));
      if (running.size() < 200) continue;
      for (var one : running) one.toCompletableFuture().get();
      running.clear();
    }
    for (int size : new int[] {5000, 999}) {
      List<Integer> seen = new ArrayList<>();
      session.execute(newInstance("SELECT c FROM paged").setPageSize(size)).forEach(row -> seen.add(row.getInt(0)));
      Collections.sort(seen);
      equal(seen, IntStream.range(0, 10_000).boxed().toList(), "pages of " + size);
    }
    PreparedStatement select = session.prepare("SELECT c FROM paged WHERE p = ?");
    int rows = 0;
    AsyncResultSet page = session.executeAsync(select.bind(3).setPageSize(100)).toCompletableFuture().get();
    for (rows += page.remaining(); page.hasMorePages(); rows += page.remaining()) page = page.fetchNextPage().toCompletableFuture().get();
    equal(rows, 1429, "rows of one partition");
    ResultSet first = session.execute(newInstance("SELECT c FROM paged").setPageSize(4000));
    ByteBuffer state = first.getExecutionInfo().getPagingState();
    equal(first.getAvailableWithoutFetching() + session.execute(newInstance("SELECT c FROM paged").setPagingState(state)).all().size(), 10_000, "rows of a state");
  }

  static void batches(CqlSession session) {
    fresh(session, "batched", "p int, c int, v text, PRIMARY KEY (p, c)");
    fresh(session, "counted", "id int PRIMARY KEY, n counter");
    PreparedStatement insert = session.prepare("INSERT INTO batched (p, c, v) VALUES (?, ?, ?)");
    for (BatchType kind : new BatchType[] {DefaultBatchType.LOGGED, DefaultBatchType.UNLOGGED}) {
      BatchStatementBuilder batch = BatchStatement.builder(kind);
      for (int c = 0; c < 20; c++) batch.addStatement(insert.bind(kind == DefaultBatchType.LOGGED ? 0 : 1, c, "v"));
      session.execute(batch.addStatement(newInstance("INSERT INTO batched (p, c, v) VALUES (?, 1, ?)", 9, "simple")).build());
    }
    equal(session.execute("SELECT count(*) FROM batched").one().getLong(0), 41L, "rows");
    PreparedStatement add = session.prepare("UPDATE counted SET n = n + ? WHERE id = 1");
    session.execute(BatchStatement.newInstance(DefaultBatchType.COUNTER, add.bind(5L), add.bind(-7L)));
    equal(session.execute("SELECT n FROM counted").one().getLong(0), -2L, "counter");
  }

  static void conditions(CqlSession session) {
    fresh(session, "conditional", "p int, c int, v text, PRIMARY KEY (p, c)");
    PreparedStatement insert = session.prepare("INSERT INTO conditional (p, c, v) VALUES (1, 1, ?) IF NOT EXISTS");
    ResultSet applied = session.execute(insert.bind("a"));
    equal(applied.wasApplied() + " " + applied.getColumnDefinitions().size(), "true 1", "the first");
    ResultSet refused = session.execute(insert.bind("b"));
    equal(refused.wasApplied(), false, "the second");
    List<String> names = new ArrayList<>();
    refused.getColumnDefinitions().forEach(d -> names.add(d.getName().asInternal()));
    equal(names, List.of("[applied]", "p", "c", "v"), "columns");
    equal(refused.one().getString("v"), "a", "what is there");
    equal(session.execute("UPDATE conditional SET v = 'z' WHERE p = 1 AND c = 1 IF v = 'q'").wasApplied(), false, "false condition");
    equal(session.execute("UPDATE conditional SET v = 'z' WHERE p = 1 AND c = 1 IF v = 'a'").wasApplied(), true, "true condition");
    equal(session.execute(newInstance("SELECT v FROM conditional WHERE p = 1").setConsistencyLevel(DefaultConsistencyLevel.SERIAL)).one().getString(0), "z", "serial read");
  }

  static void errors(CqlSession session) {
    fails(SyntaxError.class, () -> session.execute("SELEC 1"), "line 1");
    fails(InvalidQueryException.class, () -> session.execute("SELECT nothing FROM paged"), "nothing");
    fails(InvalidQueryException.class, () -> session.prepare("SELECT * FROM nowhere"), "nowhere");
    fails(AlreadyExistsException.class, () -> session.execute("CREATE TABLE paged (id int PRIMARY KEY)"), "paged");
    fails(InvalidConfigurationInQueryException.class, () -> session.execute("CREATE KEYSPACE nowhere WITH replication = {'class': 'NoSuchStrategy'}"), "NoSuchStrategy");
    UnavailableException missing = fails(UnavailableException.class,
        () -> session.execute(newInstance("SELECT * FROM paged WHERE p = 1").setConsistencyLevel(DefaultConsistencyLevel.TWO)), "TWO");
    equal(missing.getRequired() + " " + missing.getAlive() + " " + missing.getConsistencyLevel(), "2 1 TWO", "replicas");
    fails(InvalidKeyspaceException.class, () -> builder(options().build()).withKeyspace("nowhere").build().close(), "nowhere");
    fails(InvalidQueryException.class, () -> session.execute(newInstance("INSERT INTO paged (p, c) VALUES (?, ?)", "texts", 1)), "");
  }

  static void bindings(CqlSession session) {
    fresh(session, "named", "id int PRIMARY KEY, a text, b text");
    session.execute(newInstance("INSERT INTO named (id, a, b) VALUES (:id, :a, :b)", Map.of("b", "b", "id", 1, "a", "a")));
    PreparedStatement insert = session.prepare("INSERT INTO named (id, a, b) VALUES (:id, :a, :b)");
    session.execute(insert.bind().setInt("id", 1).setToNull("b"));
    Row row = session.execute("SELECT a, b FROM named").one();
    equal(row.getString(0) + " " + row.getString(1), "a null", "row");
    session.execute(newInstance("INSERT INTO named (id, a) VALUES (2, 'x') USING TTL 1000").setQueryTimestamp(1_500_000_000_000_000L));
    row = session.execute("SELECT writetime(a), ttl(a) FROM named WHERE id = 2").one();
    equal(row.getLong(0), 1_500_000_000_000_000L, "timestamp");
    equal(row.getInt(1) > 990 && row.getInt(1) <= 1000, true, "TTL");
    session.execute(newInstance("SELECT key FROM system.local").setCustomPayload(Map.of("key", ByteBuffer.wrap(new byte[] {0, 1}))));
    session.execute(newInstance("SELECT * FROM named").setIdempotent(true).setKeyspace(KEYSPACE));
  }

  static void preparedAndChanged(CqlSession session) {
    fresh(session, "altered", "id int PRIMARY KEY, a int");
    session.execute("INSERT INTO altered (id, a) VALUES (1, 2)");
    PreparedStatement select = session.prepare("SELECT * FROM altered WHERE id = ?");
    equal(session.execute(select.bind(1)).one().getColumnDefinitions().size(), 2, "columns before");
    session.execute("ALTER TABLE altered ADD b text");
    equal(session.execute(select.bind(1)).one().getColumnDefinitions().size(), 3, "columns after");
    equal(select.getResultSetDefinitions().size(), 3, "what the statement knows");
    fresh(session, "altered", "id int PRIMARY KEY, a int");
    session.execute("INSERT INTO altered (id, a) VALUES (1, 3)");
    equal(session.execute(select.bind(1)).one().getInt("a"), 3, "after the table was made again");
  }

  static void events(CqlSession session) throws Exception {
    Queue<String> seen = new ConcurrentLinkedQueue<>();
    var listener = new SchemaChangeListenerBase() {
      @Override public void onKeyspaceCreated(KeyspaceMetadata k) { seen.add("+" + k.getName()); }
      @Override public void onKeyspaceDropped(KeyspaceMetadata k) { seen.add("-" + k.getName()); }
      @Override public void onTableCreated(TableMetadata t) { seen.add("+" + t.getName()); }
      @Override public void onTableUpdated(TableMetadata t, TableMetadata old) { seen.add("~" + t.getName()); }
      @Override public void onTableDropped(TableMetadata t) { seen.add("-" + t.getName()); }
      @Override public void onUserDefinedTypeCreated(UserDefinedType t) { seen.add("+" + t.getName()); }
    };
    String name = "compat_java_events";
    session.execute("DROP KEYSPACE IF EXISTS " + name);
    var quickly = options().withDuration(DefaultDriverOption.METADATA_SCHEMA_WINDOW, Duration.ofMillis(10)).build();
    try (CqlSession watcher = builder(quickly).withSchemaChangeListener(listener).build()) {
      String[][] steps = {{"CREATE KEYSPACE " + name + " WITH replication = " + REPLICATION, "+" + name},
          {"CREATE TABLE " + name + ".t (id int PRIMARY KEY)", "+t"}, {"ALTER TABLE " + name + ".t ADD v int", "~t"},
          {"CREATE TYPE " + name + ".u (f int)", "+u"}, {"DROP TABLE " + name + ".t", "-t"}, {"DROP KEYSPACE " + name, "-" + name}};
      for (String[] step : steps) {
        session.execute(step[0]);
        eventually(() -> seen.contains(step[1]), step[1] + " after " + step[0] + ", seen " + seen, 15);
      }
    }
  }

  static void inFlight(CqlSession session) throws Exception {
    PreparedStatement select = session.prepare("SELECT c FROM paged WHERE p = ? AND c = ?");
    List<CompletionStage<AsyncResultSet>> running = IntStream.range(0, 1000).mapToObj(n -> session.executeAsync(select.bind(n % 7, n))).toList();
    for (int n = 0; n < 1000; n++) equal(running.get(n).toCompletableFuture().get().one().getInt(0), n, "row");
  }

  static void tracing(CqlSession session) {
    ExecutionInfo info = session.execute(newInstance("SELECT * FROM paged LIMIT 1").setTracing(true)).getExecutionInfo();
    if (info.getTracingId() == null) throw new LeftOut("the server does not trace");
    equal(info.getQueryTrace().getEvents().isEmpty(), false, "no events");
  }

  static void restart(CqlSession session) throws Exception {
    if (System.getenv("RINGLET_RESTART") == null || System.getenv("RINGLET_RESTART").isEmpty()) throw new LeftOut("RINGLET_RESTART is not set");
    PreparedStatement select = session.prepare("SELECT v FROM paged WHERE p = ? AND c = ?");
    equal(session.execute(select.bind(3, 3)).one().getString(0), "3", "before");
    equal(new ProcessBuilder("bash", "-c", System.getenv("RINGLET_RESTART")).redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor(), 0, "restart");
    eventually(() -> {
      try { return session.execute(select.bind(3, 3)).one().getString(0).equals("3"); } catch (DriverException down) { return false; }
    }, "the prepared statement works again", 60);
    session.execute(session.prepare("INSERT INTO paged (p, c, v) VALUES (?, ?, ?)").bind(100, 1, "after"));
  }

  public static void main(String[] arguments) throws Exception {
    for (String version : List.of("V3", "V4", "V5"))
      for (String compression : List.of("none", "lz4"))
        tests.put("protocol " + version + ", compression " + compression + ", carries long values", s -> useVersion(version, compression));
    tests.put("the node describes itself, and negotiation ends at V5", Suite::describesItself);
    tests.put("schema metadata has keys, order, statics, types and options", Suite::schemaMetadata);
    tests.put("every native type round-trips: null, empty and extremes", s -> roundTrip(s, "native_types", nativeValues()));
    tests.put("collections, frozen collections and vectors round-trip", s -> roundTrip(s, "collections", collectionValues()));
    tests.put("user types and tuples round-trip: nested and with nulls", Suite::userTypes);
    tests.put("10,000 rows come in pages, complete and without repetition", Suite::paging);
    tests.put("logged, unlogged and counter batches apply", Suite::batches);
    tests.put("conditional writes answer as applied, or with what is there", Suite::conditions);
    tests.put("errors are the driver's own exceptions", Suite::errors);
    tests.put("values are bound by name, left unset, stamped and given a lifetime; a payload is accepted", Suite::bindings);
    tests.put("a prepared statement follows its table's changes", Suite::preparedAndChanged);
    tests.put("another client's schema changes arrive as events", Suite::events);
    tests.put("1,000 requests are in flight at once", Suite::inFlight);
    tests.put("a trace tells what happened", Suite::tracing);
    tests.put("after a restart the data is there, and prepared statements are prepared again", Suite::restart);

    try (CqlSession setup = builder(options().build()).build()) {
      setup.execute("DROP KEYSPACE IF EXISTS " + KEYSPACE);
      setup.execute("CREATE KEYSPACE " + KEYSPACE + " WITH replication = " + REPLICATION);
    }
    int passed = 0, failed = 0;
    try (CqlSession session = connect(options().build())) {
      for (var test : tests.entrySet()) {
        try {
          test.getValue().run(session);
          System.out.println("ok    " + test.getKey());
          passed++;
        } catch (LeftOut reason) {
          System.out.println("left out: " + test.getKey() + ": " + reason.getMessage());
        } catch (Throwable error) {
          System.out.println("FAIL  " + test.getKey() + "\n      " + error + (error.getCause() == null ? "" : "\n      " + error.getCause()));
          failed++;
        }
      }
    }
    System.out.println(passed + " passed, " + failed + " failed");
    System.exit(failed == 0 ? 0 : 1);
  }
}
