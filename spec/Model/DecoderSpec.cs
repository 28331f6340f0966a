using TurkishLlm.Inference.Decoding;
using TurkishLlm.Kernels.Packed;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Impostors;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification.LanguageModels.Reference;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Model;

/// <summary>Appends texts to a decoder in rounds: the next tokens of every text that has some are one batch.</summary>
/// <returns>The logits after every round.</returns>
public delegate IReadOnlyList<DecodedLogits> DecodeInRounds(
    ParameterTable weights, IReadOnlyList<int[]> texts, int chunkLength);

/// <summary>Computes the logits after each of several texts, with calls arranged in a certain way.</summary>
public delegate IReadOnlyList<float[]> DecodeArranged(
    ParameterTable weights, IReadOnlyList<int[]> texts, DecoderArrangement arrangement);

/// <summary>
/// Appends <paramref name="first"/>, crops the text to <paramref name="kept"/> tokens, appends <paramref name="second"/> and
/// returns the logits.
/// </summary>
public delegate float[] DecodeCropped(ParameterTable weights, int[] first, int kept, int[] second);

/// <summary>Logits after a part of a text.</summary>
/// <param name="Text">Index of the text.</param>
/// <param name="Length">Tokens so far.</param>
/// <param name="Logits">One per id.</param>
public sealed record DecodedLogits(int Text, int Length, float[] Logits);

/// <summary>How the tokens of texts are divided into calls.</summary>
/// <param name="ChunkLength">Tokens of a text per call.</param>
/// <param name="IsBatched">True for all texts in one call; false for one after the other.</param>
/// <param name="Threads">Threads of the decoder.</param>
public sealed record DecoderArrangement(int ChunkLength, bool IsBatched, int Threads);

/// <summary>Texts that are decoded together.</summary>
/// <param name="Model">The model; its batch and time are not used.</param>
/// <param name="ChunkLength">Tokens of a text per call.</param>
/// <param name="Type">Number type of the packed weights.</param>
/// <param name="Lengths">Tokens of each text.</param>
public sealed record DecodingCase(ModelCase Model, int ChunkLength, PackedType Type, params IReadOnlyList<int> Lengths)
{
    /// <summary>The heads and widths of v1.</summary>
    internal static ModelCase V1 { get; } =
        new(Width: 256, Layers: 2, Heads: 8, KeyValueHeads: 2, Inner: 688, Batch: 1, Time: 1);

    /// <summary>The heads and widths of v2.</summary>
    internal static ModelCase V2 { get; } =
        new(Width: 512, Layers: 1, Heads: 8, KeyValueHeads: 4, Inner: 1376, Batch: 1, Time: 1);

    /// <summary>No size is a multiple of a vector, and the head is not the embedding.</summary>
    internal static ModelCase Odd { get; } =
        new(Width: 54, Layers: 2, Heads: 6, KeyValueHeads: 3, Inner: 71, Batch: 1, Time: 1, Tied: false, Vocabulary: 307);

    internal IReadOnlyList<int[]> Texts(Conditions at) =>
        [.. Lengths.Select((length, i) => DrawText(at, Model, 600 + i, length))];

    internal static int[] DrawText(Conditions at, ModelCase model, long salt, int length) =>
        [.. at.Ids(salt, model.Vocabulary, length).Longs().Select(id => (int)id)];

    /// <inheritdoc/>
    public override string ToString() =>
        $"width {Model.Width}, {Model.Heads} and {Model.KeyValueHeads} heads, {Type}, texts of {string.Join(", ", Lengths)} "
        + $"tokens in parts of {ChunkLength}";
}

/// <summary>A text that is cropped and continued.</summary>
/// <param name="Model">The model; its batch and time are not used.</param>
/// <param name="First">Tokens before cropping.</param>
/// <param name="Kept">Tokens after cropping.</param>
/// <param name="Second">Tokens of the continuation.</param>
public sealed record CroppedTextCase(ModelCase Model, int First, int Kept, int Second);

/// <summary>The decoder of packed weights: GEN-21 … GEN-23.</summary>
public static class DecoderSpec
{
    private static readonly IReadOnlyList<DecodingCase> Texts =
    [
        new(DecodingCase.V1, 16, PackedType.Float32, 70, 5, 33),
        new(DecodingCase.V1, 1, PackedType.BFloat16, 9, 17),
        new(DecodingCase.V2, 1, PackedType.Float32, 66, 3),
        new(DecodingCase.V2, 40, PackedType.BFloat16, 131, 12),
        new(DecodingCase.Odd, 7, PackedType.Float32, 19, 40),
    ];

    public static readonly Requirement<DecodingCase, DecodeInRounds> GEN_21_Oracle = new()
    {
        Id = "GEN-21",
        Statement = "Texts that a packed decoder computes together, part by part, have the logits of the float64 oracle for each "
            + "text alone.",
        Source = "BUG-ATT-06, BUG-ATT-07, BUG-ATT-12, BUG-GEN-01, BUG-GQA-01; TOL-MODEL",
        CanonicalCases = Texts,
        PlanCases = at => [new(ModelCase.WithFewTokens(at, 70), 16, PackedType.Float32, 70, 3)],
        Subject = (c, _) => (weights, texts, chunkLength) =>
        {
            using var decoder = new PackedDecoder(weights, c.Type, threads: 2);
            return DecodeInRounds(decoder, texts, chunkLength);
        },
        Holds = (decode, c, at) =>
        {
            using var weights = ModelCase.Weights(c.Model.Config, at);
            var texts = c.Texts(at);
            var oracle = new TransformerOracle(c.Model.Sizes, weights.Doubles());
            var expected = texts.Select(text => oracle.Logits([.. text.Select(id => (long)id)], 1)).ToArray();
            var vocabulary = c.Model.Vocabulary;
            var found = decode(weights, texts, c.ChunkLength);
            return Verdict.All(
            [
                Verdict.Equal(
                    texts.Sum(text => (text.Length + c.ChunkLength - 1) / c.ChunkLength), found.Count, "logits, in rows"),
                .. found.Select(logits => Verdict.AtMost(
                    c.Model.Allowed(ComputeType.Float32),
                    Array.ConvertAll(logits.Logits, logit => (double)logit).RelativeTo(
                        expected[logits.Text].AsSpan((logits.Length - 1) * vocabulary, vocabulary).ToArray()),
                    $"text {logits.Text} after {logits.Length} tokens, max|Δ| ÷ max|logit|")),
            ]);
        },
        Impostors = new(Impostors<DecodingCase, DecodeInRounds>.Create(
            [
                ModelBug.CachedBiasZero, ModelBug.CachedMaskTopLeft, ModelBug.CacheSwapsKeysAndValues, ModelBug.CacheForgetsFirst,
                LayerBug.KeyValueHeadsTiled, LayerBug.KeyValueHeadsOfNextGroup, LayerBug.SlopesByKeyValueHead,
                LayerBug.SlopesFromZero,
            ],
            bug => (_, _) => (weights, texts, chunkLength) => DecodePlanted(weights, bug, texts, chunkLength)))
        {
            ["returns the logits of the part before"] = (c, at) => (weights, texts, chunkLength) =>
            {
                var found = Real(c, at)(weights, texts, chunkLength);
                return
                [
                    .. found.Select((logits, i) => logits with
                    {
                        Logits = found.Take(i).LastOrDefault(before => before.Text == logits.Text, logits).Logits,
                    }),
                ];
            },
            ["exchanges the rows of a batch"] = (c, at) => (weights, texts, chunkLength) =>
            {
                var found = Real(c, at)(weights, texts, chunkLength);
                return [.. found.Select((logits, i) => logits with { Logits = found[(i + 1) % found.Count].Logits })];
            },
            ["reads each token one position late"] = (c, at) => (weights, texts, chunkLength) =>
                Real(c, at)(weights, [.. texts.Select(text => (int[])[text[0], .. text[..^1]])], chunkLength),
            ["all texts share a cache"] = (c, at) => (weights, texts, chunkLength) =>
                [
                    .. texts.SelectMany((text, i) =>
                        Real(c, at)(weights, [[.. texts.Take(i).SelectMany(before => before), .. text]], 1)
                        .TakeLast(text.Length).Select((logits, j) => new DecodedLogits(i, j + 1, logits.Logits))
                        .Where(logits => logits.Length % chunkLength == 0 || logits.Length == text.Length)),
                ],
        },
    };

    public static readonly Requirement<DecodingCase, DecodeArranged> GEN_22_SameBits = new()
    {
        Id = "GEN-22",
        Statement = "The logits of a text have the same bits alone and in a batch, for every division into calls, and with every "
            + "number of threads.",
        Source = "He et al. 2025, \"Defeating Nondeterminism in LLM Inference\" (batch-invariant kernels); BUG-GEN-01",
        CanonicalCases = [.. Texts, new(DecodingCase.V1, 5, PackedType.Int8, 21, 70, 2, 2, 9)],
        PlanCases = at => [new(ModelCase.WithFewTokens(at, 40), 3, PackedType.Float32, 40, 3, 17)],
        Subject = (c, _) => (weights, texts, arrangement) => DecodeArranged(weights, c.Type, texts, arrangement),
        Holds = (decode, c, at) =>
        {
            using var weights = ModelCase.Weights(c.Model.Config, at);
            var texts = c.Texts(at);
            var longest = c.Lengths.Max();
            var expected = decode(weights, texts, new(longest, IsBatched: false, Threads: 1));
            DecoderArrangement[] others =
            [
                new(longest, IsBatched: true, Threads: 1), new(c.ChunkLength, IsBatched: false, Threads: 1),
                new(longest, IsBatched: false, Threads: 3), new(c.ChunkLength + 1, IsBatched: true, Threads: 2),
            ];
            return Verdict.All(
            [
                Verdict.AtMost(
                    0L, expected.Sum(logits => logits.Count(logit => !float.IsFinite(logit))), "logits that are no numbers"),
                .. others.SelectMany(arrangement => decode(weights, texts, arrangement).Select((logits, i) =>
                    Verdict.AtMost(
                        0L, logits.Zip(expected[i]).Count(pair => pair.First != pair.Second),
                        $"logits of text {i} that differ, {arrangement}"))),
            ]);
        },
        Impostors = new()
        {
            ["sums in another order in a batch"] = (c, _) => Reordered(c, arrangement => arrangement.IsBatched),
            ["sums in another order for longer parts"] = (c, _) => Reordered(
                c, arrangement => arrangement.ChunkLength > c.ChunkLength + 1),
            ["sums in another order with several threads"] = (c, _) => Reordered(c, arrangement => arrangement.Threads > 1),
            ["has weights of another type in a batch"] = (c, _) => (weights, texts, arrangement) =>
                DecodeArranged(
                    weights,
                    !arrangement.IsBatched ? c.Type : c.Type == PackedType.Int8 ? PackedType.Float32 : PackedType.Int8,
                    texts, arrangement),
            ["pads on the left to the longest text"] = (c, _) => (weights, texts, arrangement) =>
                DecodeArranged(
                    weights, c.Type,
                    !arrangement.IsBatched
                        ? texts
                        : [
                            .. texts.Select(text =>
                                (int[])[.. Enumerable.Repeat(2, texts.Max(other => other.Length) - text.Length), .. text]),
                        ],
                    arrangement),
        },
    };

    public static readonly Requirement<CroppedTextCase, DecodeCropped> GEN_23_Crop = new()
    {
        Id = "GEN-23",
        Statement = "A text that was cropped and continued has the same bits as one that was never longer.",
        Source = "BUG-GEN-02: llama.cpp #7859, a cache that keeps what was removed",
        CanonicalCases =
        [
            new(DecodingCase.V1, First: 90, Kept: 63, Second: 5), new(DecodingCase.V2, First: 70, Kept: 64, Second: 1),
            new(DecodingCase.Odd, First: 10, Kept: 1, Second: 70), new(DecodingCase.Odd, First: 30, Kept: 29, Second: 1),
        ],
        Subject = (_, _) => DecodeCropped,
        Holds = (decode, c, at) =>
        {
            using var weights = ModelCase.Weights(c.Model.Config, at);
            var first = DecodingCase.DrawText(at, c.Model, 610, c.First);
            var second = DecodingCase.DrawText(at, c.Model, 611, c.Second);
            var expected = DecodeArranged(
                weights, PackedType.Float32, [[.. first.Take(c.Kept), .. second]],
                new(c.First + c.Second, IsBatched: false, Threads: 1))[0];
            return Verdict.AtMost(
                0L, decode(weights, first, c.Kept, second).Zip(expected).Count(pair => pair.First != pair.Second),
                "logits that differ");
        },
        Impostors = new()
        {
            ["keeps everything"] = (_, _) => (weights, first, _, second) => DecodeCropped(weights, first, first.Length, second),
            ["keeps one token more"] = (_, _) => (weights, first, kept, second) =>
                DecodeCropped(weights, first, kept + 1, second),
            ["keeps one token less"] = (_, _) => (weights, first, kept, second) =>
                DecodeCropped(weights, first, kept - 1, second),
            ["removes the beginning"] = (_, _) => (weights, first, kept, second) =>
                DecodeCropped(weights, [.. first.TakeLast(kept)], kept, second),
            ["forgets the text"] = (_, _) => (weights, first, _, second) => DecodeCropped(weights, first, 0, second),
        },
    };

    /// <summary>All requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [GEN_21_Oracle, GEN_22_SameBits, GEN_23_Crop];

    /// <summary>Computes the logits after each text.</summary>
    internal static IReadOnlyList<float[]> DecodeArranged(
        ParameterTable weights, PackedType type, IReadOnlyList<int[]> texts, DecoderArrangement arrangement)
    {
        using var decoder = new PackedDecoder(weights, type, arrangement.Threads);
        return arrangement.IsBatched
            ? DecodeLast(decoder, texts, arrangement.ChunkLength)
            : [.. texts.SelectMany(text => DecodeLast(decoder, [text], arrangement.ChunkLength))];
    }

    private static DecodeInRounds Real(DecodingCase c, Conditions at) => GEN_21_Oracle.Subject(c, at);

    private static List<float[]> DecodeLast(IDecoder decoder, IReadOnlyList<int[]> texts, int chunkLength)
    {
        var found = DecodeInRounds(decoder, texts, chunkLength);
        return [.. texts.Select((text, i) => found.Single(logits => logits.Text == i && logits.Length == text.Length).Logits)];
    }

    private static List<DecodedLogits> DecodeInRounds(IDecoder decoder, IReadOnlyList<int[]> texts, int chunkLength)
    {
        var sequences = texts.Select(text => decoder.CreateSequence(text.Length)).ToArray();
        var found = new List<DecodedLogits>();
        for (var from = 0; from < texts.Max(text => text.Length); from += chunkLength)
        {
            int[] active = [.. Enumerable.Range(0, texts.Count).Where(i => texts[i].Length > from)];
            var logits = new float[active.Length * decoder.Config.VocabSize];
            decoder.Append(
                [.. active.Select(i => new DecoderInput(sequences[i], texts[i].Skip(from).Take(chunkLength).ToArray()))], logits);
            found.AddRange(active.Select((text, row) => new DecodedLogits(
                text, sequences[text].Length,
                logits[(row * decoder.Config.VocabSize)..((row + 1) * decoder.Config.VocabSize)])));
        }
        foreach (var sequence in sequences) sequence.Dispose();
        return found;
    }

    private static List<DecodedLogits> DecodePlanted(
        ParameterTable weights, PlantedBug bug, IReadOnlyList<int[]> texts, int chunkLength)
    {
        using var grad = no_grad();
        using var scope = NewDisposeScope();
        var found = new List<DecodedLogits>();
        foreach (var (index, text) in texts.Index())
        {
            using var model = new PlantedModel(weights, bug, ComputeType.Float32);
            var length = 0;
            foreach (var chunk in text.Chunk(chunkLength))
            {
                var ids = tensor(
                    Array.ConvertAll(chunk, id => (long)id), [1, chunk.Length], device: weights.Tensors.First().device);
                var logits = model.Logits(ids, cached: true)[0, -1].Doubles();
                found.Add(new(index, length += chunk.Length, Array.ConvertAll(logits, logit => (float)logit)));
            }
        }
        return found;
    }

    private static float[] DecodeCropped(ParameterTable weights, int[] first, int kept, int[] second)
    {
        using var decoder = new PackedDecoder(weights, threads: 1);
        using var text = decoder.CreateSequence(first.Length + second.Length);
        var logits = new float[decoder.Config.VocabSize];
        decoder.Append([new(text, first, NeedsLogits: false)], logits);
        text.Crop(kept);
        decoder.Append([new(text, second)], logits);
        return logits;
    }

    // The features inside of the feed-forward network in the opposite order: the same model, but the sums have another order.
    private static DecodeArranged Reordered(DecodingCase c, Func<DecoderArrangement, bool> isReordered) =>
        (weights, texts, arrangement) =>
        {
            if (!isReordered(arrangement)) return DecodeArranged(weights, c.Type, texts, arrangement);
            using var grad = no_grad();
            using var reordered = weights.CreateLike(name =>
                name.EndsWith("down_proj.weight", StringComparison.Ordinal) ? weights[name].detach().flip(1)
                : name.Contains(".ffn.", StringComparison.Ordinal) ? weights[name].detach().flip(0)
                : weights[name].detach().clone());
            return DecodeArranged(reordered, c.Type, texts, arrangement);
        };
}
