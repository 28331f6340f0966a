// Calls any operator of the dispatcher by name, boxed. Defaults and number widening come from its schema.
#include <ATen/core/Generator.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>
#include <ATen/core/stack.h>
#include <sstream>

#include "handle.h"
#include "shim.h"

namespace tllm {

using c10::IValue;

// Number types are compared by kind, because `int?` and `int` take the same values.
static c10::TypePtr unwrap(const c10::TypePtr& type) {
  if (auto optional = type->cast<c10::OptionalType>()) return optional->getElementType();
  return type;
}

static IValue to_ivalue(const Argument& argument, const c10::Argument& expected) {
  switch (argument.kind) {
    case Kind::Default:
      TORCH_CHECK(expected.default_value().has_value(), "argument '", expected.name(), "' has no default");
      return *expected.default_value();
    case Kind::None: return IValue();
    case Kind::Tensor: return borrow(argument.pointer);
    case Kind::Int: {
      auto type = unwrap(expected.type());
      if (type->kind() == c10::TypeKind::FloatType) return static_cast<double>(argument.integer);
      if (type->kind() == c10::TypeKind::ListType) return std::vector<int64_t>{argument.integer};
      return argument.integer;
    }
    case Kind::Double: return argument.real;
    case Kind::Bool: return argument.integer != 0;
    case Kind::IntList: {
      auto* values = static_cast<int64_t*>(argument.pointer);
      return std::vector<int64_t>(values, values + argument.count);
    }
    case Kind::DoubleList: {
      auto* values = static_cast<double*>(argument.pointer);
      return std::vector<double>(values, values + argument.count);
    }
    case Kind::BoolList: {
      auto* values = static_cast<int64_t*>(argument.pointer);
      c10::List<bool> list;
      for (int i = 0; i < argument.count; i++) list.push_back(values[i] != 0);
      return list;
    }
    case Kind::ScalarList: {
      auto* values = static_cast<double*>(argument.pointer);
      c10::impl::GenericList list(c10::NumberType::get());
      for (int i = 0; i < argument.count; i++) list.push_back(IValue(values[i]));
      return list;
    }
    case Kind::TensorList: {
      auto** handles = static_cast<void**>(argument.pointer);
      c10::List<at::Tensor> list;
      list.reserve(argument.count);
      for (int i = 0; i < argument.count; i++) list.push_back(borrow(handles[i]));
      return list;
    }
    case Kind::OptionalTensorList: {
      auto** handles = static_cast<void**>(argument.pointer);
      c10::List<c10::optional<at::Tensor>> list;
      list.reserve(argument.count);
      for (int i = 0; i < argument.count; i++)
        list.push_back(handles[i] ? c10::optional<at::Tensor>(borrow(handles[i])) : c10::nullopt);
      return list;
    }
    case Kind::String: return std::string(static_cast<char*>(argument.pointer), argument.count);
    case Kind::Device:
      return c10::Device(static_cast<c10::DeviceType>(argument.integer), static_cast<c10::DeviceIndex>(argument.count));
    case Kind::Generator: return *static_cast<at::Generator*>(argument.pointer);
  }
  TORCH_CHECK(false, "unknown argument kind");
}

static void emit(const IValue& value, Argument* results, int capacity, int& written) {
  auto next = [&]() -> Argument& {
    TORCH_CHECK(written < capacity, "more results than room for them");
    return results[written++];
  };
  if (value.isTensor()) {
    auto& result = next();
    auto tensor = value.toTensor();
    result.kind = tensor.defined() ? Kind::Tensor : Kind::None;
    result.pointer = tensor.defined() ? give(std::move(tensor)) : nullptr;
  } else if (value.isTensorList()) {
    for (const auto& tensor : value.toTensorVector()) {
      auto& result = next();
      result.kind = Kind::Tensor;
      result.pointer = give(tensor);
    }
  } else if (value.isTuple()) {
    for (const auto& element : value.toTupleRef().elements()) emit(element, results, capacity, written);
  } else if (value.isBool()) {
    auto& result = next();
    result.kind = Kind::Bool;
    result.integer = value.toBool();
  } else if (value.isInt()) {
    auto& result = next();
    result.kind = Kind::Int;
    result.integer = value.toInt();
  } else if (value.isDouble()) {
    auto& result = next();
    result.kind = Kind::Double;
    result.real = value.toDouble();
  } else {
    TORCH_CHECK(value.isNone(), "a result of type ", value.tagKind(), " has no place on the other side");
    next().kind = Kind::None;
  }
}

// "aten::mm([2, 3] Float, [4, 5] Float)": what the reader of an error needs first.
static std::string describe(const c10::OperatorHandle& op, const Argument* arguments, int count) {
  std::ostringstream text;
  text << op.schema().name();
  if (!op.schema().overload_name().empty()) text << '.' << op.schema().overload_name();
  text << '(';
  for (int i = 0; i < count; i++) {
    if (i) text << ", ";
    const auto& a = arguments[i];
    switch (a.kind) {
      case Kind::Tensor: {
        auto* tensor = peek(a.pointer);
        text << tensor->sizes() << ' ' << tensor->dtype().name();
        break;
      }
      case Kind::Int: text << a.integer; break;
      case Kind::Double: text << a.real; break;
      case Kind::Bool: text << (a.integer ? "true" : "false"); break;
      case Kind::IntList: text << c10::IntArrayRef(static_cast<int64_t*>(a.pointer), a.count); break;
      case Kind::None: text << "none"; break;
      case Kind::Default: text << "…"; break;
      default: text << "list of " << a.count; break;
    }
  }
  text << ')';
  return text.str();
}

// A small pool per thread keeps a call from allocating, and nested calls each get a stack of their own.
struct StackPool {
  std::vector<torch::jit::Stack> stacks;
  size_t depth = 0;
};
static thread_local StackPool pool;

struct PooledStack {
  PooledStack() {
    if (pool.depth == pool.stacks.size()) pool.stacks.emplace_back();
    index = pool.depth++;
    get().clear();
  }
  ~PooledStack() {
    get().clear();
    pool.depth--;
  }
  torch::jit::Stack& get() { return pool.stacks[index]; }
  size_t index;
};

}  // namespace tllm

using namespace tllm;

TLLM_API int tllm_find_operator(const char* name, const char* overload, void** handle) {
  return guarded(name, [&] {
    *handle = new c10::OperatorHandle(c10::Dispatcher::singleton().findSchemaOrThrow(name, overload));
  });
}

TLLM_API int tllm_has_operator(const char* name, const char* overload, int* found) {
  return guarded(name, [&] { *found = c10::Dispatcher::singleton().findSchema({name, overload}).has_value(); });
}

TLLM_API int tllm_call(void* handle, const Argument* arguments, int count, Argument* results, int capacity, int* written) {
  const auto& op = *static_cast<c10::OperatorHandle*>(handle);
  *written = 0;
  return guarded([&] { return describe(op, arguments, count); }, [&] {
    const auto& expected = op.schema().arguments();
    TORCH_CHECK(static_cast<size_t>(count) <= expected.size(), "takes ", expected.size(), " arguments, received ", count);
    PooledStack pooled;
    static const Argument by_default{Kind::Default, 0, {0}};
    // The stack may move while a nested call grows the pool, so it is built aside and swapped in.
    torch::jit::Stack stack;
    stack.swap(pooled.get());
    for (size_t i = 0; i < expected.size(); i++)
      stack.push_back(to_ivalue(i < static_cast<size_t>(count) ? arguments[i] : by_default, expected[i]));
    op.callBoxed(stack);
    for (const auto& value : stack) emit(value, results, capacity, *written);
    stack.clear();
    stack.swap(pooled.get());
  });
}
