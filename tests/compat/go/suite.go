package main

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"sync"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
	"github.com/apache/cassandra-gocql-driver/v2/lz4"
	"gopkg.in/inf.v0"
)

var tests = []test{
	{"plain protocol v3 carries long values", func(*gocql.Session) error { return useVersion(3, nil) }},
	{"protocol v4 with LZ4 carries long values", func(*gocql.Session) error { return useVersion(4, lz4.LZ4Compressor{}) }},
	{"protocol v5 carries long values", func(*gocql.Session) error { return useVersion(5, nil) }},
	{"protocol v5 with LZ4 carries long values", func(*gocql.Session) error { return useVersion(5, lz4.LZ4Compressor{}) }},
	{"the node describes itself", describesItself},
	{"schema metadata has keys, order, statics and types", schemaMetadata},
	{"every native type round-trips: null, empty and extremes", nativeTypes},
	{"collections, tuples and user types round-trip", collections},
	{"10,000 rows come in pages, complete and without repetition", paging},
	{"logged, unlogged and counter batches apply", batches},
	{"conditional writes answer as applied, or with what is there", conditions},
	{"errors are gocql's own", requestErrors},
	{"values are bound by name, left unset, stamped and given a lifetime", bindings},
	{"a custom payload is accepted", customPayload},
	{"another client's schema changes arrive as events", events},
	{"1,000 requests are in flight at once", inFlight},
	{"a trace tells what happened", tracing},
	{"after a restart the data is there, and prepared statements are prepared again", restart},
}

func useVersion(version int, compressor gocql.Compressor) error {
	cluster := newCluster()
	cluster.ProtoVersion, cluster.Compressor = version, compressor
	session, err := cluster.CreateSession()
	if err != nil {
		return err
	}
	defer session.Close()
	text, got := strings.Repeat("round and round ", 60_000), ""
	return first(
		execute(session, "CREATE TABLE IF NOT EXISTS versions (id int PRIMARY KEY, v text)"),
		session.Query("INSERT INTO versions (id, v) VALUES (?, ?)", version, text).Exec(),
		session.Query("SELECT v FROM versions WHERE id = ?", version).Scan(&got),
		equal(len(got), len(text), "length"), equal(got == text, true, "the text comes back"))
}

func describesItself(session *gocql.Session) error {
	hosts := session.GetHosts()
	if len(hosts) != 1 {
		return fmt.Errorf("%d hosts", len(hosts))
	}
	return first(equal(hosts[0].DataCenter(), "datacenter1", "data center"), equal(hosts[0].Rack(), "rack1", "rack"),
		equal(len(hosts[0].Tokens()) > 0, true, "has tokens"), equal(hosts[0].HostID() != "", true, "has an id"))
}

func schemaMetadata(session *gocql.Session) error {
	err := execute(session, "DROP TABLE IF EXISTS wide", `CREATE TABLE wide (p1 int, p2 text, c1 timeuuid, c2 int, s text static,
		v list<frozen<map<text, int>>>, PRIMARY KEY ((p1, p2), c1, c2)) WITH CLUSTERING ORDER BY (c1 DESC, c2 ASC)`)
	if err != nil {
		return err
	}
	var table *gocql.TableMetadata
	err = eventually(func() bool {
		metadata, err := session.KeyspaceMetadata(keyspace)
		if err == nil {
			table = metadata.Tables["wide"]
		}
		return table != nil
	}, "the table is known", 10*time.Second)
	if err != nil {
		return err
	}
	names := []string{}
	for _, column := range append(append([]*gocql.ColumnMetadata{}, table.PartitionKey...), table.ClusteringColumns...) {
		names = append(names, column.Name)
	}
	return first(equal(names, []string{"p1", "p2", "c1", "c2"}, "key"),
		equal(table.ClusteringColumns[0].Order, gocql.DESC, "order of c1"), equal(table.ClusteringColumns[1].Order, gocql.ASC, "order of c2"),
		equal(table.Columns["s"].Kind, gocql.ColumnStatic, "kind of s"), equal(len(table.Columns), 6, "columns"))
}

// roundTrip writes each value, then nulls, and wants the same back.
func roundTrip(session *gocql.Session, table string, kinds map[string][]any) error {
	columns, names := "id int PRIMARY KEY", map[string]string{}
	for kind := range kinds {
		names[kind] = fmt.Sprintf("c%d", len(names))
		columns += ", " + names[kind] + " " + kind
	}
	if err := fresh(session, table, columns); err != nil {
		return err
	}
	wrong := []string{}
	for kind, values := range kinds {
		insert := fmt.Sprintf("INSERT INTO %s (id, %s) VALUES (1, ?)", table, names[kind])
		query := fmt.Sprintf("SELECT %s FROM %s WHERE id = 1", names[kind], table)
		for _, value := range values {
			got := reflect.New(reflect.TypeOf(value))
			if err := session.Query(insert, value).Exec(); err != nil {
				wrong = append(wrong, fmt.Sprintf("%s: %v: %v", kind, value, err))
			} else if err := session.Query(query).Scan(got.Interface()); err != nil {
				wrong = append(wrong, fmt.Sprintf("%s: %v: %v", kind, value, err))
			} else if !same(got.Elem().Interface(), value) {
				wrong = append(wrong, fmt.Sprintf("%s: %.60v came back as %.60v", kind, value, got.Elem().Interface()))
			}
		}
		if kind == "address" {
			continue // gocql cannot write a null user type
		}
		null := reflect.New(reflect.PointerTo(reflect.TypeOf(values[0])))
		if err := first(session.Query(insert, nil).Exec(), session.Query(query).Scan(null.Interface())); err != nil || !null.Elem().IsNil() {
			wrong = append(wrong, fmt.Sprintf("%s: null came back as %v (%v)", kind, null.Elem(), err))
		}
	}
	if len(wrong) > 0 {
		return fmt.Errorf("%s", strings.Join(wrong, "\n      "))
	}
	return nil
}

func same(got, expected any) bool {
	switch expected := expected.(type) {
	case time.Time:
		return expected.Equal(got.(time.Time))
	case *big.Int:
		return expected.Cmp(got.(*big.Int)) == 0
	case *inf.Dec:
		return expected.Cmp(got.(*inf.Dec)) == 0 && expected.Scale() == got.(*inf.Dec).Scale()
	case []byte:
		return string(expected) == string(got.([]byte))
	}
	return reflect.DeepEqual(got, expected)
}

func nativeTypes(session *gocql.Session) error {
	huge := new(big.Int).Lsh(big.NewInt(1), 200)
	uuid, _ := gocql.ParseUUID("ffffffff-ffff-4fff-bfff-ffffffffffff")
	return roundTrip(session, "native_types", map[string][]any{
		"ascii":     {"", "a~"},
		"bigint":    {int64(0), int64(math.MaxInt64), int64(math.MinInt64)},
		"blob":      {[]byte{}, []byte{0, 255}, make([]byte, 100_000)},
		"boolean":   {true, false},
		"date":      {time.Unix(0, 0).UTC(), time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)},
		"decimal":   {inf.NewDec(0, 0), inf.NewDec(-1234560, 4), inf.NewDec(7, 400), inf.NewDec(7, -400)},
		"double":    {0.0, -0.5, math.MaxFloat64, math.SmallestNonzeroFloat64, math.Inf(1)},
		"duration":  {gocql.Duration{}, gocql.Duration{Months: 1, Days: 2, Nanoseconds: 3}, gocql.Duration{Months: -1, Days: -2, Nanoseconds: -3}, gocql.Duration{Months: math.MaxInt32, Days: math.MaxInt32, Nanoseconds: math.MaxInt64}},
		"float":     {float32(0), float32(math.MaxFloat32), float32(math.SmallestNonzeroFloat32)},
		"inet":      {"0.0.0.0", "255.255.255.255", "2001:db8::ff"},
		"int":       {0, math.MaxInt32, math.MinInt32},
		"smallint":  {int16(0), int16(math.MaxInt16), int16(math.MinInt16)},
		"text":      {"", "it's", "é世🚀\x00", strings.Repeat("x", 70_000)},
		"time":      {time.Duration(0), 24*time.Hour - 1},
		"timestamp": {time.UnixMilli(0), time.UnixMilli(-1), time.UnixMilli(1 << 50), time.UnixMilli(-(1 << 50))},
		"timeuuid":  {gocql.MinTimeUUID(time.Unix(0, 0)), gocql.TimeUUID()},
		"tinyint":   {int8(0), int8(127), int8(-128)},
		"uuid":      {gocql.UUID{}, uuid},
		"varint":    {big.NewInt(0), big.NewInt(-129), huge, new(big.Int).Neg(huge)},
	})
}

type address struct {
	Street *string `cql:"street"`
	Zip    int     `cql:"zip"`
}

func collections(session *gocql.Session) error {
	street := "Main"
	err := first(execute(session, "DROP TABLE IF EXISTS collections", "DROP TYPE IF EXISTS address", "CREATE TYPE address (street text, zip int)"),
		roundTrip(session, "collections", map[string][]any{
			"list<int>":                         {[]int{1, 2, 2}},
			"set<text>":                         {[]string{"", "a", "b"}},
			"map<text, int>":                    {map[string]int{"": -1, "a": 1}},
			"frozen<list<int>>":                 {[]int{}, []int{3, 1}},
			"frozen<map<int, text>>":            {map[int]string{}, map[int]string{1: "a"}},
			"map<text, frozen<map<text, int>>>": {map[string]map[string]int{"a": {"b": 1}, "c": {}}},
			"address":                           {address{&street, 1}, address{nil, math.MinInt32}},
			"frozen<list<frozen<address>>>":     {[]address{{&street, 1}, {nil, 2}}},
			"vector<float, 3>":                  {[]float32{0, 1.5, -2.25}},
		}))
	if err != nil {
		return err
	}
	var number int
	var text *string
	return first(fresh(session, "tuples", "id int PRIMARY KEY, t tuple<int, text>"),
		session.Query("INSERT INTO tuples (id, t) VALUES (1, (?, ?))", 7, nil).Exec(),
		session.Query("SELECT t FROM tuples").Scan(&number, &text), equal(number, 7, "tuple"), equal(text == nil, true, "null in a tuple"))
}

func paging(session *gocql.Session) error {
	if err := fresh(session, "paged", "p int, c int, v text, PRIMARY KEY (p, c)"); err != nil {
		return err
	}
	err := each(10_000, 50, func(n int) error {
		return session.Query("INSERT INTO paged (p, c, v) VALUES (?, ?, ?)", n%7, n, fmt.Sprint(n)).Exec()
	})
	if err != nil {
		return err
	}
	for _, size := range []int{5000, 999} {
		seen, c := map[int]bool{}, 0
		iter := session.Query("SELECT c FROM paged").PageSize(size).Iter()
		rows := 0
		for ; iter.Scan(&c); rows++ {
			seen[c] = true
		}
		if err := first(iter.Close(), equal(len(seen), 10_000, "different rows"), equal(rows, 10_000, "rows")); err != nil {
			return err
		}
	}
	iter := session.Query("SELECT c FROM paged").PageSize(4000).Iter()
	state := iter.PageState()
	rows := iter.NumRows()
	iter = session.Query("SELECT c FROM paged").PageSize(10_000).PageState(state).Iter()
	return equal(rows+iter.NumRows(), 10_000, "rows of both pages")
}

// each runs work(0..count-1) on that many goroutines and returns one of its errors.
func each(count, workers int, work func(int) error) error {
	var group sync.WaitGroup
	failures := make(chan error, workers)
	for worker := 0; worker < workers; worker++ {
		group.Add(1)
		go func(worker int) {
			defer group.Done()
			for n := worker; n < count; n += workers {
				if err := work(n); err != nil {
					failures <- err
					return
				}
			}
		}(worker)
	}
	group.Wait()
	close(failures)
	return <-failures
}

func batches(session *gocql.Session) error {
	err := first(fresh(session, "batched", "p int, c int, v text, PRIMARY KEY (p, c)"), fresh(session, "counted", "id int PRIMARY KEY, n counter"))
	if err != nil {
		return err
	}
	for p, kind := range []gocql.BatchType{gocql.LoggedBatch, gocql.UnloggedBatch} {
		batch := session.Batch(kind)
		for c := 0; c < 20; c++ {
			batch.Query("INSERT INTO batched (p, c, v) VALUES (?, ?, ?)", p, c, "v")
		}
		batch.Query("UPDATE batched SET v = 'simple' WHERE p = 9 AND c = 9")
		if err := batch.Exec(); err != nil {
			return err
		}
	}
	counters := session.Batch(gocql.CounterBatch)
	counters.Query("UPDATE counted SET n = n + ? WHERE id = 1", int64(5))
	counters.Query("UPDATE counted SET n = n - ? WHERE id = 1", int64(7))
	var rows, n int64
	return first(counters.Exec(), session.Query("SELECT count(*) FROM batched").Scan(&rows), equal(rows, int64(41), "rows"),
		session.Query("SELECT n FROM counted").Scan(&n), equal(n, int64(-2), "counter"),
		execute(session, "BEGIN BATCH INSERT INTO batched (p, c) VALUES (5, 5); DELETE FROM batched WHERE p = 9; APPLY BATCH"))
}

func conditions(session *gocql.Session) error {
	if err := fresh(session, "conditional", "p int, c int, v text, PRIMARY KEY (p, c)"); err != nil {
		return err
	}
	insert := "INSERT INTO conditional (p, c, v) VALUES (1, 1, ?) IF NOT EXISTS"
	found := map[string]any{}
	applied, err := session.Query(insert, "a").MapScanCAS(found)
	if err := first(err, equal(applied, true, "the first is applied"), equal(found, map[string]any{}, "and answers nothing more")); err != nil {
		return err
	}
	applied, err = session.Query(insert, "b").MapScanCAS(found)
	if err := first(err, equal(applied, false, "the second"), equal(found, map[string]any{"p": 1, "c": 1, "v": "a"}, "what is there")); err != nil {
		return err
	}
	v := ""
	applied, err = session.Query("UPDATE conditional SET v = ? WHERE p = 1 AND c = 1 IF v = ?", "z", "q").ScanCAS(&v)
	if err := first(err, equal(applied, false, "a false condition"), equal(v, "a", "its value")); err != nil {
		return err
	}
	batch := session.Batch(gocql.LoggedBatch)
	batch.Query("UPDATE conditional SET v = ? WHERE p = 1 AND c = 1 IF v = ?", "z", "a")
	batch.Query("INSERT INTO conditional (p, c) VALUES (1, 2) IF NOT EXISTS")
	applied, iter, err := batch.MapExecCAS(map[string]any{})
	return first(err, iter.Close(), equal(applied, true, "a conditional batch"))
}

func requestErrors(session *gocql.Session) error {
	syntax, err := fails[gocql.RequestError](session.Query("SELEC 1").Exec(), "line 1")
	if err := first(err, equal(syntax.Code(), gocql.ErrCodeSyntax, "syntax")); err != nil {
		return err
	}
	invalid, err := fails[gocql.RequestError](session.Query("SELECT nothing FROM paged").Exec(), "nothing")
	if err := first(err, equal(invalid.Code(), gocql.ErrCodeInvalid, "invalid")); err != nil {
		return err
	}
	exists, err := fails[*gocql.RequestErrAlreadyExists](session.Query("CREATE TABLE paged (id int PRIMARY KEY)").Exec(), "existing")
	if err := first(err, equal(exists.Keyspace+"."+exists.Table, keyspace+".paged", "what exists")); err != nil {
		return err
	}
	missing, err := fails[*gocql.RequestErrUnavailable](session.Query("SELECT * FROM paged WHERE p = 1").Consistency(gocql.Two).Exec(), "TWO")
	if err := first(err, equal([]int{missing.Required, missing.Alive}, []int{2, 1}, "replicas")); err != nil {
		return err
	}
	if err := session.Query("SELECT v FROM paged WHERE p = ?", 12345).Scan(new(string)); err != gocql.ErrNotFound {
		return fmt.Errorf("no row: %v", err)
	}
	cluster := newCluster()
	cluster.Keyspace = "nowhere"
	if other, err := cluster.CreateSession(); err == nil {
		other.Close()
		return fmt.Errorf("a session in no keyspace")
	}
	return nil
}

func bindings(session *gocql.Session) error {
	err := first(fresh(session, "named", "id int PRIMARY KEY, a text, b text"),
		session.Query("INSERT INTO named (id, a, b) VALUES (:id, :a, :b)", gocql.NamedValue("id", 1),
			gocql.NamedValue("a", "a"), gocql.NamedValue("b", "b")).Exec(),
		session.Query("INSERT INTO named (id, a, b) VALUES (?, ?, ?)", 1, gocql.UnsetValue, nil).Exec())
	if err != nil {
		return err
	}
	var a, b *string
	var stamp int64
	var ttl int
	return first(session.Query("SELECT a, b FROM named").Scan(&a, &b), equal(a != nil && *a == "a", true, "a"), equal(b == nil, true, "b is null"),
		session.Query("INSERT INTO named (id, a) VALUES (2, 'x') USING TTL 1000").WithTimestamp(1_500_000_000_000_000).Exec(),
		session.Query("SELECT writetime(a), ttl(a) FROM named WHERE id = 2").Scan(&stamp, &ttl),
		equal(stamp, int64(1_500_000_000_000_000), "timestamp"), equal(ttl > 990 && ttl <= 1000, true, "TTL"))
}

func customPayload(session *gocql.Session) error {
	return session.Query("SELECT key FROM system.local").CustomPayload(map[string][]byte{"key": {0, 1}}).Exec()
}

func events(session *gocql.Session) error {
	watcher, err := newCluster().CreateSession()
	if err != nil {
		return err
	}
	defer watcher.Close()
	known := func() *gocql.TableMetadata {
		metadata, err := watcher.KeyspaceMetadata("compat_go_events")
		if err != nil {
			return nil
		}
		return metadata.Tables["t"]
	}
	return first(execute(session, "DROP KEYSPACE IF EXISTS compat_go_events", "CREATE KEYSPACE compat_go_events WITH replication = "+replication,
		"CREATE TABLE compat_go_events.t (id int PRIMARY KEY)"),
		eventually(func() bool { return known() != nil }, "the table is there", 20*time.Second),
		execute(session, "ALTER TABLE compat_go_events.t ADD v text"),
		eventually(func() bool { return known() != nil && known().Columns["v"] != nil }, "the column is there", 20*time.Second),
		execute(session, "DROP TABLE compat_go_events.t"),
		eventually(func() bool { return known() == nil }, "the table is gone", 20*time.Second),
		execute(session, "DROP KEYSPACE compat_go_events"))
}

func inFlight(session *gocql.Session) error {
	return each(1000, 1000, func(n int) error {
		c := -1
		return first(session.Query("SELECT c FROM paged WHERE p = ? AND c = ?", n%7, n).Scan(&c), equal(c, n, "row"))
	})
}

type traceID []byte

func (id *traceID) Trace(got []byte) { *id = got }

func tracing(session *gocql.Session) error {
	var id traceID
	if err := session.Query("SELECT c FROM paged WHERE p = 1 LIMIT 1").Trace(&id).Exec(); err != nil {
		return err
	}
	if id == nil {
		return leftOut("the server does not trace")
	}
	command := ""
	return eventually(func() bool {
		return session.Query("SELECT command FROM system_traces.sessions WHERE session_id = ?", []byte(id)).Consistency(gocql.One).Scan(&command) == nil
	}, "the trace is there", 10*time.Second)
}

func restart(session *gocql.Session) error {
	if os.Getenv("RINGLET_RESTART") == "" {
		return leftOut("RINGLET_RESTART is not set")
	}
	read := func() error {
		v := ""
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		return first(session.Query("SELECT v FROM paged WHERE p = ? AND c = ?", 3, 3).ScanContext(ctx, &v), equal(v, "3", "value"))
	}
	if err := read(); err != nil {
		return err
	}
	if output, err := exec.Command("bash", "-c", os.Getenv("RINGLET_RESTART")).CombinedOutput(); err != nil {
		return fmt.Errorf("restart: %v: %s", err, output)
	}
	return first(eventually(func() bool { return read() == nil }, "the prepared statement works again", 60*time.Second),
		session.Query("INSERT INTO paged (p, c, v) VALUES (?, ?, ?)", 100, 1, "after").Exec())
}
