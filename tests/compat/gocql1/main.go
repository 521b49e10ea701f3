// Gocql 1, which most Go programs still use, against a node over v4: connecting, types, paging, batches, errors.
package main

import (
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/gocql/gocql"
	"gopkg.in/inf.v0"
)

const keyspace = "compat_gocql1"

func newCluster() *gocql.ClusterConfig {
	cluster := gocql.NewCluster(os.Getenv("RINGLET_HOST"))
	cluster.Port, _ = strconv.Atoi(os.Getenv("RINGLET_PORT"))
	cluster.Keyspace = keyspace
	cluster.ProtoVersion = 4
	cluster.Timeout = 10 * time.Second
	return cluster
}

func execute(session *gocql.Session, statements ...string) error {
	for _, statement := range statements {
		if err := session.Query(statement).Exec(); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

func equal(got, expected any, what string) error {
	if reflect.DeepEqual(got, expected) {
		return nil
	}
	return fmt.Errorf("%s: got %#v, expected %#v", what, got, expected)
}

func first(all ...error) error {
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}

func metadata(session *gocql.Session) error {
	if err := execute(session, "CREATE TABLE described (a int, b text, c timestamp, v list<int>, PRIMARY KEY ((a, b), c))"); err != nil {
		return err
	}
	described, err := session.KeyspaceMetadata(keyspace)
	if err != nil {
		return err
	}
	table := described.Tables["described"]
	if table == nil {
		return fmt.Errorf("the table is not in the metadata")
	}
	return first(equal(len(table.PartitionKey), 2, "partition key"), equal(table.ClusteringColumns[0].Name, "c", "clustering"),
		equal(table.Columns["v"].Type.Type(), gocql.TypeList, "type of v"))
}

func types(session *gocql.Session) error {
	kinds := map[string]any{
		"ascii": "a", "bigint": int64(-1 << 63), "blob": []byte{0, 255}, "boolean": true, "double": 1e300, "float": float32(-0.5),
		"int": int(-2147483648), "smallint": int16(-32768), "tinyint": int8(-128), "text": "h\u00e9\u20ac", "inet": net.ParseIP("2001:db8::1"),
		"uuid": gocql.MustRandomUUID(), "timeuuid": gocql.TimeUUID(), "timestamp": time.UnixMilli(-1500).UTC(), "time": 23 * time.Hour,
		"varint": big.NewInt(0).Lsh(big.NewInt(-3), 100), "decimal": inf.NewDec(-12345, 3), "date": time.Date(1969, 12, 31, 0, 0, 0, 0, time.UTC),
		"duration": gocql.Duration{Months: -1, Days: -2, Nanoseconds: -3}, "list<int>": []int{3, 1, 3},
		"set<text>": []string{"a", "b"}, "map<text, int>": map[string]int{"a": 1, "b": -1}, "frozen<list<frozen<set<int>>>>": [][]int{{1, 2}, {}},
	}
	number := 0
	for kind, value := range kinds {
		number++
		table := fmt.Sprintf("of_type_%d", number)
		if err := execute(session, "CREATE TABLE "+table+" (id int PRIMARY KEY, v "+kind+")"); err != nil {
			return err
		}
		got := reflect.New(reflect.TypeOf(value))
		err := first(session.Query("INSERT INTO "+table+" (id, v) VALUES (?, ?)", 1, value).Exec(),
			session.Query("INSERT INTO "+table+" (id, v) VALUES (?, ?)", 2, nil).Exec(),
			session.Query("SELECT v FROM "+table+" WHERE id = 1").Scan(got.Interface()))
		if err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
		if back := fmt.Sprintf("%v", got.Elem().Interface()); back != fmt.Sprintf("%v", value) {
			return fmt.Errorf("%s: got %s, expected %v", kind, back, value)
		}
		row := map[string]any{}
		if err := session.Query("SELECT v FROM " + table + " WHERE id = 2").MapScan(row); err != nil {
			return fmt.Errorf("%s, null: %w", kind, err)
		}
	}
	return nil
}

func paging(session *gocql.Session) error {
	if err := execute(session, "CREATE TABLE paged (p int, c int, v text, PRIMARY KEY (p, c))"); err != nil {
		return err
	}
	for start := 0; start < 10_000; start += 100 {
		batch := session.NewBatch(gocql.UnloggedBatch)
		for n := start; n < start+100; n++ {
			batch.Query("INSERT INTO paged (p, c, v) VALUES (?, ?, ?)", n%7, n, fmt.Sprint(n))
		}
		if err := session.ExecuteBatch(batch); err != nil {
			return err
		}
	}
	seen, c := map[int]bool{}, 0
	iter := session.Query("SELECT c FROM paged").PageSize(999).Iter()
	for iter.Scan(&c) {
		seen[c] = true
	}
	return first(iter.Close(), equal(len(seen), 10_000, "different rows"))
}

func batches(session *gocql.Session) error {
	err := execute(session, "CREATE TABLE batched (p int, c int, v text, PRIMARY KEY (p, c))", "CREATE TABLE counted (id int PRIMARY KEY, n counter)")
	if err != nil {
		return err
	}
	logged := session.NewBatch(gocql.LoggedBatch)
	for c := 0; c < 20; c++ {
		logged.Query("INSERT INTO batched (p, c, v) VALUES (?, ?, ?)", c%3, c, "v")
	}
	logged.Query("UPDATE batched SET v = 'simple' WHERE p = 9 AND c = 9")
	counters := session.NewBatch(gocql.CounterBatch)
	counters.Query("UPDATE counted SET n = n + ? WHERE id = 1", int64(5))
	counters.Query("UPDATE counted SET n = n - ? WHERE id = 1", int64(7))
	var rows, n int64
	err = first(session.ExecuteBatch(logged), session.ExecuteBatch(counters), session.Query("SELECT count(*) FROM batched").Scan(&rows),
		equal(rows, int64(21), "rows"), session.Query("SELECT n FROM counted").Scan(&n), equal(n, int64(-2), "counter"))
	if err != nil {
		return err
	}
	conditional := session.NewBatch(gocql.LoggedBatch)
	conditional.Query("INSERT INTO batched (p, c, v) VALUES (9, 9, 'x') IF NOT EXISTS")
	applied, iter, err := session.MapExecuteBatchCAS(conditional, map[string]any{})
	return first(err, equal(applied, false, "a row that is there"), iter.Close())
}

func requestErrors(session *gocql.Session) error {
	wanted := []struct {
		statement string
		code      int
		word      string
	}{
		{"SELEC 1", 0x2000, "line 1"},
		{"SELECT nothing FROM paged", 0x2200, "nothing"},
		{"CREATE TABLE paged (id int PRIMARY KEY)", 0x2400, "existing"},
		{"DROP TABLE system.local", 0x2100, "system"},
	}
	for _, one := range wanted {
		var failure gocql.RequestError
		err := session.Query(one.statement).Exec()
		if !errors.As(err, &failure) || failure.Code() != one.code || !strings.Contains(err.Error(), one.word) {
			return fmt.Errorf("%s: %T %v", one.statement, err, err)
		}
	}
	if err := session.Query("SELECT v FROM paged WHERE p = ?", 12345).Scan(new(string)); err != gocql.ErrNotFound {
		return fmt.Errorf("no row: %v", err)
	}
	var unavailable *gocql.RequestErrUnavailable
	if err := session.Query("SELECT * FROM paged WHERE p = 1").Consistency(gocql.Two).Exec(); !errors.As(err, &unavailable) {
		return fmt.Errorf("TWO replicas: %T %v", err, err)
	}
	return nil
}

type output struct{ text strings.Builder }

func (o *output) Write(bytes []byte) (int, error) { return o.text.Write(bytes) }

func tracing(session *gocql.Session) error {
	told := &output{}
	err := session.Query("SELECT c FROM paged WHERE p = 1 LIMIT 3").Trace(gocql.NewTraceWriter(session, told)).Exec()
	if err != nil || !strings.Contains(told.text.String(), "Read ") {
		return fmt.Errorf("%v: %q", err, told.text.String())
	}
	return nil
}

func main() {
	cluster := newCluster()
	cluster.Keyspace = ""
	maker, err := cluster.CreateSession()
	if err == nil {
		err = execute(maker, "DROP KEYSPACE IF EXISTS "+keyspace,
			"CREATE KEYSPACE "+keyspace+" WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
		maker.Close()
	}
	var session *gocql.Session
	if err == nil {
		session, err = newCluster().CreateSession()
	}
	if err != nil {
		fmt.Printf("FAIL  a session connects over v4: %v\n0 passed, 1 failed\n", err)
		os.Exit(1)
	}
	passed, failed := 0, 0
	for _, test := range []struct {
		sentence string
		run      func(*gocql.Session) error
	}{
		{"schema metadata is right", metadata},
		{"every type comes back as it was written, and null is taken", types},
		{"10,000 rows come in pages", paging},
		{"batches are applied: logged, unlogged, of counters, conditional", batches},
		{"errors come as the driver's own classes", requestErrors},
		{"a traced query prints its trace", tracing},
	} {
		if err := test.run(session); err != nil {
			fmt.Printf("FAIL  %s\n      %v\n", test.sentence, err)
			failed++
			continue
		}
		fmt.Println("ok   ", test.sentence)
		passed++
	}
	session.Close()
	fmt.Printf("%d passed, %d failed\n", passed, failed)
	if failed > 0 {
		os.Exit(1)
	}
}
