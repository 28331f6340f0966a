// The C surface of the binding: one call reaches any operator by name, the rest is lifecycle.
// Every function returns 0, or 1 after storing a text for tllm_last_error. Nothing throws across this border.
#pragma once
#include <cstdint>
#include <exception>
#include <functional>
#include <string>

#define TLLM_API extern "C" __attribute__((visibility("default")))

namespace tllm {

// One argument or result of an operator. Mirrors NativeArgument in Binding/Argument.cs.
enum class Kind : int32_t {
  Default, None, Tensor, Int, Double, Bool, IntList, DoubleList, BoolList, TensorList, OptionalTensorList,
  String, Device, Generator, ScalarList
};

struct Argument {
  Kind kind;
  int32_t count;  // elements of a list, characters of a string, index of a device
  union {
    int64_t integer;
    double real;
    void* pointer;
  };
};

void set_error(const std::string& text);

// Runs the body; whatever it throws becomes the thread's error text.
int guarded(const std::function<std::string()>& where, const std::function<void()>& body);

inline int guarded(const char* where, const std::function<void()>& body) {
  return guarded([where] { return std::string(where); }, body);
}

}  // namespace tllm
