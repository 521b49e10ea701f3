#include "core/base/murmur3.h"

#include <doctest/doctest.h>

using namespace ringlet;

TEST_SUITE("murmur3") {
  TEST_CASE("tokens are Cassandra's, tail bug included") {
    const struct {
      const char* hex;
      int64_t token;
    } kVectors[] = {
        {"61", -8839064797231613815},
        {"74657374", -6017608668500074083},
        {"68656c6c6f20776f726c64", 5998619086395760910},
        {"00000000", -3485513579396041028},
        {"00000001", -4069959284402364209},
        {"ffffffff", 7297452126230313552},
        {"7fffffff", -765994672030311617},
        {"0000000000000000", 2945182322382062539},
        {"000000000000002a", 8623491988607824794},
        {"ffffffffffffffff", 7071048584287372947},
        {"7fffffffffffffff", -1722304415079482439},
        {"00", 5048724184180415669},
        {"80", -5284281814142962636},
        {"ffffffffffffffffff", 8434364767658694854},
        {"ffffffffffffffffffffffffffffff", -2195530867418009455},
        {"80808080808080808080808080808080", -3634615257541804556},
        {"ffffffffffffffffffffffffffffffffff", -4128212798341382003},
        {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", -4148501202978516977},
        {"e0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff", 1006116951175961861},
        {"f0f1f2f3f4f5f6f7f8f9fafbfcfdfe", -7737243313669454511},
        {"00112233445566778899aabbccddeeff", 5713842290320563023},
        {"5a61c5bcc3b3c582c4872067c499c59b6cc485206a61c5bac584", -8460064924617417115},
        {"0001610000040000000100", 8247712171917364652},
        {"00040000000100"
         "00040000000200",
         4881097376275569167},
        {"000873656e736f722d310000"
         "0480004d0b00",
         -8647295054996868174},
        {"00000000040000000700", 8818155487682689189},
    };
    for (const auto& vector : kVectors) {
      CAPTURE(vector.hex);
      Bytes key;
      REQUIRE(from_hex(vector.hex, key));
      CHECK_EQ(token_of(key).raw, vector.token);
    }
    CHECK(token_of("") == Token{INT64_MIN});
  }
}
