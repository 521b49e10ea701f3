// The main function of unit_tests and sim_tests; `--help` lists doctest's filters, e.g. -tc="*paging*".
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
