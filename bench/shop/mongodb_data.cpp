#include "shop/mongodb_data.h"

#include <array>
#include <cmath>
#include <functional>

#include <fmt/format.h>

namespace whet::bench {

namespace {

constexpr std::int64_t customers = 40000, products = 20000, orders = 300000, reviews = 80000,
                       events = 350000, tickets = 60000, payments = 200000;
constexpr std::int64_t day_ms = 86400000;
constexpr std::int64_t now_ms = 1793000000000;  // 2026-10-26: the shop's last day

/// A number for the n-th document and one of its fields, the same everywhere (splitmix64).
std::uint64_t hash(std::int64_t n, std::uint64_t salt) {
  std::uint64_t x =
      static_cast<std::uint64_t>(n) * 0x9e3779b97f4a7c15U + salt * 0xd1342543de82ef95U;
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31U);
}
std::int64_t below(std::int64_t limit, std::int64_t n, std::uint64_t salt) {
  return static_cast<std::int64_t>(hash(n, salt) % static_cast<std::uint64_t>(limit));
}
// Few of them very often.
std::int64_t skewed(std::int64_t limit, std::int64_t n, std::uint64_t salt) {
  const double unit = static_cast<double>(hash(n, salt) >> 11U) * 0x1p-53;
  return static_cast<std::int64_t>(static_cast<double>(limit) * unit * unit * unit);
}

/// A document that is written field after field.
class Doc {
 public:
  Doc() { bson_init(&bson_); }
  Doc(const Doc&) = delete;
  Doc& operator=(const Doc&) = delete;
  ~Doc() { bson_destroy(&bson_); }

  Doc& integer(const char* name, std::int64_t value) {
    bson_append_int32(&bson_, name, -1, static_cast<std::int32_t>(value));
    return *this;
  }
  Doc& real(const char* name, double value) {
    bson_append_double(&bson_, name, -1, value);
    return *this;
  }
  Doc& text(const char* name, const std::string& value) {
    bson_append_utf8(&bson_, name, -1, value.c_str(), static_cast<int>(value.size()));
    return *this;
  }
  Doc& date(const char* name, std::int64_t ms) {
    bson_append_date_time(&bson_, name, -1, ms);
    return *this;
  }
  Doc& flag(const char* name, bool value) {
    bson_append_bool(&bson_, name, -1, value);
    return *this;
  }
  Doc& money(const char* name, std::int64_t cents) {
    bson_decimal128_t value;
    bson_decimal128_from_string(fmt::format("{}.{:02}", cents / 100, cents % 100).c_str(), &value);
    bson_append_decimal128(&bson_, name, -1, &value);
    return *this;
  }
  Doc& object(const char* name, const Doc& value) {
    bson_append_document(&bson_, name, -1, &value.bson_);
    return *this;
  }
  Doc& array(const char* name, std::int64_t size,
             const std::function<void(Doc&, std::int64_t, const char*)>& element) {
    Doc elements;
    for (std::int64_t i = 0; i < size; ++i) element(elements, i, std::to_string(i).c_str());
    bson_append_array(&bson_, name, -1, &elements.bson_);
    return *this;
  }
  [[nodiscard]] const bson_t* bson() const { return &bson_; }

 private:
  bson_t bson_;
};

using Fill = void (*)(Doc&, std::int64_t);

Status insert(MongoClient& client, const char* collection, std::int64_t size, Fill fill) {
  const Handle<mongoc_collection_t> handle(
      mongoc_client_get_collection(client.handle(), client.database().c_str(), collection));
  constexpr std::int64_t batch = 5000;
  for (std::int64_t begin = 0; begin < size; begin += batch) {
    mongoc_bulk_operation_t* bulk =
        mongoc_collection_create_bulk_operation_with_opts(handle.get(), nullptr);
    for (std::int64_t i = begin; i < std::min(size, begin + batch); ++i) {
      Doc document;
      fill(document, i);
      mongoc_bulk_operation_insert(bulk, document.bson());
    }
    bson_error_t error;
    bson_t reply;
    const bool done = mongoc_bulk_operation_execute(bulk, &reply, &error) != 0;
    bson_destroy(&reply);
    mongoc_bulk_operation_destroy(bulk);
    if (!done) return Error{ErrorKind::refused, error.message, "", ""};
  }
  return {};
}

constexpr std::array cities{"Oslo",  "Bergen", "Graz", "Wien", "Porto", "Lyon", "Nantes", "Gdansk",
                            "Turku", "Malaga", "Gent", "Brno", "Split", "Riga", "Kaunas", "Cork"};
constexpr std::array categories{"tools", "garden", "kitchen", "books",  "toys", "sport",
                                "music", "office", "light",   "travel", "baby", "pets"};
constexpr std::array adjectives{"red",   "small", "solid",  "light",
                                "quiet", "steel", "wooden", "late"};
constexpr std::array nouns{"hammer", "lamp", "chair", "kettle", "drum",
                           "tent",   "rope", "globe", "shelf",  "brush"};

template <std::size_t N>
std::string pick(const std::array<const char*, N>& list, std::int64_t n, std::uint64_t salt) {
  return list.at(static_cast<std::size_t>(below(static_cast<std::int64_t>(N), n, salt)));
}

void customer(Doc& d, std::int64_t i) {
  d.integer("_id", i).text("email", fmt::format("customer{}@{}.example.org", i, i % 50));
  d.object("name",
           Doc().text("first", pick(nouns, i, 1)).text("last", fmt::format("Name{}", i % 9000)));
  d.text("phone", fmt::format("{}", 40000000 + i * 7)).text("city", pick(cities, i, 2));
  d.text("tier", below(100, i, 3) < 4 ? "gold" : "plain");
  d.date("createdAt", now_ms - below(900, i, 4) * day_ms);
}

void product(Doc& d, std::int64_t i) {
  const std::string name = pick(adjectives, i, 1) + " " + pick(nouns, i, 2) + fmt::format(" {}", i);
  d.integer("_id", i).text("sku", fmt::format("SKU-{:06}", i)).text("name", name);
  d.text("category", pick(categories, i, 3))
      .text("brand", fmt::format("brand{}", below(150, i, 4)));
  d.money("price", 100 + below(50000, i, 5)).integer("stock", below(500, i, 6));
  d.array("tags", 1 + below(4, i, 7), [&](Doc& e, std::int64_t n, const char* at) {
    e.text(at, fmt::format("tag{}", below(300, i * 4 + n, 8)));
  });
}

void order(Doc& d, std::int64_t i) {
  constexpr std::array open{"pending", "paid", "packed", "returned"};
  d.integer("_id", i).integer("customerId", skewed(customers, i, 1));
  d.text("status", below(100, i, 2) < 92 ? "delivered" : pick(open, i, 3));
  d.date("createdAt", now_ms - (orders - i) * 200000 + below(100000, i, 4));
  d.real("total", static_cast<double>(below(90000, i, 5)) / 100);
  d.flag("gift", below(10, i, 6) == 0);
  if (below(20, i, 7) == 0) d.text("coupon", fmt::format("C{:04}", below(2000, i, 8)));
  d.array("items", 1 + below(4, i, 9), [&](Doc& e, std::int64_t n, const char* at) {
    e.object(at, Doc()
                     .integer("productId", skewed(products, i * 4 + n, 10))
                     .integer("qty", 1 + below(3, i * 4 + n, 11))
                     .real("price", static_cast<double>(100 + below(50000, i, 12)) / 100));
  });
}

void payment(Doc& d, std::int64_t i) {
  d.integer("_id", i)
      .integer("orderId", i + 100000)
      .text("method", i % 3 == 0 ? "card" : "invoice");
  d.date("paidAt", now_ms - (payments - i) * 200000).money("amount", below(90000, i, 1));
}

void review(Doc& d, std::int64_t i) {
  d.integer("productId", skewed(products, i, 1)).integer("customerId", below(customers, i, 2));
  d.integer("rating", 1 + below(5, i, 3)).date("createdAt", now_ms - below(reviews, i, 4) * 600000);
  d.text("text", fmt::format("{} and {} {}", pick(adjectives, i, 5), pick(adjectives, i, 6),
                             std::string(80, 'x')));
}

void event(Doc& d, std::int64_t i) {
  constexpr std::array kinds{"view", "view", "view", "search", "cart", "buy"};
  d.integer("customerId", skewed(customers, i, 1)).text("type", pick(kinds, i, 2));
  d.date("at", now_ms - (events - i) * 90000)
      .text("page", fmt::format("/p/{}", below(products, i, 3)));
}

void ticket(Doc& d, std::int64_t i) {
  d.integer("_id", i).integer("customerId", below(customers, i, 1));
  d.text("agent", fmt::format("agent{}", below(40, i, 2)));
  d.text("state", below(100, i, 3) < 90 ? "closed" : pick(std::array{"open", "waiting"}, i, 4));
  d.date("openedAt", now_ms - below(400, i, 5) * day_ms - i).text("subject", pick(nouns, i, 6));
}

void session(Doc& d, std::int64_t i) {
  d.text("_id", fmt::format("{:016x}", hash(i, 1))).integer("customerId", below(customers, i, 2));
  d.text("lastSeen", fmt::format("2026-{:02}-{:02}T10:00:00Z", 1 + i % 10, 1 + i % 28));
}

// A list that is never cut.
void wishlist(Doc& d, std::int64_t i) {
  d.integer("_id", i).text("owner", fmt::format("customer{}", i));
  d.array("products", i % 8 == 0 ? 3000 : 400, [&](Doc& e, std::int64_t n, const char* at) {
    e.object(at, Doc()
                     .integer("productId", below(products, i * 3000 + n, 1))
                     .date("added", now_ms - n * day_ms));
  });
}

void import_run(Doc& d, std::int64_t i) {
  d.integer("_id", i).date("at", now_ms - i * day_ms).text("file", fmt::format("import-{}.csv", i));
  d.text("raw", std::string(static_cast<std::size_t>(400000 + i * 20000), 'r'));
}

void audit(Doc& d, std::int64_t i) {
  d.integer("_id", i).text("action", i % 2 == 0 ? "login" : "change");
  if (i % 5 == 0) {
    d.text("at", fmt::format("2026-{:02}-{:02}", 1 + i % 10, 1 + i % 28));
  } else {
    d.date("at", now_ms - i * 60000);
  }
  d.integer("customerId", below(customers, i, 1));
}

void subscriber(Doc& d, std::int64_t i) {
  d.integer("_id", i).text("email", fmt::format("reader{}@example.org", i));
  d.text("joinedAt",
         fmt::format("20{:02}-{:02}-{:02}T08:00:00Z", 20 + i % 6, 1 + i % 12, 1 + i % 28));
}

void measure(Doc& d, std::int64_t i) {
  d.integer("_id", i).integer("warehouseIdentificationNumber", i % 30);
  d.real("averageTemperatureInDegreesCelsius", 4 + static_cast<double>(below(100, i, 1)) / 10);
  d.real("averageRelativeHumidityInPercent", 30 + static_cast<double>(below(400, i, 2)) / 10);
  d.date("measurementTakenAtTimestamp", now_ms - i * 60000);
}

void category(Doc& d, std::int64_t i) {
  d.integer("_id", i).text("name", categories.at(static_cast<std::size_t>(i)));
}

void shipment(Doc& d, std::int64_t i) {
  d.integer("_id", i).text("tracking", fmt::format("T{:08}", i * 3)).integer("orderId", i);
  d.date("sentAt", now_ms - (150000 - i) * 200000);
}

void coupon(Doc& d, std::int64_t i) {
  d.integer("_id", i).text("code", fmt::format("C{:04}", i)).integer("percent", 5 + i % 20);
}

// Each collection's indexes; those that are faults are named in faults.tsv.
constexpr std::array indexes{
    R"({"createIndexes":"customers","indexes":[{"key":{"email":1},"name":"email_1","unique":true},
        {"key":{"phone":1},"name":"phone_1"},{"key":{"name.last":1},"name":"name.last_1"},
        {"key":{"createdAt":1},"name":"createdAt_1","hidden":true}]})",
    R"({"createIndexes":"products","indexes":[{"key":{"sku":1},"name":"sku_1","unique":true},
        {"key":{"category":1,"price":1},"name":"category_1_price_1"},{"key":{"tags":1},"name":"tags_1"},
        {"key":{"brand":1,"stock":1},"name":"brand_1_stock_1"}]})",
    R"({"createIndexes":"orders","indexes":[{"key":{"gift":1},"name":"gift_1"},
        {"key":{"createdAt":1,"total":1,"status":1},"name":"createdAt_1_total_1_status_1"}]})",
    R"({"createIndexes":"reviews","indexes":[{"key":{"productId":1},"name":"productId_1"},
        {"key":{"productId":1,"createdAt":-1},"name":"productId_1_createdAt_-1"}]})",
    R"({"createIndexes":"coupons","indexes":[{"key":{"code":1},"name":"code_1","unique":true},
        {"key":{"code":-1},"name":"code_-1"}]})",
    R"({"createIndexes":"sessions","indexes":[{"key":{"lastSeen":1},"name":"lastSeen_1","expireAfterSeconds":86400}]})",
    R"({"createIndexes":"shipments","indexes":[{"key":{"tracking":1},"name":"tracking_1","unique":true},
        {"key":{"orderId":1},"name":"orderId_1"}]})",
};

struct Collection {
  const char* name;
  std::int64_t size;
  Fill fill;
};
constexpr std::array collections{Collection{"customers", customers, customer},
                                 Collection{"products", products, product},
                                 Collection{"orders", orders, order},
                                 Collection{"payments", payments, payment},
                                 Collection{"reviews", reviews, review},
                                 Collection{"events", events, event},
                                 Collection{"tickets", tickets, ticket},
                                 Collection{"sessions", 5000, session},
                                 Collection{"wishlists", 400, wishlist},
                                 Collection{"imports", 30, import_run},
                                 Collection{"audit", 20000, audit},
                                 Collection{"subscribers", 20000, subscriber},
                                 Collection{"measurements", 30000, measure},
                                 Collection{"categories", 12, category},
                                 Collection{"shipments", 150000, shipment},
                                 Collection{"coupons", 2000, coupon}};

}  // namespace

Status load_shop(MongoClient& client) {
  for (const char* one : indexes) WHET_TRY_VOID(client.execute(std::string(one)));
  for (const Collection& one : collections) {
    WHET_TRY_VOID(insert(client, one.name, one.size, one.fill));
  }
  return {};
}

}  // namespace whet::bench
