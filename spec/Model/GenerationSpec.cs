using TorchSharp;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Impostors;
using TurkishLlm.Spec.Kernel;
using TurkishLlm.Spec.Oracles;
using static TorchSharp.torch;
using Continue = System.Func<System.Collections.Generic.IReadOnlyList<int>, TurkishLlm.Inference.Generation.SamplingOptions, System.Collections.Generic.IReadOnlyList<int>>;
using ContinueImpostors = System.Collections.Generic.Dictionary<string,
    System.Func<TurkishLlm.Spec.Model.GenerationCase, TurkishLlm.Spec.Kernel.Conditions, System.Func<System.Collections.Generic.IReadOnlyList<int>, TurkishLlm.Inference.Generation.SamplingOptions, System.Collections.Generic.IReadOnlyList<int>>>>;
using Read = System.Func<TurkishLlm.Model.Parameters.ParameterTable, TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>;

namespace TurkishLlm.Spec.Model;

/// <summary>A prompt to continue.</summary>
/// <param name="Prompt">Tokens of the prompt.</param>
/// <param name="Tokens">Most tokens to generate.</param>
public sealed record GenerationCase(int Prompt, int Tokens)
{
    internal static ModelCase Model { get; } = new(Width: 40, 2, Heads: 4, KeyValueHeads: 2, Inner: 72, Batch: 1, Time: 1);

    internal IReadOnlyList<int> Ids(Conditions at) => [.. at.Ids(80, Model.Vocabulary, Prompt).Longs().Select(id => (int)id)];

    internal SamplingOptions CreateOptions(long seed) => new() { MaxTokens = Tokens, Temperature = 3, TopK = 0, TopP = 1, Seed = seed };
}

/// <summary>A text that has the id 0 in it.</summary>
/// <param name="Tokens">The most tokens to generate.</param>
public sealed record StopTokenCase(int Tokens)
{
    internal SamplingOptions CreateOptions(long seed) => new() { MaxTokens = Tokens, Temperature = 3, TopK = 0, TopP = 1, Seed = seed };
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

    public static readonly Requirement<GenerationCase, Continue> P43_Greedy = new()
    {
        Id = "P43",
        Statement = "Generation produces tokens, and greedy generation produces at each step one whose logit no other exceeds by more than rounding.",
        Source = "Reference report, section 11, test 43; silent bug GEN: argmax alone hides everything",
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
                var row = logits.AsSpan((prompt.Count - 1 + i) * GenerationCase.Model.Vocabulary, GenerationCase.Model.Vocabulary).ToArray();
                return Verdict.AtMost(allowed, row.Max() - row[token], $"how much less likely token {i} is than the likeliest");
            }));
        },
        Impostors = new ContinueImpostors
        {
            ["the least likely token"] = (_, at) => GenerateWithoutCache(at, (logits, _, _) => IdsByLogit(logits)[^1]),
            ["the second likeliest token"] = (_, at) => GenerateWithoutCache(at, (logits, _, _) => IdsByLogit(logits)[1]),
            ["the prompt again and again"] = (_, _) => (prompt, options) => [.. Enumerable.Range(0, options.MaxTokens).Select(i => prompt[i % prompt.Count])],
            ["forgets all but the last token"] = (_, at) => GenerateWithoutCache(at, (logits, _, _) => IdsByLogit(logits)[0], ids => [ids[^1]]),
        },
    };

    public static readonly Requirement<GenerationCase, Continue> P44_MostTokens = new()
    {
        Id = "P44",
        Statement = "Generation ends after the most tokens asked for, or before a stop token, which is not part of the text.",
        Source = "Reference report, section 11, test 44",
        CanonicalCases = Prompts,
        Subject = Real,
        Holds = (generate, c, at) =>
        {
            var options = c.CreateOptions(at.Seed);
            var all = generate(c.Ids(at), options);
            if (all.Count != c.Tokens) return Verdict.Equal(c.Tokens, all.Count, "tokens");
            var stop = all[c.Tokens / 2];
            return Verdict.SameElements([.. all.TakeWhile(id => id != stop)], generate(c.Ids(at), options with { StopIds = [stop] }), "token before the stop token");
        },
        Impostors = new ContinueImpostors
        {
            ["one too many"] = (c, at) => (prompt, options) => Real(c, at)(prompt, options with { MaxTokens = options.MaxTokens + 1 }),
            ["the prompt counts"] = (c, at) => (prompt, options) => Real(c, at)(prompt, options with { MaxTokens = Math.Max(1, options.MaxTokens - prompt.Count) }),
            ["stop tokens are ignored"] = (c, at) => (prompt, options) => Real(c, at)(prompt, options with { StopIds = [] }),
            ["the stop token is kept"] = (c, at) => (prompt, options) =>
            {
                var text = Real(c, at)(prompt, options);
                return text.Count < options.MaxTokens ? [.. text, options.StopIds[0]] : text;
            },
        },
    };

    /// <summary>GEN-17.</summary>
    public static readonly Requirement<StopTokenCase, Continue> GEN_17_StopAtZero = new()
    {
        Id = "GEN-17",
        Statement = "A stop token whose id is 0 ends a text as any other does.",
        Source = "Silent bug TOK-13: LLaMA-Factory PR #2411, an id of 0 taken for \"not set\"",
        CanonicalCases = [new(24), new(41)],
        Subject = GenerateWithZeroStop,
        Holds = (generate, c, at) =>
        {
            var options = c.CreateOptions(at.Seed);
            var all = generate([1], options);
            return Verdict.All(
                Verdict.Between(1, c.Tokens - 2, all.TakeWhile(id => id != 0).Count(), "place of the first 0"),
                Verdict.SameElements([.. all.TakeWhile(id => id != 0)], generate([1], options with { StopIds = [0] }), "token before the stop token"));
        },
        Impostors = new Dictionary<string, Func<StopTokenCase, Conditions, Continue>>
        {
            ["an id of 0 is not set"] = (c, at) => (prompt, options) => GenerateWithZeroStop(c, at)(prompt, options with { StopIds = [.. options.StopIds.Where(id => id > 0)] }),
            ["the id 0 is left out and the text goes on"] = (c, at) => (prompt, options) => [.. GenerateWithZeroStop(c, at)(prompt, options with { StopIds = [] }).Where(id => !options.StopIds.Contains(id))],
        },
    };

    public static readonly Requirement<GenerationCase, Continue> P45_Deterministic = new()
    {
        Id = "P45",
        Statement = "The same seed gives the same text, another seed another, and greedy generation asks no seed.",
        Source = "Reference report, section 11, test 45; silent bug GEN-11",
        CanonicalCases = Prompts,
        Subject = Real,
        Holds = (generate, c, at) =>
        {
            var prompt = c.Ids(at);
            var first = generate(prompt, c.CreateOptions(at.Seed));
            return Verdict.All(
                Verdict.SameElements(first, generate(prompt, c.CreateOptions(at.Seed)), "token with the same seed"),
                Verdict.AtLeast(1, first.Zip(generate(prompt, c.CreateOptions(at.Seed + 1))).Count(pair => pair.First != pair.Second), "tokens that another seed changes"),
                Verdict.SameElements(
                    generate(prompt, SamplingOptions.Greedy(c.Tokens)), generate(prompt, SamplingOptions.Greedy(c.Tokens) with { Seed = at.Seed + 1 }), "greedy token"));
        },
        Impostors = new ContinueImpostors
        {
            ["the seed is ignored"] = (c, at) => (prompt, options) => Real(c, at)(prompt, options with { Seed = 5 }),
            ["one stream for all texts"] = (c, at) =>
            {
                var texts = 0L;
                return (prompt, options) => Real(c, at)(prompt, options with { Seed = options.Seed + 1000 * texts++ });
            },
            ["greedy draws too"] = (c, at) => (prompt, options) => Real(c, at)(prompt, options with { Temperature = 3 }),
        },
    };

    public static readonly Requirement<GenerationCase, Continue> P46_ValidIds = new()
    {
        Id = "P46",
        Statement = "Every token is an id of the vocabulary, however flat the distribution.",
        Source = "Reference report, section 11, test 46; silent bug TOK-16: padded rows of the head",
        CanonicalCases = [new(5, 60), new(1, 40)],
        Subject = Real,
        Holds = (generate, c, at) =>
        {
            var tokens = generate(c.Ids(at), c.CreateOptions(at.Seed) with { Temperature = 1000 });
            return Verdict.All(
                Verdict.Equal(c.Tokens, tokens.Count, "tokens"),
                Verdict.Between(0, GenerationCase.Model.Vocabulary - 1, tokens.Min(), "smallest id"),
                Verdict.Between(0, GenerationCase.Model.Vocabulary - 1, tokens.Max(), "largest id"),
                Verdict.AtLeast(GenerationCase.Model.Vocabulary / 2, tokens.Max(), "largest id: more than a byte's share of the vocabulary is used"));
        },
        Impostors = new ContinueImpostors
        {
            ["the vocabulary is padded to 384"] = (_, at) => GenerateWithoutCache(at, (logits, options, i) => (int)((options.Seed + 7919 * (i + 1)) % 384)),
            ["ids are bytes"] = (c, at) => (prompt, options) => [.. Real(c, at)(prompt, options).Select(id => (int)(sbyte)id)],
        },
    };

    public static readonly Requirement<ChunkedForwardCase, Read> GEN_01_CacheEqualsFull = new()
    {
        Id = "GEN-01",
        Statement = "Read in chunks with a key/value cache, every position has the logits of the float64 oracle that reads all at once.",
        Source = "Silent bugs ATT-06, ATT-07, ATT-12, GEN-03: logits at every step, never argmax; TOL-MODEL",
        CanonicalCases = [new(1, Text), new(3, Text), new(7, Text)],
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
        Impostors = new[] { PlantedBug.CachedBiasZero, PlantedBug.CachedMaskTopLeft, PlantedBug.CacheSwapsKeysAndValues, PlantedBug.CacheForgetsFirst, PlantedBug.NoAlibi }
            .ToDictionary(PlantedModel.NameOf, bug => (Func<ChunkedForwardCase, Conditions, Read>)((c, at) => (weights, ids) =>
            {
                using var model = new PlantedModel(weights, bug, at.ComputeType);
                return ForwardInChunks(ids, c.ChunkLength, chunk => model.Logits(chunk, cached: true));
            })),
    };

    public static readonly Requirement<ModelCase, Func<ParameterTable, IReadOnlyList<Tensor>, IReadOnlyList<Tensor>>> GEN_02_FreshCache = new()
    {
        Id = "GEN-02",
        Statement = "A cache that was cleared knows nothing of the text before: texts A, B, A give the same bits for both A.",
        Source = "Silent bug GEN-02: vmlx-swift PR #163, llama.cpp #7859",
        CanonicalCases = [new(Width: 40, 2, Heads: 4, KeyValueHeads: 2, Inner: 72, Batch: 1, Time: 9)],
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
                Verdict.AtMost(c.Allowed(at), read3[1].RelativeTo(model.Forward(b).Doubles()), "difference of B from B alone, max|Δ| ÷ max|logit|"));
        },
        Impostors = new Dictionary<string, Func<ModelCase, Conditions, Func<ParameterTable, IReadOnlyList<Tensor>, IReadOnlyList<Tensor>>>>
        {
            ["the cache of the last text is used again"] = (c, at) => (weights, texts) => ForwardTexts(weights, texts, at, clear: false),
        },
    };

    public static readonly Requirement<GenerationCase, Func<int, int, bool>> GEN_03_Capacity = new()
    {
        Id = "GEN-03",
        Statement = "A cache takes as many positions as it was made for, and refuses one more.",
        Source = "Silent bug GEN-12: a cache that wraps makes text decay with its length",
        CanonicalCases = [new(5, 8), new(1, 3)],
        Subject = (_, at) => (capacity, positions) => Refuses(capacity, positions, at),
        Holds = (refuses, c, _) => Verdict.All(
            Verdict.Equal(false, refuses(c.Tokens, c.Tokens), "refused at capacity"),
            Verdict.Equal(true, refuses(c.Tokens, c.Tokens + 1), "refused beyond it")),
        Impostors = new Dictionary<string, Func<GenerationCase, Conditions, Func<int, int, bool>>>
        {
            ["wraps around"] = (_, at) => (capacity, positions) => Refuses(capacity, Math.Min(positions, capacity), at),
            ["one position is lost"] = (_, at) => (capacity, positions) => Refuses(capacity - 1, positions, at),
        },
    };

    public static IReadOnlyList<Requirement> All =>
        [P43_Greedy, P44_MostTokens, GEN_17_StopAtZero, P45_Deterministic, P46_ValidIds, GEN_01_CacheEqualsFull, GEN_02_FreshCache, GEN_03_Capacity];

    /// <summary>Logits of a text that is read chunk by chunk with a cache.</summary>
    internal static Tensor ForwardWithCache(LanguageModel model, Tensor ids, int chunk)
    {
        using var grad = no_grad();
        using var cache = new KeyValueCache(model.Config, (int)ids.size(0), (int)ids.size(1), model.Device);
        return ForwardInChunks(ids, chunk, part => model.Forward(part, cache: cache));
    }

    private static Tensor ForwardInChunks(Tensor ids, int chunk, Func<Tensor, Tensor> read) => cat([.. ids.split(chunk, 1).Select(read)], 1);

    // The rows of 0 and of a token that the model does draw change places: so 0 is drawn where that one was.
    private static Continue GenerateWithZeroStop(StopTokenCase c, Conditions at) => (prompt, options) =>
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

    private static Continue Real(GenerationCase c, Conditions at) => (prompt, options) =>
    {
        using var weights = ModelCase.Weights(GenerationCase.Model.Config, at);
        using var model = new LanguageModel(weights, at.ComputeType);
        return [.. new TextGenerator(model).Generate(prompt, options)];
    };

    // A generator without cache, with a choice of its own and perhaps a view of its own of what was written.
    private static Continue GenerateWithoutCache(Conditions at, Func<float[], SamplingOptions, int, int> choose, Func<List<long>, List<long>>? view = null) => (prompt, options) =>
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
            tokens.Add(choose([.. model.ComputeNextTokenLogits(tensor(valid, [1, valid.Length], device: at.Device)).Doubles().Select(v => (float)v)], options, i));
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
