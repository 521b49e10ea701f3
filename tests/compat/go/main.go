// Gocql against a node: what the suite stands on. Tests are sentences; each returns an error, or nil.
package main

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"strconv"
	"strings"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
)

const keyspace = "compat_go"
const replication = "{'class': 'SimpleStrategy', 'replication_factor': 1}"

type test struct {
	sentence string
	run      func(*gocql.Session) error
}

// leftOut is what a test returns when the server does not offer what it is about.
type leftOut string

func (reason leftOut) Error() string { return string(reason) }

func newCluster() *gocql.ClusterConfig {
	cluster := gocql.NewCluster(os.Getenv("RINGLET_HOST"))
	cluster.Port, _ = strconv.Atoi(os.Getenv("RINGLET_PORT"))
	cluster.Keyspace = keyspace
	cluster.Logger = gocql.NewLogger(gocql.LogLevelNone)
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

func fresh(session *gocql.Session, table, columns string) error {
	return execute(session, "DROP TABLE IF EXISTS "+table, "CREATE TABLE "+table+" ("+columns+")")
}

func equal(got, expected any, what string) error {
	if reflect.DeepEqual(got, expected) {
		return nil
	}
	return fmt.Errorf("%s: got %#v, expected %#v", what, got, expected)
}

// first returns the first error there is.
func first(all ...error) error {
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}

// fails wants an error of the class T that says the word.
func fails[T error](err error, word string) (T, error) {
	var class T
	if err == nil || !errors.As(err, &class) {
		return class, fmt.Errorf("got %T (%v), expected %T", err, err, class)
	}
	if !strings.Contains(err.Error(), word) {
		return class, fmt.Errorf("%v does not say %q", err, word)
	}
	return class, nil
}

func eventually(condition func() bool, what string, limit time.Duration) error {
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if condition() {
			return nil
		}
	}
	return fmt.Errorf("not within %v: %s", limit, what)
}

func prepareKeyspace() error {
	cluster := newCluster()
	cluster.Keyspace = ""
	session, err := cluster.CreateSession()
	if err != nil {
		return err
	}
	defer session.Close()
	return execute(session, "DROP KEYSPACE IF EXISTS "+keyspace, "CREATE KEYSPACE "+keyspace+" WITH replication = "+replication)
}

func main() {
	if err := prepareKeyspace(); err != nil {
		fmt.Printf("FAIL  a keyspace is made: %v\n0 passed, 1 failed\n", err)
		os.Exit(1)
	}
	session, err := newCluster().CreateSession()
	if err != nil {
		fmt.Printf("FAIL  a session connects: %v\n0 passed, 1 failed\n", err)
		os.Exit(1)
	}
	defer session.Close()
	passed, failed := 0, 0
	for _, test := range tests {
		err := test.run(session)
		var reason leftOut
		switch {
		case err == nil:
			fmt.Println("ok   ", test.sentence)
			passed++
		case errors.As(err, &reason):
			fmt.Printf("left out: %s: %v\n", test.sentence, err)
		default:
			fmt.Printf("FAIL  %s\n      %v\n", test.sentence, err)
			failed++
		}
	}
	fmt.Printf("%d passed, %d failed\n", passed, failed)
	if failed > 0 {
		os.Exit(1)
	}
}
