// Loss of a linear head without its logits: they exist for a few hundred rows at a time, and turn into their own gradient
// in place. The gradients of all rows are gathered on the way, so the backward pass only scales them.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "gemm.h"
#include "simd.h"

namespace tllm {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// A row of logits becomes softmax - onehot; gives its loss, in nats.
static float row_loss(float* row, int64_t vocabulary, int64_t target) {
  float highest = row[0];
#pragma omp simd reduction(max : highest)
  for (int64_t i = 0; i < vocabulary; i++) highest = row[i] > highest ? row[i] : highest;
  float at_target = row[target];
  // The sum is gathered in parts: 64,000 terms in one float32 would lose digits.
  double sum = 0;
  constexpr int64_t part = 1024;
  for (int64_t begin = 0; begin < vocabulary; begin += part) {
    int64_t end = std::min(vocabulary, begin + part);
    float partial = 0;
#pragma omp simd reduction(+ : partial)
    for (int64_t i = begin; i < end; i++) {
      row[i] = fast_exp(row[i] - highest);
      partial += row[i];
    }
    sum += partial;
  }
  float scale = static_cast<float>(1 / sum);
#pragma omp simd
  for (int64_t i = 0; i < vocabulary; i++) row[i] *= scale;
  row[target] -= 1;
  return static_cast<float>(std::log(sum)) + highest - at_target;
}

template <typename T>
static at::Tensor run(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& targets, int64_t ignored, int64_t chunk,
                      at::Tensor& dhidden, at::Tensor& dweight) {
  int64_t rows = hidden.size(0), width = hidden.size(1), vocabulary = weight.size(0);
  auto losses = at::empty({rows}, hidden.options());
  auto logits = at::empty({std::min(chunk, rows), vocabulary}, hidden.options());
  auto *plosses = losses.data_ptr<float>(), *plogits = logits.data_ptr<float>();
  auto* ptargets = targets.data_ptr<int64_t>();
  Operand<T> h(hidden.data_ptr<float>(), hidden.numel()), w(weight.data_ptr<float>(), weight.numel());

  for (int64_t first = 0; first < rows; first += chunk) {
    int64_t count = std::min(chunk, rows - first);
    const T* part = h.data + first * width;
    gemm(false, true, count, vocabulary, width, 1, part, width, w.data, width, 0, plogits, vocabulary);
    at::parallel_for(0, count, 1, [&](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; r++) {
        int64_t target = ptargets[first + r];
        float* row = plogits + r * vocabulary;
        if (target == ignored) {
          std::fill(row, row + vocabulary, 0.0f);
          plosses[first + r] = 0;
        } else {
          plosses[first + r] = row_loss(row, vocabulary, target);
        }
      }
    });
    if (!dhidden.defined() && !dweight.defined()) continue;
    Operand<T> d(plogits, count * vocabulary);
    if (dhidden.defined())
      gemm(false, false, count, width, vocabulary, 1, d.data, vocabulary, w.data, width, 0, dhidden.data_ptr<float>() + first * width, width);
    if (dweight.defined())
      gemm(true, false, vocabulary, width, count, 1, d.data, vocabulary, part, width, first == 0 ? 0 : 1, dweight.data_ptr<float>(), width);
  }
  return losses;
}

struct LinearCrossEntropy : torch::autograd::Function<LinearCrossEntropy> {
  static variable_list forward(AutogradContext* context, const at::Tensor& hidden_input, const at::Tensor& weight_input,
                               const at::Tensor& targets_input, int64_t ignored, int64_t chunk, bool in_bf16) {
    at::AutoDispatchBelowADInplaceOrView guard;
    auto hidden = hidden_input.contiguous(), weight = weight_input.contiguous(), targets = targets_input.contiguous();
    at::Tensor dhidden, dweight;
    if (hidden_input.requires_grad()) dhidden = at::empty_like(hidden);
    if (weight_input.requires_grad()) dweight = at::empty_like(weight);
    auto losses = in_bf16 ? run<bf16>(hidden, weight, targets, ignored, chunk, dhidden, dweight)
                          : run<float>(hidden, weight, targets, ignored, chunk, dhidden, dweight);
    context->save_for_backward({dhidden, dweight});
    context->mark_non_differentiable({losses});
    return {losses.sum(at::kDouble).to(at::kFloat), losses};
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    auto saved = context->get_saved_variables();
    auto scaled = [&](const at::Tensor& gradient) { return gradient.defined() ? gradient.mul_(gradients[0]) : gradient; };
    return {scaled(saved[0]), scaled(saved[1]), at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

static std::tuple<at::Tensor, at::Tensor> linear_cross_entropy(const at::Tensor& hidden, const at::Tensor& weight,
                                                               const at::Tensor& targets, int64_t ignored, int64_t chunk, bool in_bf16) {
  TORCH_CHECK(hidden.dim() == 2 && targets.dim() == 1 && hidden.size(0) == targets.size(0) && hidden.size(1) == weight.size(1),
              "hidden [n, width], weight [vocabulary, width] and targets [n] do not belong together");
  auto wrong = targets.ne(ignored).logical_and_(targets.lt(0).logical_or_(targets.ge(weight.size(0))));
  TORCH_CHECK(!wrong.any().item<bool>(), "a target is outside the vocabulary of ", weight.size(0));
  auto result = LinearCrossEntropy::apply(hidden, weight, targets, ignored, chunk, in_bf16);
  return {result[0], result[1]};
}

TORCH_LIBRARY_FRAGMENT(turkishllm, library) {
  library.def(
      "linear_cross_entropy(Tensor hidden, Tensor weight, Tensor targets, int ignored, int chunk, bool bf16) -> (Tensor, Tensor)",
      &linear_cross_entropy);
}

}  // namespace tllm
