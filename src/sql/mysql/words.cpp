#include "sql/mysql/words.h"

#include <algorithm>
#include <array>
#include <utility>

namespace whet::sql::mysql {

namespace {

// clang-format off
// The words that share a token in lex.h of MySQL 5.7 to 9.7 and MariaDB 10.6 to 11.
constexpr auto spellings = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"character", "char"},
    {"columns", "fields"},
    {"current_date", "curdate"},
    {"current_time", "curtime"},
    {"current_timestamp", "now"},
    {"dec", "decimal"},
    {"distinctrow", "distinct"},
    {"fixed", "decimal"},
    {"float4", "float"},
    {"float8", "double"},
    {"int1", "tinyint"},
    {"int2", "smallint"},
    {"int3", "mediumint"},
    {"int4", "int"},
    {"int8", "bigint"},
    {"integer", "int"},
    {"localtime", "now"},
    {"localtimestamp", "now"},
    {"master", "source"},
    {"mid", "substring"},
    {"middleint", "mediumint"},
    {"regexp", "rlike"},
    {"schema", "database"},
    {"schemas", "databases"},
    {"session_user", "system_user"},
    {"slave", "replica"},
    {"some", "any"},
    {"sql_tsi_day", "day"},
    {"sql_tsi_hour", "hour"},
    {"sql_tsi_microsecond", "microsecond"},
    {"sql_tsi_minute", "minute"},
    {"sql_tsi_month", "month"},
    {"sql_tsi_quarter", "quarter"},
    {"sql_tsi_second", "second"},
    {"sql_tsi_week", "week"},
    {"sql_tsi_year", "year"},
    {"std", "stddev_pop"},
    {"stddev", "stddev_pop"},
    {"substr", "substring"},
    {"user", "system_user"},
    {"varcharacter", "varchar"},
    {"variance", "var_pop"},
    {"varpop", "var_pop"},
});
static_assert(std::is_sorted(spellings.begin(), spellings.end()));

constexpr auto reserved = std::to_array<std::string_view>({
    "accessible", "add", "all", "alter", "analyze", "and", "as", "asc", "asensitive", "before",
    "between", "bigint", "binary", "blob", "both", "by", "call", "cascade", "case", "change",
    "char", "character", "check", "collate", "column", "condition", "constraint", "continue",
    "convert", "create", "cross", "cube", "cume_dist", "current_date", "current_time",
    "current_timestamp", "current_user", "cursor", "database", "databases", "day_hour",
    "day_microsecond", "day_minute", "day_second", "dec", "decimal", "declare", "default",
    "delayed", "delete", "dense_rank", "desc", "describe", "deterministic", "distinct",
    "distinctrow", "div", "double", "drop", "dual", "each", "else", "elseif", "empty",
    "enclosed", "escaped", "except", "exists", "exit", "explain", "false", "fetch",
    "first_value", "float", "float4", "float8", "for", "force", "foreign", "from", "fulltext",
    "function", "generated", "get", "grant", "group", "grouping", "groups", "having",
    "high_priority", "hour_microsecond", "hour_minute", "hour_second", "if", "ignore", "in",
    "index", "infile", "inner", "inout", "insensitive", "insert", "int", "int1", "int2", "int3",
    "int4", "int8", "integer", "intersect", "interval", "into", "io_after_gtids",
    "io_before_gtids", "is", "iterate", "join", "json_table", "key", "keys", "kill", "lag",
    "last_value", "lateral", "lead", "leading", "leave", "left", "library", "like", "limit",
    "linear", "lines", "load", "localtime", "localtimestamp", "lock", "long", "longblob",
    "longtext", "loop", "low_priority", "manual", "master_bind",
    "master_ssl_verify_server_cert", "match", "maxvalue", "mediumblob", "mediumint",
    "mediumtext", "middleint", "minute_microsecond", "minute_second", "mod", "modifies",
    "natural", "no_write_to_binlog", "not", "nth_value", "ntile", "null", "numeric", "of",
    "offset", "on", "optimize", "optimizer_costs", "option", "optionally", "or", "order", "out",
    "outer", "outfile", "over", "parallel", "partition", "percent_rank", "precision", "primary",
    "procedure", "purge", "qualify", "range", "rank", "read", "read_write", "reads", "real",
    "recursive", "references", "regexp", "release", "rename", "repeat", "replace", "require",
    "resignal", "restrict", "return", "returning", "revoke", "right", "rlike", "row",
    "row_number", "rows", "schema", "schemas", "second_microsecond", "select", "sensitive",
    "separator", "set", "show", "signal", "smallint", "spatial", "specific", "sql",
    "sql_big_result", "sql_calc_found_rows", "sql_small_result", "sqlexception", "sqlstate",
    "sqlwarning", "ssl", "starting", "stored", "straight_join", "system", "table",
    "tablesample", "terminated", "then", "tinyblob", "tinyint", "tinytext", "to", "trailing",
    "trigger", "true", "undo", "union", "unique", "unlock", "unsigned", "update", "usage",
    "use", "using", "utc_date", "utc_time", "utc_timestamp", "values", "varbinary", "varchar",
    "varcharacter", "varying", "virtual", "when", "where", "while", "window", "with", "write",
    "xor", "year_month", "zerofill"});
static_assert(std::is_sorted(reserved.begin(), reserved.end()));

constexpr auto keywords = std::to_array<std::string_view>({
    "against", "algorithm", "all", "and", "anti", "any", "as", "between", "bigint", "binary",
    "bit", "blob", "by", "case", "char", "character", "check", "collate", "columns", "cross",
    "cube", "datetime", "dec", "decimal", "delete", "distinct", "distinctrow", "distribute",
    "div", "double", "dual", "duplicate", "else", "empty", "end", "enum", "error", "escape",
    "except", "exists", "fields", "fixed", "float", "float4", "float8", "for", "force", "from",
    "full", "group", "grouping", "hash", "having", "ignore", "in", "index", "inner", "insert",
    "int", "int1", "int2", "int3", "int4", "int8", "integer", "intersect", "interval", "into",
    "is", "join", "key", "keys", "lateral", "like", "limit", "lines", "mediumint", "member",
    "middleint", "national", "natural", "nchar", "nclob", "nested", "not", "numeric",
    "nvarchar", "of", "offset", "on", "or", "order", "outer", "over", "partition", "path",
    "primary", "procedure", "range", "real", "recursive", "references", "regexp", "replace",
    "return", "returning", "rlike", "rollup", "rows", "select", "semi", "separator", "set",
    "sets", "smallint", "some", "sounds", "straight_join", "table", "text", "then", "time",
    "timestamp", "tinyint", "to", "union", "unique", "update", "use", "using", "value",
    "values", "varbinary", "varchar", "varcharacter", "vector", "when", "where", "window",
    "with", "xor", "year"});
static_assert(std::is_sorted(keywords.begin(), keywords.end()));

constexpr auto beginnings = std::to_array<std::string_view>({
    "all", "and", "any", "as", "between", "by", "call", "case", "distinct", "distinctrow",
    "div", "do", "duplicate", "else", "escape", "except", "from", "having", "if", "in",
    "intersect", "interval", "is", "like", "limit", "mod", "not", "offset", "on", "or", "over",
    "partition", "regexp", "return", "rlike", "rows", "select", "set", "some", "then", "to",
    "union", "using", "value", "values", "when", "where", "with", "xor"});
static_assert(std::is_sorted(beginnings.begin(), beginnings.end()));

constexpr auto aggregates = std::to_array<std::string_view>({
    "avg", "bit_and", "bit_or", "bit_xor", "count", "group_concat", "json_arrayagg",
    "json_objectagg", "max", "median", "min", "percentile_cont", "percentile_disc",
    "st_collect", "std", "stddev", "stddev_pop", "stddev_samp", "sum", "var_pop", "var_samp",
    "variance"});
static_assert(std::is_sorted(aggregates.begin(), aggregates.end()));

constexpr auto window_functions = std::to_array<std::string_view>({
    "cume_dist", "dense_rank", "first_value", "lag", "last_value", "lead", "nth_value", "ntile",
    "percent_rank", "rank", "row_number"});
static_assert(std::is_sorted(window_functions.begin(), window_functions.end()));

constexpr auto functions = std::to_array<std::string_view>({
    "abs", "acos", "adddate", "addtime", "aes_decrypt", "aes_encrypt", "any_value", "ascii",
    "asin", "atan", "atan2", "bin", "bin_to_uuid", "bit_count", "bit_length", "cache", "cast",
    "ceil", "ceiling", "char", "char_length", "character_length", "charset", "chr", "coalesce",
    "coercibility", "collation", "compress", "concat", "concat_ws", "connection_id", "contains",
    "conv", "convert", "convert_tz", "cos", "cot", "crc32", "crc32c", "curdate", "current_date",
    "current_role", "current_time", "current_timestamp", "current_user", "curtime", "database",
    "date", "date_add", "date_format", "date_sub", "datediff", "day", "dayname", "dayofmonth",
    "dayofweek", "dayofyear", "decode", "degrees", "des_decrypt", "des_encrypt", "distance",
    "elt", "encode", "exists", "exp", "export_set", "extract", "extractvalue", "field",
    "find_in_set", "floor", "format", "format_bytes", "format_pico_time", "from_base64",
    "from_days", "from_unixtime", "from_vector", "geomcollection", "geometrycollection",
    "get_format", "greatest", "grouping", "hex", "hour", "if", "ifnull", "in_optimizer",
    "index_lookup", "inet6_aton", "inet6_ntoa", "inet_aton", "inet_ntoa", "insert", "instr",
    "interval", "is_ipv4", "is_ipv4_compat", "is_ipv4_mapped", "is_ipv6", "is_not_null_test",
    "is_uuid", "isnull", "json_array", "json_array_append", "json_array_insert",
    "json_array_intersect", "json_compact", "json_contains", "json_contains_path", "json_depth",
    "json_detailed", "json_equals", "json_exists", "json_extract", "json_insert", "json_keys",
    "json_length", "json_loose", "json_merge", "json_merge_patch", "json_merge_preserve",
    "json_normalize", "json_object", "json_object_filter_keys", "json_object_to_array",
    "json_overlaps", "json_pretty", "json_query", "json_quote", "json_remove", "json_replace",
    "json_schema_valid", "json_schema_validation_report", "json_search", "json_set",
    "json_storage_free", "json_storage_size", "json_table", "json_type", "json_unquote",
    "json_valid", "json_value", "last_day", "lcase", "least", "left", "length", "lengthb",
    "linestring", "ln", "localtime", "localtimestamp", "locate", "log", "log10", "log2",
    "lower", "lpad", "ltrim", "make_set", "makedate", "maketime", "match", "materialize",
    "mbrcontains", "mbrcoveredby", "mbrcovers", "mbrdisjoint", "mbrequals", "mbrintersects",
    "mbroverlaps", "mbrtouches", "mbrwithin", "md5", "microsecond", "mid", "minute", "mod",
    "month", "monthname", "multilinestring", "multipoint", "multipolygon", "natural_sort_key",
    "nop", "not", "now", "nullif", "nvl", "nvl2", "oct", "octet_length", "old_password", "ord",
    "password", "period_add", "period_diff", "pi", "point", "polygon", "position", "pow",
    "power", "primary_index_lookup", "quarter", "quote", "radians", "ref_null_helper",
    "regexp_instr", "regexp_like", "regexp_replace", "regexp_substr", "repeat", "replace",
    "reverse", "right", "rollup_group_item", "rollup_sum_switcher", "round", "row", "rpad",
    "rtrim", "schema", "sec_to_time", "second", "session_user", "sformat", "sha", "sha1",
    "sha2", "sign", "sin", "soundex", "space", "sqrt", "st_area", "st_asbinary", "st_asgeojson",
    "st_astext", "st_aswkb", "st_aswkt", "st_boundary", "st_buffer", "st_buffer_strategy",
    "st_centroid", "st_contains", "st_convexhull", "st_crosses", "st_difference",
    "st_dimension", "st_disjoint", "st_distance", "st_distance_sphere", "st_endpoint",
    "st_envelope", "st_equals", "st_exteriorring", "st_frechetdistance", "st_geohash",
    "st_geomcollfromtext", "st_geomcollfromwkb", "st_geometryn", "st_geometrytype",
    "st_geomfromgeojson", "st_geomfromtext", "st_geomfromwkb", "st_hausdorffdistance",
    "st_interiorringn", "st_intersection", "st_intersects", "st_isclosed", "st_isempty",
    "st_isring", "st_issimple", "st_isvalid", "st_latfromgeohash", "st_latitude", "st_length",
    "st_linefromtext", "st_lineinterpolatepoint", "st_linestringfromtext", "st_longfromgeohash",
    "st_longitude", "st_makeenvelope", "st_numgeometries", "st_numinteriorrings",
    "st_numpoints", "st_overlaps", "st_pointatdistance", "st_pointfromgeohash",
    "st_pointfromtext", "st_pointn", "st_polyfromtext", "st_polygonfromtext", "st_relate",
    "st_simplify", "st_srid", "st_startpoint", "st_swapxy", "st_symdifference", "st_touches",
    "st_transform", "st_union", "st_validate", "st_within", "st_x", "st_y", "statement_digest",
    "statement_digest_text", "str_to_date", "strcmp", "string_to_vector", "subdate", "substr",
    "substring", "substring_index", "subtime", "sysdate", "system_user", "tan", "time",
    "time_format", "time_to_sec", "timediff", "timestamp", "timestampadd", "timestampdiff",
    "to_base64", "to_char", "to_days", "to_seconds", "to_vector", "trim", "truncate", "ucase",
    "uncompress", "uncompressed_length", "unhex", "unix_timestamp", "updatexml", "upper",
    "user", "utc_date", "utc_time", "utc_timestamp", "uuid_to_bin",
    "validate_password_strength", "value", "values", "vec_distance", "vec_distance_cosine",
    "vec_distance_euclidean", "vec_fromtext", "vec_totext", "vector_dim", "vector_to_string",
    "version", "week", "weekday", "weekofyear", "weight_string", "xor", "year", "yearweek"});
static_assert(std::is_sorted(functions.begin(), functions.end()));
// clang-format on

template <class Words>
bool has(const Words& words, std::string_view word) {
  return std::binary_search(words.begin(), words.end(), word);
}

}  // namespace

std::string_view common_spelling(std::string_view word) {
  const auto at =
      std::lower_bound(spellings.begin(), spellings.end(), word,
                       [](const auto& one, std::string_view w) { return one.first < w; });
  return at != spellings.end() && at->first == word ? at->second : word;
}

bool begins_expression(std::string_view word) { return has(beginnings, word); }
bool is_keyword(std::string_view word) { return has(keywords, word); }
bool is_reserved(std::string_view word) { return has(reserved, word); }
bool is_aggregate(std::string_view word) { return has(aggregates, word); }

bool is_harmless_function(std::string_view word) {
  return has(functions, word) || has(aggregates, word) || has(window_functions, word);
}

bool is_introducer(std::string_view word) {
  static constexpr auto charsets = std::to_array<std::string_view>(
      {"_armscii8", "_ascii",   "_big5",     "_binary", "_cp1250",  "_cp1251",  "_cp1256",
       "_cp1257",   "_cp850",   "_cp852",    "_cp866",  "_cp932",   "_dec8",    "_eucjpms",
       "_euckr",    "_gb18030", "_gb2312",   "_gbk",    "_geostd8", "_greek",   "_hebrew",
       "_hp8",      "_keybcs2", "_koi8r",    "_koi8u",  "_latin1",  "_latin2",  "_latin5",
       "_latin7",   "_macce",   "_macroman", "_sjis",   "_swe7",    "_tis620",  "_ucs2",
       "_ujis",     "_utf16",   "_utf16le",  "_utf32",  "_utf8",    "_utf8mb3", "_utf8mb4"});
  static_assert(std::is_sorted(charsets.begin(), charsets.end()));
  return has(charsets, word);
}

}  // namespace whet::sql::mysql
