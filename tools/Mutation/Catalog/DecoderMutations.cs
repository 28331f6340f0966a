namespace TurkishLlm.Tools.Mutation.Catalog;

/// <summary>Bugs in the decoder of packed weights.</summary>
internal static class DecoderMutations
{
    private const string Packed = "src/Kernels/Packed/", Decoding = "src/Inference/Decoding/";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("packed-heads-of-the-next-group", ["BUG-GQA-01"], Decoding + "PackedForwardPass.cs",
            "index, head, Rows[row].Position, _query", "index, (head + 1) % heads, Rows[row].Position, _query",
            "Query heads of a packed decoder read the key/value head of the next group."),
        new("packed-keys-one-position-early", ["BUG-ATT-12"], Packed + "CachedKeyValues.cs",
            "var (panel, column) = Math.DivRem(position, PanelWidth);",
            "var (panel, column) = Math.DivRem(Math.Max(0, position - 1), PanelWidth);",
            "A key is cached at the position before its own."),
        new("packed-crop-forgets", ["BUG-GEN-02"], Decoding + "PackedSequence.cs",
            "(length, Length);\n        Length = length;", "(length, Length);",
            "A text that is cropped keeps all its tokens."),
        new("packed-logits-are-stale", ["BUG-GEN-01"], Decoding + "PackedForwardPass.cs",
            "Rows[row].Output is >= 0 and var output", "Rows[row].Output is > 0 and var output",
            "The first text of a batch has the logits of an earlier call."),
        new("packed-sums-depend-on-the-batch", [], Packed + "PanelProduct.cs",
            "(s00, s01) = (TLanes.MultiplyAdd(w0, a, s00), TLanes.MultiplyAdd(w1, a, s01));",
            "(s00, s01) = (TLanes.Add(TLanes.Multiply(w0, a), s00), TLanes.MultiplyAdd(w1, a, s01));",
            "With four rows, products are rounded before they are added."),
        new("int8-scale-of-the-neighbor", [], Packed + "Int8Panel.cs",
            "TLanes.Load((float*)header + vector * TLanes.Count));",
            "TLanes.Load((float*)header + vector / 2 * 2 * TLanes.Count));",
            "Outputs have the scales of other outputs."),
        new("packed-weights-are-cut-off", [], Packed + "BFloat16Panel.cs",
            "VectorMath.ToBFloat16Bits(weights[i])", "(ushort)(BitConverter.SingleToUInt32Bits(weights[i]) >> 16)",
            "Weights are cut off instead of rounded."),
        new("packed-losses-of-the-row-before", [], Decoding + "PackedDecoder.cs",
            "_lossLogits.Pointer + (long)i * Config.VocabSize", "_lossLogits.Pointer + (long)i / 2 * 2 * Config.VocabSize",
            "Every other token of a continuation is scored by the logits of the token before."),
    ];
}
