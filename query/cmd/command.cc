#include "command.h"

namespace tain::query {
namespace {

CLI::App& add(CLI::App& parent, const std::string& name, const std::string& description,
              const std::string& example) {
  CLI::App& app = *parent.add_subcommand(name, description);
  app.footer("\nExample:\n  " + example);
  return app;
}

}  // namespace

Command::Command(CLI::App& parent, const std::string& name, const std::string& description,
                 const std::string& example)
    : app_(add(parent, name, description, example)) {}

CLI::App& add_family(CLI::App& parent, const std::string& name, const std::string& description,
                     const std::string& example) {
  CLI::App& family = add(parent, name, description, example);
  family.require_subcommand(1);
  return family;
}

}  // namespace tain::query
