#include "shim.h"

#include <c10/util/Exception.h>

namespace tllm {

static thread_local std::string last_error;

void set_error(const std::string& text) { last_error = text; }

int guarded(const std::function<std::string()>& where, const std::function<void()>& body) {
  try {
    body();
    return 0;
  } catch (const c10::Error& error) {
    set_error(where() + ": " + error.what_without_backtrace());
  } catch (const std::exception& error) {
    set_error(where() + ": " + error.what());
  } catch (...) {
    set_error(where() + ": unknown error");
  }
  return 1;
}

}  // namespace tllm

TLLM_API const char* tllm_last_error() { return tllm::last_error.c_str(); }
