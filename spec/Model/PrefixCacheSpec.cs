using TorchSharp;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Model;

/// <summary>Continues several prompts together.</summary>
public delegate IReadOnlyList<IReadOnlyList<int>> GenerateBatch(
    ParameterTable weights, IReadOnlyList<IReadOnlyList<int>> prompts, SamplingOptions options);

/// <summary>Reads texts one after the other with one key/value cache.</summary>
public delegate PrefixCacheResult ReadWithPrefixCache(ParameterTable weights, IReadOnlyList<int[]> texts);

/// <summary>Continues a prompt until it is canceled after <paramref name="tokens"/> tokens.</summary>
public delegate IReadOnlyList<int> GenerateUntilCancelled(IReadOnlyList<int> prompt, SamplingOptions options, int tokens);

/// <summary>Texts that are read one after the other, each described by what it shares with the one before.</summary>
/// <param name="Texts">For each text, the number of tokens shared with the one before, and of new ones.</param>
public sealed record SharedPrefixCase(params IReadOnlyList<(int Kept, int Own)> Texts)
{
    internal static ModelCase Model { get; } = new(Width: 40, 2, Heads: 4, KeyValueHeads: 2, Inner: 72, Batch: 1, Time: 1);

    internal IReadOnlyList<int[]> Ids(Conditions at)
    {
        var texts = new List<int[]>();
        foreach (var ((kept, own), i) in Texts.Select((text, i) => (text, i)))
            texts.Add([
                .. (texts.LastOrDefault() ?? []).Take(kept),
                .. at.Ids(400 + i, Model.Vocabulary, own).Longs().Select(id => (int)id),
            ]);
        return texts;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", Texts.Select(text => $"{text.Kept} kept and {text.Own} new"));
}

/// <summary>The result of reading texts.</summary>
/// <param name="Logits">Logits of the token after each text.</param>
/// <param name="ComputedTokens">Tokens that the model computed.</param>
public sealed record PrefixCacheResult(IReadOnlyList<double[]> Logits, long ComputedTokens);

/// <summary>Prompts of different lengths, answered one after the other.</summary>
/// <param name="Lengths">Tokens of each prompt.</param>
/// <param name="Tokens">Maximum number of tokens of an answer.</param>
public sealed record PromptBatchCase(int Tokens, params IReadOnlyList<int> Lengths)
{
    internal IReadOnlyList<IReadOnlyList<int>> Prompts(Conditions at) =>
        [
            .. Lengths.Select(
                (length, i) =>
                    (IReadOnlyList<int>)
                        [.. at.Ids(500 + i, SharedPrefixCase.Model.Vocabulary, length).Longs().Select(id => (int)id)]),
        ];

    /// <inheritdoc/>
    public override string ToString() => $"prompts of {string.Join(", ", Lengths)} tokens, answers of {Tokens}";
}

/// <summary>Cache reuse between texts, batched generation, and cancellation: GEN-10, GEN-13, GEN-15.</summary>
public static class PrefixCacheSpec
{
    public static readonly Requirement<SharedPrefixCase, ReadWithPrefixCache> GEN_13_KeptCache = new()
    {
        Id = "GEN-13",
        Statement = "Texts read one after the other with one cache have the logits of the float64 oracle for each text alone, "
            + "and a common beginning is not read twice.",
        Source = "BUG-GEN-02, BUG-ATT-12: vmlx-swift PR #163, llama.cpp #7859; a chat with a sliding history; TOL-MODEL",
        CanonicalCases =
        [
            // a chat that continues, an answer that is encoded differently
            new((0, 7), (7, 5), (12, 1), (9, 4), (13, 3)),
            new((0, 9), (4, 8), (12, 0), (5, 0), (0, 5)),           // nothing new, a removed turn, another chat
            new((0, 6), (3, 3), (5, 140), (60, 9)),                 // a text too long for one pass
        ],
        Subject = (_, at) => (weights, texts) =>
        {
            using var model = new LanguageModel(weights, at.ComputeType);
            // Enough capacity for a cache that never drops anything.
            using var cache = new PrefixCache(model, texts.Sum(text => text.Length));
            return new(
                [.. texts.Select(text => Array.ConvertAll(cache.ComputeNextTokenLogits(text).ToArray(), logit => (double)logit))],
                cache.ComputedTokens);
        },
        Holds = (read, c, at) =>
        {
            using var grad = no_grad();
            using var weights = ModelCase.Weights(SharedPrefixCase.Model.Config, at);
            var (texts, found) = (c.Ids(at), (PrefixCacheResult?)null);
            found = read(weights, texts);
            var oracle = new TransformerOracle(SharedPrefixCase.Model.Sizes, weights.Doubles());
            // For a longer text the new tokens are computed; for a cached text only the last, for its logits.
            var needed = c
                .Texts.Index()
                .Sum(text =>
                    (long)
                        Math.Max(
                            1, texts[text.Index].Length
                                - (text.Index == 0 ? 0 : CommonPrefixLength(texts[text.Index - 1], texts[text.Index]))));
            return Verdict.All([
                .. texts.Select((text, i) => Verdict.AtMost(SharedPrefixCase.Model.Allowed(at),
                    found
                        .Logits[i]
                        .RelativeTo(
                            oracle.Logits([.. text.Select(id => (long)id)], 1)[^SharedPrefixCase.Model.Vocabulary..]),
                    $"text {i}, max|Δ| ÷ max|logit|")),
                Verdict.Equal(needed, found.ComputedTokens, "tokens read"),
            ]);
        },
        Impostors = new()
        {
            ["keeps the end of the text before"] = (_, at) => ReadWithReuse(at, (before, text) => before.Length),
            ["compares lengths"] = (_, at) => ReadWithReuse(at, (before, text) => Math.Min(before.Length, text.Length - 1)),
            ["keeps the first token that differs"] = (_, at) =>
                ReadWithReuse(at, (before, text) =>
                    Math.Min(CommonPrefixLength(before, text) + 1, Math.Min(before.Length, text.Length - 1))),
            ["reads the last cached token again"] = (_, at) =>
                ReadWithReuse(at, (before, text) => Math.Max(0, Math.Min(CommonPrefixLength(before, text), text.Length - 1) - 1)),
            ["reads everything again"] = (_, at) => ReadWithReuse(at, (_, _) => 0),
        },
    };

    public static readonly Requirement<PromptBatchCase, GenerateBatch> GEN_10_Alone = new()
    {
        Id = "GEN-10",
        Statement = "Of several prompts in a batch, each is continued as if it were alone: the length of another prompt changes "
            + "no token, and none ends because another does.",
        Source = "BUG-GEN-01 and BUG-GEN-10: unslothai/unsloth #3699, PR #3795; Blaizzy/mlx-vlm PR #1946",
        CanonicalCases = [new(14, 3, 11, 6), new(9, 8, 2)],
        Subject = (_, at) => (weights, prompts, options) =>
        {
            using var model = new LanguageModel(weights, at.ComputeType);
            using var cache = new PrefixCache(model, prompts.Max(prompt => prompt.Count) + options.MaxTokens);
            return
            [
                .. prompts.Select(prompt =>
                    (IReadOnlyList<int>)[.. new TextGenerator(model).Generate(cache, prompt, options)]),
            ];
        },
        Holds = (answer, c, at) =>
        {
            using var weights = ModelCase.Weights(SharedPrefixCase.Model.Config, at);
            var prompts = c.Prompts(at);
            var (free, allowed) = (GenerateSeparately(weights, at, prompts, c.Options(at, [])), c.Tokens);
            // One text stops early, another late.
            int[] stops = [free[0][2], free[1][^3]];
            var expected = GenerateSeparately(weights, at, prompts, c.Options(at, stops));
            var lengths = expected.Select(tokens => tokens.Count).ToArray();
            if (lengths.Distinct().Count() == 1 || lengths.Any(length => length > allowed))
                return Verdict.That(false, $"the case decides nothing: all answers have {lengths[0]} tokens");
            var actual = answer(weights, prompts, c.Options(at, stops));
            return Verdict.All(expected.Select((tokens, i) => Verdict.SameElements(tokens, actual[i], $"answer {i}")));
        },
        Impostors = new()
        {
            ["pads on the left and reads the padding"] = (_, at) => (weights, prompts, options) => GenerateSeparately(weights, at,
                [
                    .. prompts.Select(prompt =>
                        (IReadOnlyList<int>)[.. Enumerable.Repeat(2, prompts.Max(p => p.Count) - prompt.Count), .. prompt]),
                ],
                options),
            ["the end of one prompt ends all"] = (_, at) => (weights, prompts, options) =>
            {
                var answers = GenerateSeparately(weights, at, prompts, options);
                return [.. answers.Select(tokens => (IReadOnlyList<int>)[.. tokens.Take(answers.Min(a => a.Count))])];
            },
            ["an ended prompt continues until all have ended"] = (_, at) => (weights, prompts, options) =>
            {
                var longest = GenerateSeparately(weights, at, prompts, options).Max(tokens => tokens.Count);
                return
                [
                    .. GenerateSeparately(weights, at, prompts, options with { StopIds = [] })
                        .Select(tokens => (IReadOnlyList<int>)[.. tokens.Take(longest)]),
                ];
            },
            ["each continues the one before"] = (_, at) => (weights, prompts, options) => GenerateSeparately(weights, at,
                [
                    .. prompts.Select(
                        (prompt, i) => (IReadOnlyList<int>)[.. prompts.Take(i).SelectMany(before => before), .. prompt]),
                ],
                options),
        },
    };

    public static readonly Requirement<GenerationCase, GenerateUntilCancelled> GEN_15_Cancellation = new()
    {
        Id = "GEN-15",
        Statement = "Generation that is canceled after a token chooses no further token, and the tokens so far are those of an "
            + "uncanceled generation.",
        Source = "Common bug: answers that continue after Ctrl+C; a user can wait for one token",
        CanonicalCases = [new(5, 24), new(1, 12)],
        Subject = (_, at) => StopAfter(at),
        Holds = (generate, c, at) =>
        {
            using var weights = ModelCase.Weights(GenerationCase.Model.Config, at);
            using var model = new LanguageModel(weights, at.ComputeType);
            var whole = new TextGenerator(model).Generate(c.Ids(at), c.CreateOptions(at.Seed)).ToArray();
            return Verdict.All(
                new[] { 1, c.Tokens / 2 }.Select(tokens =>
                    Verdict.SameElements(
                        [.. whole.Take(tokens)],
                        generate(c.Ids(at), c.CreateOptions(at.Seed), tokens), $"token until the cancellation after {tokens}")));
        },
        Impostors = new()
        {
            ["is noticed at the end"] = (_, at) => (prompt, options, _) => StopAfter(at)(prompt, options, options.MaxTokens),
            ["is noticed four tokens late"] = (_, at) => (prompt, options, tokens) => StopAfter(at)(prompt, options, tokens + 4),
            ["drops the last token"] = (_, at) => (prompt, options, tokens) =>
                [.. StopAfter(at)(prompt, options, tokens).SkipLast(1)],
            ["generates again to count"] = (_, at) => (prompt, options, tokens) =>
                StopAfter(at)(prompt, options with { Seed = options.Seed + 1 }, tokens),
        },
    };

    public static IReadOnlyList<Requirement> All => [GEN_10_Alone, GEN_13_KeptCache, GEN_15_Cancellation];

    private static GenerateUntilCancelled StopAfter(Conditions at) => (prompt, options, tokens) =>
    {
        using var weights = ModelCase.Weights(GenerationCase.Model.Config, at);
        using var model = new LanguageModel(weights, at.ComputeType);
        using var source = new CancellationTokenSource();
        var chosen = new List<int>();
        foreach (var id in new TextGenerator(model).Generate(prompt, options, source.Token))
        {
            chosen.Add(id);
            if (chosen.Count == tokens) source.Cancel();
        }
        return chosen;
    };

    // Reads texts with another rule for the number of cached tokens to keep.
    private static ReadWithPrefixCache ReadWithReuse(Conditions at, Func<int[], int[], int> keep) => (weights, texts) =>
    {
        using var grad = no_grad();
        using var model = new LanguageModel(weights, at.ComputeType);
        using var cache = new KeyValueCache(weights.Config, 1, texts.Sum(text => text.Length) + 1, at.Device);
        var (logits, before, computed) = (new List<double[]>(), Array.Empty<int>(), 0L);
        foreach (var text in texts)
        {
            var kept = Math.Min(keep(before, text), cache.Length);
            cache.Crop(kept);
            long[] unread = [.. (kept < text.Length ? text[kept..] : text[^1..]).Select(id => (long)id)];
            logits.Add(model.ComputeNextTokenLogits(tensor(unread, [1, unread.Length], device: at.Device), cache).Doubles());
            computed += unread.Length;
            before = text;
        }
        return new(logits, computed);
    };

    private static int CommonPrefixLength(int[] a, int[] b) => a.Zip(b).TakeWhile(pair => pair.First == pair.Second).Count();

    private static List<IReadOnlyList<int>> GenerateSeparately(
        ParameterTable weights, Conditions at, IReadOnlyList<IReadOnlyList<int>> prompts, SamplingOptions options)
    {
        using var model = new LanguageModel(weights, at.ComputeType);
        return [.. prompts.Select(prompt => (IReadOnlyList<int>)[.. new TextGenerator(model).Generate(prompt, options)])];
    }

    private static SamplingOptions Options(this PromptBatchCase c, Conditions at, IReadOnlyList<int> stops) =>
        new() { MaxTokens = c.Tokens, Temperature = 3, TopK = 0, Seed = at.Seed, StopIds = stops };
}
