using TurkishLlm.Specification;
using TurkishLlm.Specification.LanguageModels.Functions;
using TurkishLlm.Specification.LanguageModels.Reference;

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
        ["loss"] = new("loss", LossRequirements.All),
        ["mean loss"] = new("mean loss", MeanLossRequirements.All),
        ["cosine schedule"] = new("cosine schedule", CosineScheduleRequirements.All),
        ["linear schedule"] = new("linear schedule", LinearScheduleRequirements.All),
        ["AdamW"] = new("AdamW", AdamWRequirements.All),
        ["clipping"] = new("clipping", ClippingRequirements.All),
        ["probabilities"] = new("probabilities", DistributionRequirements.All),
        ["sampler"] = new("sampler", SamplerRequirements.Create(ReferenceSampler.Sample)),
        ["masks"] = new("masks", MaskRequirements.Targets, RowRequirements.PackedTargets, PackingRequirements.Packing),
        ["special tokens"] = new(
            "special tokens", SpecialTokenRequirements.Create(new Dictionary<string, int> { ["[CLS]"] = 3, ["[SEP]"] = 4 })),
        ["tokenizer"] = new("tokenizer", TokenizerRequirements.All),
        ["slopes"] = new("slopes", SlopeRequirements.All),
    };
}
