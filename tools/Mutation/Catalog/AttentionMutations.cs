namespace TurkishLlm.Tools.Mutation.Catalog;

internal static class AttentionMutations
{
    private const string Alibi = "src/Model/Layers/Alibi.cs", Attention = "src/Model/Layers/GroupedQueryAttention.cs";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("distances-transposed", ["BUG-ATT-04"], Alibi, "var distance = i - j;", "var distance = j - i;",
            "Distances are key minus query: the past is masked, the future is open."),
        new("slopes-from-zero", ["BUG-ATT-02"], Alibi, "Math.Pow(2, -8.0 * i / heads)", "Math.Pow(2, -8.0 * (i - 1) / heads)",
            "Every head has the slope of the head before."),
        new(
            "slopes-of-the-next-power-of-two",
            ["BUG-ATT-03"],
            Alibi, "Math.Pow(2, -8.0 * i / heads)", "Math.Pow(2, -8.0 * i / Math.Pow(2, Math.Ceiling(Math.Log2(heads))))",
            "Slopes of head counts that are not powers of two follow another rule."),
        new("mask-sees-one-ahead", ["BUG-ATT-04", "BUG-ATT-11"], Alibi, "distance.lt(0)", "distance.lt(-1)",
            "Every position sees the next one."),
        new("mask-inverted", ["BUG-ATT-11"], Alibi, "distance.lt(0)", "distance.gt(0)",
            "The past is masked and the future kept."),
        new("no-mask", ["BUG-ATT-13"], Alibi, "penalty.masked_fill(distance.lt(0), float.NegativeInfinity)", "penalty.clone()",
            "Nothing is masked."),
        new("mask-is-minus-ten", ["BUG-ATT-20"], Alibi, "float.NegativeInfinity", "-10f",
            "The future keeps a little weight."),
        new(
            "penalty-has-the-wrong-sign",
            ["BUG-ATT-04"],
            Alibi,
            "var penalty = -slopes * distance",
            "var penalty = slopes * distance",
            "Far tokens are preferred."),
        new(
            "bias-in-bfloat16",
            ["BUG-ATT-08", "BUG-NUM-01"],
            Alibi, "distance.clamp(min: 0);", "distance.clamp(min: 0).to(bfloat16).to(float32);",
            "Distances beyond 256 share values."),
        new(
            "bias-aligned-top-left",
            ["BUG-ATT-12", "BUG-ATT-07"],
            Alibi,
            "var i = arange(keys - queries, keys,",
            "var i = arange(0, queries,",
            "With a cache, queries are taken for the first positions."),
        new(
            "slopes-kept-in-bfloat16",
            ["BUG-ATT-09"],
            "src/Model/Layers/AlibiBiasCache.cs", "tensor(Alibi.ComputeSlopes(heads), device: device).DetachFromDisposeScope();",
            "tensor(Alibi.ComputeSlopes(heads), device: device).to(bfloat16).to(float32).DetachFromDisposeScope();",
            "Slopes were rounded when the model was cast."),
        new(
            "bias-of-another-length",
            ["BUG-ATT-07"],
            "src/Model/Layers/AlibiBiasCache.cs", "_bias.size(1) == queries && _bias.size(2) == keys",
            "_bias.size(1) == queries && queries == 1",
            "A step of decoding uses the bias of the step before."),
        new(
            "no-bias-while-decoding",
            ["BUG-ATT-06"],
            Attention, "+ bias.GetBias((int)t, (int)keys);",
            "+ (cache is not null && t == 1 ? 0 * bias.GetBias((int)t, (int)keys) : bias.GetBias((int)t, (int)keys));",
            "Decoding ignores distance."),
        new(
            "slopes-in-reverse-order",
            ["BUG-GQA-07"],
            Attention, "FusedOperators.AlibiAttention(q, k, v, bias.Slopes,",
            "FusedOperators.AlibiAttention(q, k, v, bias.Slopes.flip(0),",
            "Heads have the slopes of other heads in training."),
        new("scores-not-scaled", [], Attention, "(q * (1 / Math.Sqrt(d)))", "(q * 1.0)",
            "Scores are not divided by √d."),
        new("softmax-over-queries", ["BUG-ATT-17"], Attention, ".softmax(-1);", ".softmax(-2);",
            "Weights sum to one over queries."),
        new("softmax-over-heads", ["BUG-ATT-17"], Attention, ".softmax(-1);", ".softmax(1);",
            "Weights sum to one over heads."),
        new(
            "queries-grouped-in-tiles",
            ["BUG-GQA-01", "BUG-GQA-03"],
            Attention, ".reshape(b, hkv, group * t, d);",
            ".reshape(b, group, hkv, t, d).transpose(1, 2).reshape(b, hkv, group * t, d);",
            "Key/value heads are read in the order 0, 1, 0, 1."),
        new("keys-from-the-value-rows", ["BUG-GQA-04"], Attention, "var k = projected[1]", "var k = projected[2]",
            "Keys are computed by the value projection."),
        new(
            "dropout-in-evaluation",
            ["BUG-ATT-18", "BUG-EVL-03"],
            "src/Model/Layers/TransformerBlock.cs", "training && _dropout > 0 ? F.dropout(x, _dropout, training) : x;",
            "_dropout > 0 ? F.dropout(x, _dropout, true) : x;",
            "Dropout is applied outside training too."),
        new(
            "heads-that-do-not-divide",
            ["BUG-GQA-06"],
            "src/Model/ModelConfig.cs", "NHeads % NKvHeads != 0", "NHeads % NKvHeads < 0",
            "Head counts that do not divide each other are accepted."),
    ];
}
