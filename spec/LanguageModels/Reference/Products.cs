using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TurkishLlm.Specification.LanguageModels.Reference;

/// <summary>
/// Matrix products in a number type, with float32 results. A wrong shape throws, where <c>matmul</c> ends the process.
/// </summary>
internal static class Products
{
    /// <summary>Computes x Wᵀ.</summary>
    /// <param name="x"><c>[…, in]</c>.</param>
    /// <param name="weight"><c>[out, in]</c>.</param>
    /// <param name="type">Number type of the product.</param>
    public static Tensor Linear(Tensor x, Tensor weight, ScalarType type) =>
        functional.linear(x.to(type), weight.to(type)).to(float32);

    /// <summary>Computes the product of the last two axes.</summary>
    /// <param name="a"><c>[b, h, m, n]</c>.</param>
    /// <param name="b"><c>[b, h, n, p]</c>.</param>
    /// <param name="type">Number type of the product.</param>
    public static Tensor PerHead(Tensor a, Tensor b, ScalarType type) =>
        bmm(a.to(type).flatten(0, 1), b.to(type).flatten(0, 1)).view(a.size(0), a.size(1), a.size(2), b.size(3)).to(float32);
}
