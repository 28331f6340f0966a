// An attention function of your own, judged without a model and without files; then one that expands the key/value heads in the
// wrong order, and what the failure says of it.
using TorchSharp;
using TurkishLlm.Specification;
using TurkishLlm.Specification.LanguageModels;
using static TorchSharp.torch;

var requirements = Judge.AttentionHeads((q, k, v) => Attend(q, Repeat(k, q), Repeat(v, q)));
requirements.Verify();
Console.WriteLine($"{requirements.Count} requirements hold");
try
{
    Judge.AttentionHeads((q, k, v) => Attend(q, Tile(k, q), Tile(v, q))).Verify();
}
catch (RequirementFailedException error)
{
    Console.WriteLine(error.Message);
}

// q, k, v [b, heads, t, d] → [b, heads, t, d]
static Tensor Attend(Tensor q, Tensor k, Tensor v) => nn.functional.scaled_dot_product_attention(q, k, v, is_casual: true);

// Heads 0, 0, 1, 1, so that neighboring query heads share a key/value head.
static Tensor Repeat(Tensor x, Tensor q) => x.repeat_interleave(q.size(1) / x.size(1), 1);

// Heads 0, 1, 0, 1.
static Tensor Tile(Tensor x, Tensor q) => x.repeat(1, q.size(1) / x.size(1), 1, 1);
