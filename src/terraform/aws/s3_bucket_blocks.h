#pragma once

#include <vector>

#include "terraform/provider.h"

/// Settings that are blocks of aws_s3_bucket since before provider version 4: cors_rule, website, logging, object_lock_configuration,
/// and the arguments acceleration_status and request_payer.
namespace landfall::terraform::aws_types {

std::vector<Attribute> bucket_setting_attributes();
std::vector<Block> bucket_setting_blocks();

/// Puts what is written and differs; `bucket` has the bucket's name and what there was.
Result<void> change_bucket_settings(const Cloud& cloud, const Record& bucket, const Record& planned);
Result<void> read_bucket_settings(const Cloud& cloud, Record& state);

/// Lock configurations; those without a default retention are the bucket's being locked alone.
Schema retention_rule();
Result<void> put_object_lock(const Cloud& cloud, const Record& bucket, const Record& rule_holder, const std::string& token);
/// Rows of `rule`; nothing: the bucket has no lock.
Result<std::optional<std::vector<Record>>> object_lock_of(const Cloud& cloud, const Record& bucket);

Result<void> put_acceleration(const Cloud& cloud, const Record& bucket, const std::string& status);
Result<std::string> acceleration_of(const Cloud& cloud, const Record& bucket);  ///< "" if it never was enabled
Result<void> put_payer(const Cloud& cloud, const Record& bucket, const std::string& payer);
Result<std::string> payer_of(const Cloud& cloud, const Record& bucket);

}  // namespace landfall::terraform::aws_types
