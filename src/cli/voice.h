#pragma once

#include <memory>
#include <string>

#include "cli/terraform_commands.h"
#include "hcl/diagnostic.h"
#include "terraform/engine.h"

namespace landfall::cli {

/// How a command on a root says what happens: to people, or with -json to programs. Thread-safe.
class Voice {
 public:
  virtual ~Voice() = default;
  virtual void line(const std::string& text) = 0;  ///< of progress, without its end
  virtual void event(const terraform::Event& event) = 0;
  virtual void problems(const hcl::Diagnostics& diagnostics) = 0;
  virtual void failure(const Error& error) = 0;
  virtual void plan(const terraform::Plan& plan, const terraform::Provider& provider) = 0;
  virtual void applied(const terraform::Applied& applied, bool is_destroy) = 0;
  /// What is at the end of an apply: outputs, and what is inert.
  virtual void outputs(const terraform::State& state, const terraform::Provider& provider) = 0;
};

std::unique_ptr<Voice> make_voice(const TerraformArguments& arguments);

/// The value of an output of a state, with its type.
hcl::Value output_value(const terraform::StateOutput& output);

/// All outputs, after "Outputs:"; nothing if there are none.
void print_outputs(const terraform::State& state);

}  // namespace landfall::cli
