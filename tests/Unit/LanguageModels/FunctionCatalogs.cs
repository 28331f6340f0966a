using TurkishLlm.Specification;
using TurkishLlm.Specification.LanguageModels.Functions;

namespace TurkishLlm.Tests.Unit.LanguageModels;

/// <summary>The requirements of functions with the references as their subjects.</summary>
internal static class FunctionCatalogs
{
    public static IReadOnlyDictionary<string, Catalog> All { get; } = new Dictionary<string, Catalog>
    {
        ["norm"] = new("norm", NormRequirements.All),
        ["LayerNorm"] = new("LayerNorm", LayerNormRequirements.All),
        ["attention"] = new("attention", AttentionRequirements.WithoutPositions.All),
        ["attention with ALiBi"] = new("attention with ALiBi", AttentionRequirements.WithAlibi.All),
        ["SwiGLU"] = new("SwiGLU", FeedForwardRequirements.All),
        ["ALiBi"] = new("ALiBi", BiasRequirements.All),
        ["slopes"] = new("slopes", SlopeRequirements.All),
    };
}
