using TorchSharp;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Impostors;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification.LanguageModels.Reference;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Model;

/// <summary>Computes the logits of texts one after the other with one cache.</summary>
public delegate IReadOnlyList<Tensor> ReadTexts(ParameterTable weights, IReadOnlyList<Tensor> texts);

/// <summary>Continues a prompt and returns the new tokens.</summary>
public delegate IReadOnlyList<int> GenerateTokens(IReadOnlyList<int> prompt, SamplingOptions options);

/// <summary>Computes the logits of a model, <c>[b, t, vocabulary]</c>.</summary>
public delegate Tensor ForwardPass(ParameterTable weights, Tensor ids);

/// <summary>A prompt to continue.</summary>
/// <param name="Prompt">Tokens of the prompt.</param>
/// <param name="Tokens">Maximum number of tokens to generate.</param>
public sealed record GenerationCase(int Prompt, int Tokens)
{
    internal static ModelCase Model { get; } = new(Width: 40, 2, Heads: 4, KeyValueHeads: 2, Inner: 72, Batch: 1, Time: 1);

    internal IReadOnlyList<int> Ids(Conditions at) => [.. at.Ids(80, Model.Vocabulary, Prompt).Longs().Select(id => (int)id)];

    internal SamplingOptions CreateOptions(long seed) => CreateFlatOptions(Tokens, seed);

    // Nearly flat, so that every token is drawn now and then.
    internal static SamplingOptions CreateFlatOptions(int tokens, long seed) =>
        new()
        {
            MaxTokens = tokens,
            Temperature = 3,
            TopK = 0,
            TopP = 1,
            Seed = seed,
        };
}

/// <summary>A text that contains the id 0.</summary>
/// <param name="Tokens">Maximum number of tokens to generate.</param>
public sealed record StopTokenCase(int Tokens)
{
    internal SamplingOptions CreateOptions(long seed) => GenerationCase.CreateFlatOptions(Tokens, seed);
}

/// <summary>A text that is read in chunks.</summary>
/// <param name="ChunkLength">Positions of a chunk.</param>
/// <param name="Model">The model and the text.</param>
public sealed record ChunkedForwardCase(int ChunkLength, ModelCase Model);

/// <summary>Continuing a text: P43–P46, GEN-01 … GEN-03, GEN-17.</summary>
public static class GenerationSpec
{
    private static readonly IReadOnlyList<GenerationCase> Prompts = [new(5, 24), new(1, 12)];

    private static readonly ModelCase Text = new(Width: 40, 3, Heads: 4, KeyValueHeads: 2, Inner: 72, Batch: 2, Time: 65);

    public static readonly Requirement<GenerationCase, GenerateTokens> P43_Greedy = new()
    {
        Id = "P43",
        Statement = "Generation produces tokens, and greedy generation chooses at each step a token with the largest logit, up "
            + "to rounding.",
        Source = "Reference report, section 11, test 43; area BUG-GEN: argmax alone hides everything",
        CanonicalCases = Prompts,
        Subject = Real,
        Holds = (generate, c, at) =>
        {
            var prompt = c.Ids(at);
            var tokens = generate(prompt, SamplingOptions.Greedy(c.Tokens));
            if (tokens.Count == 0) return Verdict.AtLeast(1, 0, "tokens");
            using var weights = ModelCase.Weights(GenerationCase.Model.Config, at);
            var all = prompt.Concat(tokens).Select(id => (long)id).ToArray();
            var logits = new TransformerOracle(GenerationCase.Model.Sizes, weights.Doubles()).Logits(all[..^1], 1);
            var allowed = 2 * GenerationCase.Model.Allowed(at) * logits.Max(Math.Abs);
            return Verdict.All(tokens.Select((token, i) =>
            {
                var row = logits
                    .AsSpan((prompt.Count - 1 + i) * GenerationCase.Model.Vocabulary, GenerationCase.Model.Vocabulary)
                    .ToArray();
                return Verdict.AtMost(
                    allowed, row.Max() - row[token], $"by how much the logit of token {i} is below the largest");
            }));
        },
        Impostors = new()
        {
            ["the least likely token"] = (_, at) => GenerateWithoutCache(at, (logits, _, _) => IdsByLogit(logits)[^1]),
            ["the second most likely token"] = (_, at) => GenerateWithoutCache(at, (logits, _, _) => IdsByLogit(logits)[1]),
            ["the prompt again and again"] = (_, _) => (prompt, options) =>
                [.. Enumerable.Range(0, options.MaxTokens).Select(i => prompt[i % prompt.Count])],
            ["forgets all but the last token"] = (_, at) =>
                GenerateWithoutCache(at, (logits, _, _) => IdsByLogit(logits)[0], ids => [ids[^1]]),
        },
    };

    public static readonly Requirement<GenerationCase, GenerateTokens> P44_MostTokens = new()
    {
        Id = "P44",
        Statement = "Generation ends after the maximum number of tokens, or at a stop token, which is not part of the text.",
        Source = "Reference report, section 11, test 44",
        CanonicalCases = Prompts,
        Subject = Real,
        Holds = (generate, c, at) =>
        {
            var options = c.CreateOptions(at.Seed);
            var all = generate(c.Ids(at), options);
            if (all.Count != c.Tokens) return Verdict.Equal(c.Tokens, all.Count, "tokens");
            var stop = all[c.Tokens / 2];
            return Verdict.SameElements(
                [.. all.TakeWhile(id => id != stop)],
                generate(c.Ids(at), options with { StopIds = [stop] }),
                "token before the stop token");
        },
        Impostors = new()
        {
            ["one token too many"] = (c, at) => (prompt, options) =>
                Real(c, at)(prompt, options with { MaxTokens = options.MaxTokens + 1 }),
            ["the prompt is included"] = (c, at) => (prompt, options) =>
                Real(c, at)(prompt, options with { MaxTokens = Math.Max(1, options.MaxTokens - prompt.Count) }),
            ["stop tokens are ignored"] = (c, at) => (prompt, options) => Real(c, at)(prompt, options with { StopIds = [] }),
            ["the stop token is kept"] = (c, at) => (prompt, options) =>
            {
                var text = Real(c, at)(prompt, options);
                return text.Count < options.MaxTokens ? [.. text, options.StopIds[0]] : text;
            },
        },
    };

    /// <summary>GEN-17.</summary>
    public static readonly Requirement<StopTokenCase, GenerateTokens> GEN_17_StopAtZero = new()
    {
        Id = "GEN-17",
        Statement = "A stop token with id 0 ends a text like any other.",
        Source = "BUG-TOK-13: LLaMA-Factory PR #2411, an id of 0 taken for \"not set\"",
        CanonicalCases = [new(24), new(41)],
        Subject = GenerateWithZeroStop,
        Holds = (generate, c, at) =>
        {
            var options = c.CreateOptions(at.Seed);
            var all = generate([1], options);
            return Verdict.All(
                Verdict.Between(1, c.Tokens - 2, all.TakeWhile(id => id != 0).Count(), "position of the first 0"),
                Verdict.SameElements(
                    [.. all.TakeWhile(id => id != 0)],
                    generate([1], options with { StopIds = [0] }),
                    "token before the stop token"));
        },
        Impostors = new()
        {
            ["an id of 0 counts as not set"] = (c, at) => (prompt, options) =>
                GenerateWithZeroStop(c, at)(prompt, options with { StopIds = [.. options.StopIds.Where(id => id > 0)] }),
            ["the id 0 is dropped and generation continues"] = (c, at) =>
                (prompt, options) =>
                    [
                        .. GenerateWithZeroStop(c, at)(prompt, options with { StopIds = [] })
                            .Where(id => !options.StopIds.Contains(id)),
                    ],
        },
    };

    public static readonly Requirement<GenerationCase, GenerateTokens> P45_Deterministic = new()
    {
        Id = "P45",
        Statement = "The same seed gives the same text, another seed another text, and greedy generation does not depend on the "
            + "seed.",
        Source = "Reference report, section 11, test 45; BUG-GEN-11",
        CanonicalCases = Prompts,
        Subject = Real,
        Holds = (generate, c, at) =>
        {
            var prompt = c.Ids(at);
            var first = generate(prompt, c.CreateOptions(at.Seed));
            return Verdict.All(
                Verdict.SameElements(first, generate(prompt, c.CreateOptions(at.Seed)), "token with the same seed"),
                Verdict.AtLeast(
                    1,
                    first.Zip(generate(prompt, c.CreateOptions(at.Seed + 1))).Count(pair => pair.First != pair.Second),
                    "tokens that another seed changes"),
                Verdict.SameElements(
                    generate(prompt, SamplingOptions.Greedy(c.Tokens)),
                    generate(prompt, SamplingOptions.Greedy(c.Tokens) with { Seed = at.Seed + 1 }),
                    "greedy token"));
        },
        Impostors = new()
        {
            ["the seed is ignored"] = (c, at) => (prompt, options) => Real(c, at)(prompt, options with { Seed = 5 }),
            ["one random stream for all texts"] = (c, at) =>
            {
                var texts = 0L;
                return (prompt, options) => Real(c, at)(prompt, options with { Seed = options.Seed + 1000 * texts++ });
            },
            ["greedy samples too"] = (c, at) => (prompt, options) => Real(c, at)(prompt, options with { Temperature = 3 }),
        },
    };

    public static readonly Requirement<GenerationCase, GenerateTokens> P46_ValidIds = new()
    {
        Id = "P46",
        Statement = "Every generated token is an id of the vocabulary, however flat the distribution.",
        Source = "Reference report, section 11, test 46; BUG-TOK-16: padded rows of the head",
        CanonicalCases = [new(5, 60), new(1, 40)],
        Subject = Real,
        Holds = (generate, c, at) =>
        {
            var tokens = generate(c.Ids(at), c.CreateOptions(at.Seed) with { Temperature = 1000 });
            return Verdict.All(
                Verdict.Equal(c.Tokens, tokens.Count, "tokens"),
                Verdict.Between(0, GenerationCase.Model.Vocabulary - 1, tokens.Min(), "smallest id"),
                Verdict.Between(0, GenerationCase.Model.Vocabulary - 1, tokens.Max(), "largest id"),
                Verdict.AtLeast(
                    GenerationCase.Model.Vocabulary / 2, tokens.Max(),
                    "largest id: more than one byte of the vocabulary is used"));
        },
        Impostors = new()
        {
            ["the vocabulary is padded to 384"] = (_, at) =>
                GenerateWithoutCache(at, (logits, options, i) => (int)((options.Seed + 7919 * (i + 1)) % 384)),
            ["ids are bytes"] = (c, at) => (prompt, options) => [.. Real(c, at)(prompt, options).Select(id => (int)(sbyte)id)],
        },
    };

    public static readonly Requirement<ChunkedForwardCase, ForwardPass> GEN_01_CacheEqualsFull = new()
    {
        Id = "GEN-01",
        Statement = "Read in chunks with a key/value cache, every position has the logits of the float64 oracle for the whole "
            + "text.",
        Source = "BUG-ATT-06, BUG-ATT-07, BUG-ATT-12, BUG-GEN-03: logits at every step, never argmax; TOL-MODEL",
        CanonicalCases =
        [
            new(1, Text), new(3, Text), new(7, Text), new(4, ModelCase.Usual[1]),
        ],
        PlanCases = at => [new(7, ModelCase.WithFewTokens(at, 29))],
        Subject = (c, at) => (weights, ids) =>
        {
            using var model = new LanguageModel(weights, at.ComputeType);
            return ForwardWithCache(model, ids, c.ChunkLength);
        },
        Holds = (read, c, at) =>
        {
            using var grad = no_grad();
            using var weights = ModelCase.Weights(c.Model.Config, at);
            var ids = c.Model.Ids(at);
            var expected = new TransformerOracle(c.Model.Sizes, weights.Doubles()).Logits(ids.Longs(), c.Model.Batch);
            return Verdict.AtMost(c.Model.Allowed(at), read(weights, ids).RelativeTo(expected), "max|Δ| ÷ max|logit|");
        },
        Impostors = Impostors<ChunkedForwardCase, ForwardPass>.Create(
            [
                ModelBug.CachedBiasZero, ModelBug.CachedMaskTopLeft, ModelBug.CacheSwapsKeysAndValues,
                ModelBug.CacheForgetsFirst, LayerBug.NoAlibi,
            ],
            bug => (c, at) => (weights, ids) =>
            {
                using var model = new PlantedModel(weights, bug, at.ComputeType);
                return ForwardInChunks(ids, c.ChunkLength, chunk => model.Logits(chunk, cached: true));
            }),
    };

    public static readonly Requirement<ModelCase, ReadTexts> GEN_02_FreshCache = new()
    {
        Id = "GEN-02",
        Statement = "A cleared cache holds nothing of the text before: texts A, B, A give the same bits for both A.",
        Source = "BUG-GEN-02: vmlx-swift PR #163, llama.cpp #7859",
        CanonicalCases =
        [
            new(Width: 40, 2, Heads: 4, KeyValueHeads: 2, Inner: 72, Batch: 1, Time: 9),
            new(
                Width: 48, 3, Heads: 6, KeyValueHeads: 3, Inner: 56, Batch: 1, Time: 6, Tied: false, Vocabulary: 307,
                Dropout: 0.2),
        ],
        PlanCases = at => [ModelCase.WithFewTokens(at, 9)],
        Subject = (c, at) => (weights, texts) => ForwardTexts(weights, texts, at, clear: true),
        Holds = (read, c, at) =>
        {
            using var grad = no_grad();
            using var weights = ModelCase.Weights(c.Config, at);
            var (a, b) = (c.Ids(at), c.Ids(at, salt: 9));
            var read3 = read(weights, [a, b, a]);
            using var model = new LanguageModel(weights, at.ComputeType);
            return Verdict.All(
                Verdict.AtMost(0, read3[0].LargestDifference(read3[2]), "difference between the two readings of A"),
                Verdict.AtMost(
                    c.Allowed(at), read3[1].RelativeTo(model.Forward(b).Doubles()),
                    "difference of B from B alone, max|Δ| ÷ max|logit|"));
        },
        Impostors = new()
        {
            ["the cache of the last text is used again"] = (c, at) => (weights, texts) =>
                ForwardTexts(weights, texts, at, clear: false),
        },
    };

    public static readonly Requirement<GenerationCase, Func<int, int, bool>> GEN_03_Capacity = new()
    {
        Id = "GEN-03",
        Statement = "A cache holds as many positions as its capacity, and refuses one more.",
        Source = "BUG-GEN-12: a cache that wraps makes text decay with its length",
        CanonicalCases = [new(5, 8), new(1, 3)],
        Subject = (_, at) => (capacity, positions) => Refuses(capacity, positions, at),
        Holds = (refuses, c, _) => Verdict.All(
            Verdict.Equal(false, refuses(c.Tokens, c.Tokens), "refused at capacity"),
            Verdict.Equal(true, refuses(c.Tokens, c.Tokens + 1), "refused beyond it")),
        Impostors = new()
        {
            ["wraps around"] = (_, at) => (capacity, positions) => Refuses(capacity, Math.Min(positions, capacity), at),
            ["one position is lost"] = (_, at) => (capacity, positions) => Refuses(capacity - 1, positions, at),
        },
    };

    public static IReadOnlyList<Requirement> All =>
        [
            P43_Greedy, P44_MostTokens, GEN_17_StopAtZero, P45_Deterministic, P46_ValidIds, GEN_01_CacheEqualsFull,
            GEN_02_FreshCache, GEN_03_Capacity,
        ];

    /// <summary>Logits of a text that is read chunk by chunk with a cache.</summary>
    internal static Tensor ForwardWithCache(LanguageModel model, Tensor ids, int chunk)
    {
        using var grad = no_grad();
        using var cache = new KeyValueCache(model.Config, (int)ids.size(0), (int)ids.size(1), model.Device);
        return ForwardInChunks(ids, chunk, part => model.Forward(part, cache: cache));
    }

    private static Tensor ForwardInChunks(Tensor ids, int chunk, Func<Tensor, Tensor> read) =>
        cat([.. ids.split(chunk, 1).Select(read)], 1);

    // Swaps the row of 0 with that of a token that the model generates, so that 0 is generated instead.
    private static GenerateTokens GenerateWithZeroStop(StopTokenCase c, Conditions at) => (prompt, options) =>
    {
        using var grad = no_grad();
        using var scope = NewDisposeScope();
        using var weights = ModelCase.Weights(GenerationCase.Model.Config, at);
        using var model = new LanguageModel(weights, at.ComputeType);
        var generator = new TextGenerator(model);
        var drawn = generator.Generate(prompt, c.CreateOptions(at.Seed)).Skip(c.Tokens / 2).First(id => id > 1);
        var (zero, other) = (weights["embed_tokens.weight"].narrow(0, 0, 1), weights["embed_tokens.weight"].narrow(0, drawn, 1));
        var kept = zero.clone();
        zero.copy_(other);
        other.copy_(kept);
        return [.. generator.Generate(prompt, options)];
    };

    private static GenerateTokens Real(GenerationCase c, Conditions at) => (prompt, options) =>
    {
        using var weights = ModelCase.Weights(GenerationCase.Model.Config, at);
        using var model = new LanguageModel(weights, at.ComputeType);
        return [.. new TextGenerator(model).Generate(prompt, options)];
    };

    // Generates without a cache, with another choice of tokens and optionally another view of the tokens so far.
    private static GenerateTokens GenerateWithoutCache(
        Conditions at, Func<float[], SamplingOptions, int, int> choose,
        Func<List<long>, List<long>>? view = null) =>
        (prompt, options) =>
    {
        using var grad = no_grad();
        using var weights = ModelCase.Weights(GenerationCase.Model.Config, at);
        using var model = new LanguageModel(weights, at.ComputeType);
        List<long> ids = [.. prompt];
        List<int> tokens = [];
        for (var i = 0; i < options.MaxTokens; i++)
        {
            using var scope = NewDisposeScope();
            var seen = view?.Invoke(ids) ?? ids;
            var valid = seen.Select(id => id % GenerationCase.Model.Vocabulary).ToArray();
            tokens.Add(
                choose(
                    [
                        .. model
                            .ComputeNextTokenLogits(tensor(valid, [1, valid.Length], device: at.Device))
                            .Doubles()
                            .Select(v => (float)v),
                    ],
                    options, i));
            ids.Add(tokens[^1]);
        }
        return tokens;
    };

    private static int[] IdsByLogit(float[] logits) => [.. Enumerable.Range(0, logits.Length).OrderByDescending(i => logits[i])];

    private static List<Tensor> ForwardTexts(ParameterTable weights, IReadOnlyList<Tensor> texts, Conditions at, bool clear)
    {
        using var model = new LanguageModel(weights, at.ComputeType);
        using var cache = new KeyValueCache(weights.Config, 1, (int)texts.Sum(t => t.size(1)), at.Device);
        List<Tensor> read = [];
        foreach (var text in texts)
        {
            if (clear) cache.Clear();
            read.Add(model.Forward(text, cache: cache));
        }
        return read;
    }

    private static bool Refuses(int capacity, int positions, Conditions at)
    {
        using var grad = no_grad();
        using var weights = ModelCase.Weights(GenerationCase.Model.Config, at);
        using var model = new LanguageModel(weights, at.ComputeType);
        using var cache = new KeyValueCache(weights.Config, 1, capacity, at.Device);
        try
        {
            for (var i = 0; i < positions; i++) model.ComputeNextTokenLogits(at.Ids(81 + i, 272, 1, 1), cache);
            return false;
        }
        catch (InvalidOperationException)
        {
            return true;
        }
    }
}
