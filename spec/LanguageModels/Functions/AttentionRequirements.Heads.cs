using TurkishLlm.Specification.LanguageModels.Reference;
using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Functions;

public sealed partial class AttentionRequirements
{
    private static Requirement<LayerCase, SubjectLayer> CreateGroupSize(bool alibi) => new()
    {
        Id = "P27",
        Statement = "Each key/value head is read by n_heads / n_kv_heads query heads: four in v1, two in v2.",
        Source = "Ainslie et al. 2023, arXiv:2305.13245, section 2.2; reference report, section 4",
        CanonicalCases = [new(2, 5, 8, 2, 6), new(2, 5, 8, 4, 6), new(3, 4, 6, 2, 8, 40)],
        Subject = LayerImpostors.Attention(alibi),
        Holds = (attention, c, at) => Verdict.SameElements(
            [.. Enumerable.Repeat(c.Heads / c.KeyValueHeads, c.KeyValueHeads)],
            [.. LayerComparison.QueryHeadsByKeyValueHead(attention, c, at).Select(heads => heads.Count)],
            "readers of key/value head"),
        Impostors = LayerImpostors.OfAttention(alibi, LayerBug.FirstKeyValueHeadOnly, LayerBug.HeadsMergedWithoutTranspose),
    };

    private static Requirement<LayerCase, SubjectLayer> CreateHeadOrder(bool alibi) => new()
    {
        Id = "GQA-01",
        Statement = "Consecutive query heads share a key/value head: with 4 and 2 they read 0, 0, 1, 1.",
        Source = "BUG-GQA-01: axlearn PR #842, onnx PR #7274",
        CanonicalCases = [new(2, 5, 4, 2, 6), new(2, 5, 6, 3, 8, 40), new(1, 7, 8, 2, 4)],
        Subject = LayerImpostors.Attention(alibi),
        Holds = (attention, c, at) => Verdict.SameElements(
            [
                .. Enumerable
                    .Range(0, c.KeyValueHeads)
                    .Select(g =>
                        string.Join(", ", Enumerable.Range(g * c.Heads / c.KeyValueHeads, c.Heads / c.KeyValueHeads))),
            ],
            [.. LayerComparison.QueryHeadsByKeyValueHead(attention, c, at).Select(heads => string.Join(", ", heads))],
            "readers of key/value head"),
        Impostors = LayerImpostors.OfAttention(
            alibi, LayerBug.KeyValueHeadsTiled, LayerBug.KeyValueHeadsOfNextGroup, LayerBug.FirstKeyValueHeadOnly),
    };

    private static Requirement<LayerCase, SubjectLayer> CreateSlopePerQueryHead(bool alibi) => new()
    {
        Id = "GQA-02",
        Statement = "Every query head has its own slope, in order: with zero queries, only the slopes determine the output.",
        Source = "BUG-GQA-07; Press et al. 2022, section 3",
        CanonicalCases = LayerCase.Usual,
        Subject = LayerImpostors.Attention(alibi),
        Holds = (attention, c, at) =>
        {
            attention.Weights.Set("attn.q_proj", w => zeros_like(w));
            attention.Weights.Set("attn.o_proj", w => eye(c.Width, dtype: float32, device: w.device));
            return LayerComparison.EqualsOracle(attention, c, at, alibi);
        },
        Impostors = LayerImpostors.OfAttention(
            alibi,
            LayerBug.SlopesByKeyValueHead, LayerBug.NoAlibi, LayerBug.SlopesFromZero, LayerBug.AlibiSignFlipped,
            LayerBug.KeyValueHeadsTiled),
    };

    private static Requirement<LayerCase, SubjectLayer> CreateAnySharing(bool alibi) => new()
    {
        Id = "GQA-03",
        Statement = "One key/value head for all query heads, one for each, and everything between equal the float64 oracle.",
        Source = "BUG-GQA-03: broadcasting hides a missing repetition with one key/value head",
        CanonicalCases = [new(2, 6, 4, 1, 10), new(3, 5, 6, 2, 8, 40), new(2, 6, 4, 4, 10)],
        Subject = LayerImpostors.Attention(alibi),
        Holds = (attention, c, at) => LayerComparison.EqualsOracle(attention, c, at, alibi),
        Impostors = LayerImpostors.OfAttention(
            alibi, LayerBug.ScoresNotScaled, LayerBug.ScoresScaledByWidth, LayerBug.NoAlibi, LayerBug.SeesOneAhead),
    };
}
