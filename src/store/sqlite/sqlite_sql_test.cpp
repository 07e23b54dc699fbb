// Goal: the reader answers with the right types in the right order, opens only what it can read,
// and says what to do about the rest. Method: small files made for each case.
#include "store/sqlite/sqlite_sql.hpp"

#include <fstream>

#include "base/failure.hpp"
#include "store/sqlite/test_database.hpp"

namespace footfall::store::sqlite {
namespace {

std::unique_ptr<Reader> reader_of_new_database() {
  const auto path = fresh_path();
  make_footfall_database(path);
  auto reader = open_reader(path);
  return std::move(*reader);
}

std::string refusal(const std::filesystem::path& path, Errc code) {
  const auto reader = open_reader(path);
  EXPECT_FALSE(reader);
  if (reader) return "";
  EXPECT_EQ(reader.error().code(), code);
  return reader.error().message();
}

TEST(SqliteReader, KeepsTheTypeOfEachValue) {
  const auto reader = reader_of_new_database();
  const Rows rows = reader->query(
      "SELECT 7 AS whole, 0.5 AS part, '7' AS digits, NULL AS missing "
      "UNION ALL SELECT 'x', NULL, 1, 2.0 ORDER BY 2 DESC",
      {});
  EXPECT_EQ(rows.columns, (std::vector<std::string>{"whole", "part", "digits", "missing"}));
  ASSERT_EQ(rows.rows.size(), 2U);
  EXPECT_EQ(rows.rows[0], (std::vector<Value>{std::int64_t{7}, 0.5, std::string("7"), {}}));
  EXPECT_EQ(rows.rows[1], (std::vector<Value>{std::string("x"), {}, std::int64_t{1}, 2.0}));
}

TEST(SqliteReader, BindsByNumberAndNotByAppearance) {
  const auto reader = reader_of_new_database();
  const std::int64_t parameters[] = {10, 3};
  const Rows rows = reader->query("SELECT $2 * 100 + $1 AS n, $1 - $2 AS d", parameters);
  EXPECT_EQ(rows.rows.at(0), (std::vector<Value>{std::int64_t{310}, std::int64_t{7}}));
}

TEST(SqliteReader, KeepsTheOrderOfRows) {
  const auto reader = reader_of_new_database();
  const Rows rows = reader->query(
      "SELECT n % 3 AS r, count(*) AS n FROM (WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL "
      "SELECT n + 1 FROM c WHERE n < 10) SELECT n FROM c) AS t GROUP BY 1 ORDER BY 2 DESC, 1 DESC",
      {});
  ASSERT_EQ(rows.rows.size(), 3U);
  EXPECT_EQ(rows.rows[0], (std::vector<Value>{std::int64_t{1}, std::int64_t{4}}));
  EXPECT_EQ(rows.rows[1], (std::vector<Value>{std::int64_t{2}, std::int64_t{3}}));
}

TEST(SqliteReader, ChangesNothingAndThrowsOnBadText) {
  const auto reader = reader_of_new_database();
  EXPECT_THROW(reader->query("DELETE FROM users", {}), Failure);
  EXPECT_THROW(reader->query("SELECT id FROM nowhere", {}), Failure);
}

TEST(SqliteReaderDeathTest, InsistsOnTheParametersThatTheQueryNames) {
  const auto reader = reader_of_new_database();
  const std::int64_t one[] = {1};
  EXPECT_DEATH(reader->query("SELECT $2 AS n", one), "other parameters");
  EXPECT_DEATH(reader->query("SELECT 1 AS n, 2 AS n", {}), "two columns alike");
}

TEST(SqliteReader, RefusesWhatIsNoFootfallDatabase) {
  const auto path = fresh_path();
  EXPECT_NE(refusal(path, Errc::not_found).find("footfall seed"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(path)) << "reading made a file";
  std::ofstream(path) << std::string(5000, 'x');
  EXPECT_NE(refusal(path, Errc::incompatible).find("not an SQLite database"), std::string::npos);
}

TEST(SqliteReader, RefusesAnEmptyDatabase) {
  const auto path = fresh_path();
  make_database(path, "");
  EXPECT_NE(refusal(path, Errc::incompatible).find("is empty: run `footfall seed`"),
            std::string::npos);
}

TEST(SqliteReader, RefusesAnotherProgramsDatabase) {
  const auto path = fresh_path();
  make_database(path, "CREATE TABLE notes (text TEXT)");
  EXPECT_NE(refusal(path, Errc::incompatible).find("another program"), std::string::npos);
}

TEST(SqliteReader, RefusesANewerSchema) {
  const auto path = fresh_path();
  make_footfall_database(path, "INSERT INTO footfall_migrations VALUES (999, 'later', 0)");
  EXPECT_NE(refusal(path, Errc::incompatible).find("newer footfall"), std::string::npos);
}

}  // namespace
}  // namespace footfall::store::sqlite
