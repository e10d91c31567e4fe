#include "control/storage/database.h"

#include "absl/synchronization/notification.h"
#include "absl/types/span.h"
#include "base/check.h"
#include "base/status.h"
#include "control/storage/sqlite_connection.h"

namespace narada::control::storage {
namespace {

std::vector<std::unique_ptr<Connection>> MakeConnections(const DatabaseOptions& options) {
  std::vector<std::unique_ptr<Connection>> connections;
  if (!options.postgresql) {
    connections.push_back(std::make_unique<SqliteConnection>(options.path));
    return connections;
  }
  const auto server = std::make_shared<ServerState>();
  for (int i = 0; i < options.postgresql->connections; ++i) {
    connections.push_back(std::make_unique<PostgresqlConnection>(*options.postgresql, server));
  }
  return connections;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const DatabaseOptions& options) {
  std::vector<std::unique_ptr<Connection>> connections = MakeConnections(options);
  // The others of a pool connect when they are first needed.
  RETURN_IF_ERROR(connections.front()->Open());
  auto database = std::unique_ptr<Database>(new Database);
  for (std::unique_ptr<Connection>& connection : connections) {
    database->threads_.emplace_back(
        [&database = *database, connection = std::move(connection)]() mutable {
          database.Serve(std::move(connection));
        });
  }
  return database;
}

Database::~Database() {
  {
    absl::MutexLock lock(&mutex_);
    is_closing_ = true;
  }
  for (std::thread& thread : threads_) thread.join();
}

absl::Status Database::Run(Work work) {
  for (const std::thread& thread : threads_) {
    CHECK(std::this_thread::get_id() != thread.get_id()) << "the database would wait for itself";
  }
  absl::Notification finished;
  absl::Status result;
  Submit(std::move(work), [&](absl::Status status) {
    result = std::move(status);
    finished.Notify();
  });
  finished.WaitForNotification();
  return result;
}

void Database::SubmitInOrder(std::string order, Work work, Done done) {
  Push({.work = std::move(work), .done = std::move(done), .order = std::move(order)});
}

absl::Status Database::Backup(const std::string& path) {
  absl::Notification finished;
  absl::Status result;
  Push({.done =
            [&](absl::Status status) {
              result = std::move(status);
              finished.Notify();
            },
        .backup_path = path});
  finished.WaitForNotification();
  return result;
}

void Database::Drain() {
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(
      +[](Database* self) ABSL_EXCLUSIVE_LOCKS_REQUIRED(self->mutex_) {
        return self->queue_.empty() && self->items_at_work_ == 0;
      },
      this));
}

void Database::Push(Item item) {
  absl::MutexLock lock(&mutex_);
  CHECK(!is_closing_) << "work was submitted to a database that is being closed";
  queue_.push_back(std::move(item));
}

bool Database::HasWorkOrEnds() const {
  if (queue_.empty()) return is_closing_;
  for (const Item& item : queue_) {
    if (!orders_at_work_.contains(item.order)) return true;
  }
  return false;
}

std::vector<Database::Item> Database::TakeItems(size_t items_max) {
  std::vector<Item> items;
  std::set<std::string> passed;  // What is behind a piece of its order stays behind it.
  for (auto item = queue_.begin(); item != queue_.end() && items.size() < items_max;) {
    const bool is_backup = !item->backup_path.empty();
    if (is_backup && !items.empty()) break;  // On its own.
    if (orders_at_work_.contains(item->order) || passed.contains(item->order)) {
      passed.insert(item->order);
      ++item;
      continue;
    }
    items.push_back(std::move(*item));
    item = queue_.erase(item);
    if (is_backup) break;
  }
  for (const Item& item : items) {
    if (!item.order.empty()) orders_at_work_.insert(item.order);
  }
  items_at_work_ += static_cast<int>(items.size());
  return items;
}

void Database::Serve(std::unique_ptr<Connection> connection) {
  while (true) {
    std::vector<Item> items;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(
          +[](Database* self)
               ABSL_EXCLUSIVE_LOCKS_REQUIRED(self->mutex_) { return self->HasWorkOrEnds(); },
          this));
      if (queue_.empty()) return;
      items = TakeItems(connection->pieces_max());
    }
    RunItems(*connection, items);
    absl::MutexLock lock(&mutex_);
    items_at_work_ -= static_cast<int>(items.size());
    for (const Item& item : items) orders_at_work_.erase(item.order);
  }
}

void Database::RunItems(Connection& connection, std::vector<Item>& items) {
  if (!items.front().backup_path.empty()) {
    return items.front().done(connection.Backup(items.front().backup_path));
  }
  std::vector<Work> pieces;
  for (Item& item : items) pieces.push_back(std::move(item.work));
  std::vector<absl::Status> fates = connection.Run(absl::MakeSpan(pieces));
  for (size_t i = 0; i < items.size(); ++i) items[i].done(std::move(fates[i]));
}

}  // namespace narada::control::storage
