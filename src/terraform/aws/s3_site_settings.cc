#include "terraform/aws/more_types.h"
#include "terraform/aws/s3.h"
#include "terraform/aws/s3_site.h"
#include "terraform/aws/shaped.h"

/// CORS rules, website and access logs of a bucket as resources.
namespace landfall::terraform::aws_types {
namespace {

namespace s3 = aws::s3;

std::vector<Attribute> of_a_bucket() { return {text("id").read_only(), text("bucket").required().forces_new(), text("expected_bucket_owner").forces_new()}; }

class Cors final : public BucketSetting {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = of_a_bucket(),
                               .blocks = {set_block("cors_rule", {.attributes = {text("id"), text_set("allowed_headers"), text_set("allowed_methods").required(), text_set("allowed_origins").required(), text_set("expose_headers"), number("max_age_seconds")}}).required()}};
    return schema;
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto rules = TRY(cors_of(cloud, state));
    if (!rules) return false;
    state.set("cors_rule", told(s3::CORSConfiguration{.cors_rules = *rules}, rules_alone()).value("cors_rule"));
    return true;
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override { return put_cors(cloud, state, {}); }

 private:
  Schema rules_alone() const { return {.blocks = schema().blocks}; }

  Result<void> put(const Cloud& cloud, const Record& planned) const override {
    auto configuration = TRY(filled<s3::CORSConfiguration>(rules_alone(), planned));
    return put_cors(cloud, planned, configuration.cors_rules.value_or(CorsRules{}));
  }
};

/// Its rules are written in blocks or as JSON; either way both are told.
class Website final : public BucketSetting {
 public:
  const Schema& schema() const override {
    static const Schema schema = [] {
      Schema made{.attributes = of_a_bucket(), .blocks = parts().blocks};
      made.attributes.push_back(text("routing_rules").computed().same_if(is_same_json).checked(check_json));
      for (const char* name : {"website_domain", "website_endpoint"}) made.attributes.push_back(text(name).read_only());
      return made;
    }();
    return schema;
  }

  Result<void> adjust(const Cloud&, const Planned& change) const override {
    TRY(check_conflicts(change));
    if (change.prior == nullptr) return {};
    // The one that is written says what the other will be.
    if (is_written(change, "routing_rule")) change.planned.set("routing_rules", Value::unknown(Type::string()));
    else if (differs(*change.prior, change.planned, "routing_rules")) change.planned.set("routing_rule", Value::unknown(schema().type().attribute("routing_rule")->type));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto website = TRY(website_of(cloud, state));
    if (!website) return false;
    tell_structure(s3::WebsiteConfiguration::shape(), parts(), &*website, {}, state);
    const Value rules = Value::string(routing_rules_text(*website));
    if (!is_same_json(rules, state.value("routing_rules"))) state.set("routing_rules", rules);
    state.set("website_domain", website_domain(cloud.region));
    state.set("website_endpoint", state.text("bucket") + "." + website_domain(cloud.region));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    Record wanted = planned;
    // Rules that are only told here are those of the text, as they were.
    if (!differs(prior, planned, "routing_rule") && differs(prior, planned, "routing_rules")) wanted.set("routing_rule", std::vector<Record>{});
    return put(cloud, wanted);
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override { return put_website(cloud, state, std::nullopt); }

 private:
  /// What is only told, as it was, is not written.
  static bool is_written(const Planned& change, const char* block) { return !change.config.blocks(block).empty() && (change.prior == nullptr || differs(*change.prior, change.config, block)); }

  static Result<void> check_conflicts(const Planned& change) {
    const bool has_text = !change.config.value("routing_rules").is_null();
    if (has_text && is_written(change, "routing_rule")) return fail("Config.Conflict", "\"routing_rule\": conflicts with routing_rules");
    if (change.config.blocks("redirect_all_requests_to").empty()) return {};
    for (const char* name : {"error_document", "index_document", "routing_rule"}) {
      if (is_written(change, name)) return fail("Config.Conflict", std::string("\"redirect_all_requests_to\": conflicts with ") + name);
    }
    return has_text ? fail("Config.Conflict", "\"redirect_all_requests_to\": conflicts with routing_rules") : Result<void>();
  }

  static const Schema& parts() {
    static const Schema schema{.blocks = {
        one_block("error_document", {.attributes = {text("key").required()}}), one_block("index_document", {.attributes = {text("suffix").required()}}),
        one_block("redirect_all_requests_to", {.attributes = {text("host_name").required(), text("protocol").checked(one_of({"http", "https"}))}}),
        list_block("routing_rule", {.blocks = {one_block("condition", {.attributes = {text("http_error_code_returned_equals"), text("key_prefix_equals")}}),
                                               one_block("redirect", {.attributes = {text("host_name"), text("http_redirect_code"), text("protocol").checked(one_of({"http", "https"})), text("replace_key_prefix_with"), text("replace_key_with")}}).required()}}).computed()}};
    return schema;
  }

  Result<void> put(const Cloud& cloud, const Record& planned) const override {
    auto website = TRY(filled<s3::WebsiteConfiguration>(parts(), planned));
    if (!website.routing_rules && !planned.text("routing_rules").empty()) TRY(read_routing_rules(planned.text("routing_rules"), website));
    return put_website(cloud, planned, std::move(website));
  }
};

class Logging final : public BucketSetting {
 public:
  const Schema& schema() const override {
    static const Schema schema = [] {
      Schema made{.attributes = of_a_bucket(), .blocks = parts().blocks};
      made.attributes.insert(made.attributes.end(), parts().attributes.begin(), parts().attributes.end());
      return made;
    }();
    return schema;
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto logging = TRY(logging_of(cloud, state));
    if (logging) tell_structure(s3::LoggingEnabled::shape(), parts(), &*logging, {}, state);
    if (logging && !logging->target_prefix) state.set("target_prefix", "");
    return logging.has_value();
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override { return ignore_gone(put_logging(cloud, state, std::nullopt)); }

 private:
  static const Schema& parts() {
    static const Schema schema{.attributes = {text("target_bucket").required(), text("target_prefix").required()},
                               .blocks = {set_block("target_grant", {.attributes = {text("permission").required().checked(one_of({"FULL_CONTROL", "READ", "WRITE"}))},
                                                                     .blocks = {one_block("grantee", {.attributes = {text("display_name").read_only(), text("email_address"), text("id"), text("type").required(), text("uri")}}).required()}}),
                                          one_block("target_object_key_format", {.blocks = {one_block("partitioned_prefix", {.attributes = {text("partition_date_source").required().checked(one_of({"EventTime", "DeliveryTime"}))}}), one_block("simple_prefix", {})}})}};
    return schema;
  }

  Result<void> put(const Cloud& cloud, const Record& planned) const override {
    auto logging = TRY(filled<s3::LoggingEnabled>(parts(), planned));
    logging.target_prefix = planned.text("target_prefix");
    return put_logging(cloud, planned, std::move(logging));
  }
};

}  // namespace

void add_s3_site_settings(Provider& provider) {
  provider.resources["aws_s3_bucket_cors_configuration"] = std::make_unique<Cors>();
  provider.resources["aws_s3_bucket_website_configuration"] = std::make_unique<Website>();
  provider.resources["aws_s3_bucket_logging"] = std::make_unique<Logging>();
}

}  // namespace landfall::terraform::aws_types
