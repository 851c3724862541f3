#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/record.h"
#include "model/network.h"

/// S3, DynamoDB, ECR and CloudWatch Logs: what is stored for users. Bytes of objects and blobs are files under the
/// data directory, named in the records.
namespace landfall::model {

struct Bucket {
  std::string account, region, name;
  std::string versioning;  ///< "", Enabled, Suspended
  WallTime created_at;
  /// Sub-resources that only are kept and told: "policy", "cors", "lifecycle" … -> JSON of what was put.
  std::map<std::string, std::string> settings;
  Tags tags;
  FIELDS(account, region, name, versioning, created_at, settings, tags)
  static constexpr std::string_view kTable = "bucket";
  std::string key() const { return name; }
};

struct Object {
  std::string bucket, object_key;
  std::string etag, content_type, content_encoding, cache_control, server_side_encryption;
  int64_t size = 0;
  std::string file;  ///< relative to <data_dir>/objects
  std::map<std::string, std::string> metadata;
  WallTime modified_at;
  std::string version_id;  ///< empty: made while the bucket kept no versions ("null")
  std::string content_disposition, content_language;
  std::string storage_class;     ///< empty: STANDARD
  std::string website_redirect;
  WallTime expires_at;           ///< of the header Expires; 0: none
  std::map<std::string, std::string> checksums;  ///< "CRC32" … -> base64, "-N" behind it if it is of N parts' checksums
  std::string checksum_type;                     ///< FULL_OBJECT or COMPOSITE; empty: no checksums
  std::vector<int64_t> part_sizes;               ///< of an upload in parts
  std::vector<std::map<std::string, std::string>> part_checksums;  ///< of its parts, if one was asked for
  Tags tags;
  WallTime restored_until;       ///< of an archived object: until then its bytes may be read; 0: never restored
  std::string customer_key;      ///< MD5, in base64, of the customer's key that its readers must show; empty: none is asked for
  FIELDS(bucket, object_key, etag, content_type, content_encoding, cache_control, server_side_encryption, size, file,
         metadata, modified_at, version_id, content_disposition, content_language, storage_class, website_redirect,
         expires_at, checksums, checksum_type, part_sizes, part_checksums, tags, restored_until, customer_key)
  static constexpr std::string_view kTable = "object";
  std::string key() const { return bucket + "/" + object_key; }
};

/// A version that is not the current one, or a delete marker (which may be the newest: then no Object is there).
struct ObjectVersion {
  Object object;
  bool is_marker = false;
  int64_t sequence = 0;  ///< rises; the newest has the highest
  FIELDS(object, is_marker, sequence)
  static constexpr std::string_view kTable = "object_version";
  std::string key() const { return object.bucket + "/" + object.object_key + "#" + (object.version_id.empty() ? "null" : object.version_id); }
};

/// A multipart upload that is not completed yet; parts by number.
struct UploadPart {
  int number = 0;
  std::string etag, file;
  int64_t size = 0;
  WallTime modified_at;
  std::map<std::string, std::string> checksums;
  FIELDS(number, etag, file, size, modified_at, checksums)
};
struct Upload {
  std::string id;
  Object object;  ///< what it will be; without bytes
  std::vector<UploadPart> parts;
  WallTime started_at;
  std::string checksum_algorithm, checksum_type;  ///< as asked for; empty: none
  bool is_key_deleted = false;                    ///< since it began
  FIELDS(id, object, parts, started_at, checksum_algorithm, checksum_type, is_key_deleted)
  static constexpr std::string_view kTable = "upload";
  std::string key() const { return object.bucket + "/" + id; }
};

/// An attribute that is part of a key, of the table or of an index.
struct DynamoAttribute {
  std::string name, type;  ///< S, N or B
  FIELDS(name, type)
};

/// A secondary index: items that have its keys, in its order.
struct DynamoIndex {
  std::string name, hash_key, range_key;  ///< range_key empty: none
  std::vector<std::string> more_hash_keys, more_range_keys;  ///< of a global index: what its keys are of after the first attribute
  bool is_local = false;
  std::string projection = "ALL";  ///< KEYS_ONLY, INCLUDE
  std::vector<std::string> included;
  int64_t read_capacity = 0, write_capacity = 0;
  FIELDS(name, hash_key, range_key, more_hash_keys, more_range_keys, is_local, projection, included, read_capacity, write_capacity)
};

struct DynamoTable {
  std::string account, region, name, id;
  std::string hash_key, hash_key_type, range_key, range_key_type;
  std::string billing_mode = "PROVISIONED";
  int64_t read_capacity = 0, write_capacity = 0;
  WallTime created_at;
  std::string ttl_attribute;  ///< empty: off
  bool is_deletion_protected = false;
  std::string table_class;
  std::string stream_view;    ///< KEYS_ONLY, NEW_IMAGE …; empty: no stream is on
  std::string stream_label;   ///< of the newest stream, on or off; empty: there was none
  WallTime recoverable_since; ///< point-in-time recovery: on since then; 0: off
  int recovery_days = 35;
  std::vector<DynamoAttribute> attributes;  ///< as given; empty: the table's keys alone
  std::vector<DynamoIndex> indexes;
  Tags tags;
  std::string policy;         ///< JSON text as given; empty: none
  int64_t policy_revision = 0;
  FIELDS(account, region, name, id, hash_key, hash_key_type, range_key, range_key_type, billing_mode, read_capacity,
         write_capacity, created_at, ttl_attribute, is_deletion_protected, table_class, stream_view, stream_label,
         recoverable_since, recovery_days, attributes, indexes, tags, policy, policy_revision)
  static constexpr std::string_view kTable = "dynamo_table";
  std::string key() const { return account + "/" + region + "/" + name; }
};

/// A copy of a table; its items are DynamoItems whose table_key is the backup's ARN.
struct DynamoBackup {
  std::string account, region, arn, name;
  DynamoTable table;
  int64_t item_count = 0, size = 0;  ///< bytes
  WallTime created_at;
  std::string type = "USER";  ///< SYSTEM: of a table that was deleted with point-in-time recovery on
  WallTime expires_at;        ///< of type SYSTEM
  FIELDS(account, region, arn, name, table, item_count, size, created_at, type, expires_at)
  static constexpr std::string_view kTable = "dynamo_backup";
  std::string key() const { return arn; }
};

struct DynamoItem {
  std::string table_key;  ///< DynamoTable::key
  std::string item_key;   ///< hash (and range) value, encoded so that keys are unique
  std::string item;       ///< attribute map as DynamoDB JSON
  FIELDS(table_key, item_key, item)
  static constexpr std::string_view kTable = "dynamo_item";
  std::string key() const { return table_key + "/" + item_key; }
};

/// What happened to one item: kept while a stream or point-in-time recovery of its table may ask for it.
struct DynamoChange {
  std::string table_id;
  int64_t sequence = 0;       ///< rises by one with each change of the table
  WallTime at;
  std::string item_key;       ///< DynamoItem::item_key
  std::string before, after;  ///< attribute maps as DynamoDB JSON; empty: no item
  std::string stream_label;   ///< of the stream that was on; empty: none
  bool is_expiry = false;     ///< time to live took the item away
  FIELDS(table_id, sequence, at, item_key, before, after, stream_label, is_expiry)
  static constexpr std::string_view kTable = "dynamo_change";
  std::string key() const { return prefix(table_id) + digits(sequence); }
  static std::string prefix(const std::string& table_id) { return table_id + "/"; }
  /// As many as AWS's, beginning with 1, so that their order is that of the numbers.
  static std::string digits(int64_t sequence) {
    const std::string number = std::to_string(sequence);
    return "1" + std::string(20 - number.size(), '0') + number;
  }
};

/// How many changes of a table there were.
struct DynamoJournal {
  std::string table_id;
  int64_t last = 0;
  FIELDS(table_id, last)
  static constexpr std::string_view kTable = "dynamo_journal";
  std::string key() const { return table_id; }
};

/// A stream of a table: on, or readable for a day after it was switched off or its table went.
struct DynamoStream {
  std::string account, region, table_name, table_id, label, view, hash_key, range_key;
  int64_t first = 0, last = 0;  ///< changes are after `first`, up to `last` once it ended
  WallTime created_at, ended_at;
  FIELDS(account, region, table_name, table_id, label, view, hash_key, range_key, first, last, created_at, ended_at)
  static constexpr std::string_view kTable = "dynamo_stream";
  std::string key() const { return arn(); }
  std::string arn() const { return "arn:aws:dynamodb:" + region + ":" + account + ":table/" + table_name + "/stream/" + label; }
};

struct Repository {
  std::string account, region, name, arn;
  std::string tag_mutability = "MUTABLE";
  bool scan_on_push = false;
  std::string encryption_type = "AES256";
  std::map<std::string, std::string> image_tags;  ///< tag -> manifest digest
  WallTime created_at;
  std::string lifecycle_policy, policy;  ///< JSON text as given; empty: none
  WallTime lifecycle_evaluated_at;
  Tags tags;
  FIELDS(account, region, name, arn, tag_mutability, scan_on_push, encryption_type, image_tags, created_at,
         lifecycle_policy, policy, lifecycle_evaluated_at, tags)
  static constexpr std::string_view kTable = "repository";
  std::string key() const { return account + "/" + region + "/" + name; }
};

/// A manifest (or index) of a repository. Its bytes are the blob `digest` under <data_dir>/registry/blobs/sha256/.
struct Manifest {
  std::string repository_key, digest, media_type;
  int64_t size = 0;        ///< of the manifest itself
  int64_t image_size = 0;  ///< of its layers
  WallTime pushed_at;
  WallTime scanned_at;     ///< the last scan was asked for; 0: never
  FIELDS(repository_key, digest, media_type, size, image_size, pushed_at, scanned_at)
  static constexpr std::string_view kTable = "manifest";
  std::string key() const { return repository_key + "/" + digest; }
};

struct LogGroup {
  std::string account, region, name, arn;
  int retention_days = 0;  ///< 0: never expires
  std::string group_class = "STANDARD";  ///< or INFREQUENT_ACCESS
  bool is_protected = false;  ///< from deletion
  WallTime created_at;
  Tags tags;
  FIELDS(account, region, name, arn, retention_days, group_class, is_protected, created_at, tags)
  static constexpr std::string_view kTable = "log_group";
  std::string key() const { return account + "/" + region + "/" + name; }
};

struct LogStream {
  std::string group_key, name, arn;
  WallTime created_at;
  FIELDS(group_key, name, arn, created_at)
  static constexpr std::string_view kTable = "log_stream";
  std::string key() const { return group_key + "#" + name; }
};

/// Makes a metric's values of the events that match.
struct MetricFilter {
  std::string group_key, name, pattern;
  std::string metric_namespace, metric_name, value, unit;  ///< value: a number, or "$.field" or "$field" of the event
  std::optional<double> default_value;
  std::map<std::string, std::string> dimensions;  ///< name -> "$.field"
  WallTime created_at;
  FIELDS(group_key, name, pattern, metric_namespace, metric_name, value, unit, default_value, dimensions, created_at)
  static constexpr std::string_view kTable = "metric_filter";
  std::string key() const { return group_key + "#" + name; }
};

/// Who else may write to an account's log groups.
struct LogResourcePolicy {
  std::string account, region, name, document;
  WallTime updated_at;
  FIELDS(account, region, name, document, updated_at)
  static constexpr std::string_view kTable = "log_resource_policy";
  std::string key() const { return account + "/" + region + "/" + name; }
};

/// A question of Logs Insights; its answer is found anew whenever somebody wants it: the events do not change.
struct InsightsQuery {
  std::string account, region, id, text;
  std::vector<std::string> groups;  ///< names
  WallTime from, until;             ///< until is not part of it
  int64_t last_sequence = 0;        ///< what was appended later is not part of it
  int limit = 10'000;
  WallTime created_at;
  FIELDS(account, region, id, text, groups, from, until, last_sequence, limit, created_at)
  static constexpr std::string_view kTable = "insights_query";
  std::string key() const { return account + "/" + region + "/" + id; }
};

/// A query that is kept for later.
struct QueryDefinition {
  std::string account, region, id, name, text;
  std::vector<std::string> groups;
  WallTime modified_at;
  FIELDS(account, region, id, name, text, groups, modified_at)
  static constexpr std::string_view kTable = "query_definition";
  std::string key() const { return account + "/" + region + "/" + id; }
};

}  // namespace landfall::model
