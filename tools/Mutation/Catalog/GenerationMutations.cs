namespace TurkishLlm.Tools.Mutation.Catalog;

internal static class GenerationMutations
{
    private const string Generator = "src/Inference/Generation/TextGenerator.cs",
        Sampler = "src/Inference/Generation/TokenSampler.cs",
        Cache = "src/Model/Layers/KeyValueCache.cs",
        Prefix = "src/Inference/Generation/PrefixCache.cs";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("cache-keeps-a-token", ["BUG-GEN-02"], Cache, "Clear() => Length = 0;", "Clear() => Length = Math.Min(Length, 1);",
            "A cleared cache starts with a token of the last text."),
        new(
            "values-are-keys",
            ["BUG-GEN-03"],
            Cache, "allValues.narrow(2, Length, added).copy_(values);", "allValues.narrow(2, Length, added).copy_(keys);",
            "The cache holds keys instead of values."),
        new("cache-advances-by-one", ["BUG-ATT-12"], Cache, "Length += (int)positions;", "Length += 1;",
            "After a chunk of several tokens the next one overwrites it."),
        new(
            "full-cache-starts-again",
            ["BUG-GEN-12"],
            Cache, "if (Length + added > Capacity)",
            "if (Length + added > Capacity) Clear();\n        if (added > Capacity)",
            "What does not fit replaces what came first."),
        new(
            "top-p-drops-the-crossing-token",
            ["BUG-GEN-05"],
            Sampler, "while (count < kept && reached < options.TopP) reached += probabilities[count++];",
            "while (count < kept && (count == 0 || reached + probabilities[count] <= options.TopP)) "
                + "reached += probabilities[count++];",
            "The token that crosses the threshold is dropped."),
        new(
            "no-top-k-is-greedy",
            ["BUG-GEN-06"],
            Sampler, "options.TopK > 0 ? Math.Min(options.TopK, logits.Length) : logits.Length;",
            "Math.Clamp(options.TopK, 1, logits.Length);",
            "Without top-k the most likely token is taken."),
        new("top-p-of-all-tokens", ["BUG-GEN-08"], Sampler,
            "for (var i = 0; i < kept; i++) sum += probabilities[i] = Math.Exp(ranked[0].Score - ranked[i].Score);", """
            for (var i = 0; i < logits.Length; i++) sum += Math.Exp(ranked[0].Score + logits[i] / options.Temperature);
            for (var i = 0; i < kept; i++) probabilities[i] = Math.Exp(ranked[0].Score - ranked[i].Score);
            """, "Probabilities are taken before top-k."),
        new("equal-logits-in-another-order", ["BUG-GEN-06"], "src/Inference/Generation/TokenRanking.cs",
            "for (; place > 0 && score < best[place - 1].Score; place--)",
            "for (; place > 0 && score <= best[place - 1].Score; place--)",
            "Of tokens with equal logits, the later one comes first."),
        new(
            "top-p-without-renormalizing",
            ["BUG-GEN-05"],
            Sampler,
            "for (var i = 0; i < kept; i++) probabilities[i] /= reached;",
            "",
            "The probabilities after top-p do not sum to one."),
        new("sampler-uses-the-common-generator", ["BUG-GEN-11"], Sampler,
            "(SplitMix64.Mix(_state += SplitMix64.Increment) >> 11) * (1.0 / (1UL << 53));",
            "TorchSharp.TensorExtensionMethods.ToDouble(TorchSharp.torch.rand([1])) + 0 * (_state += SplitMix64.Increment);",
            "Sampling draws from the generator that training uses."),
        new("seed-is-ignored", ["BUG-GEN-11"], Sampler, "_state = (ulong)options.Seed;", "_state = 0;",
            "Every seed gives the same text."),
        new("stop-token-is-text", [], Generator, """
            if (options.StopIds.Contains(next)) yield break;
            yield return next;
            """.Indent(12), "yield return next;\n            if (options.StopIds.Contains(next)) yield break;",
            "The stop token is part of the text."),
        new(
            "a-token-too-many",
            [],
            Generator, "text.Count - prompt.Count < options.MaxTokens", "text.Count - prompt.Count <= options.MaxTokens",
            "One token more than asked for is generated."),
        new(
            "nearly-most-likely-token",
            [],
            Sampler,
            "if (logits[i] > logits[best]) best = i;",
            "if (logits[i] >= logits[best] - 1e-2f) best = i;",
            "Greedy generation takes a token near the most likely one."),
        new(
            "penalty-rewards-the-unlikely",
            ["BUG-GEN-04"],
            Sampler, "penalized[id] > 0 ? penalized[id] / penalty : penalized[id] * penalty", "penalized[id] / penalty",
            "The penalty makes tokens with a negative logit more likely."),
        new(
            "greedy-without-penalty",
            ["BUG-GEN-04"],
            Sampler, "ArgMax(ApplyRepetitionPenalty(logits, _options, _previousIds))", "ArgMax(logits)",
            "Greedy generation repeats itself, regardless of the penalty."),
        new(
            "chosen-tokens-are-forgotten",
            ["BUG-GEN-04"],
            Sampler, "        _previousIds.Add(chosen);",
            "        if (_options.Temperature > 0) _previousIds.Clear();\n        _previousIds.Add(chosen);",
            "Only the last token is penalized when tokens are sampled."),
        new(
            "prefix-is-compared-by-length",
            ["BUG-GEN-02"],
            Prefix, "same < Math.Min(maxLength, _sequence.Length) && _ids[same] == text[same]",
            "same < Math.Min(maxLength, _sequence.Length)",
            "Cached tokens of another text are used as the beginning of this one."),
        new("cache-is-not-rewound", ["BUG-GEN-02"], Prefix, "_sequence.Crop(same);", "_sequence.Crop(_sequence.Length);",
            "After the common beginning, the last text stays in the cache."),
        new(
            "long-prompts-lose-a-token",
            ["BUG-ATT-12"],
            Prefix,
            "_input[0] = new(_sequence, ids.AsMemory(length, count), needsLogits);",
            "_input[0] = new(_sequence, needsLogits ? ids.AsMemory(length, count) : ids.AsMemory(length + 1, count - 1), "
                + "needsLogits);",
            "The first token of every part of a long prompt is not read."),
        new(
            "random-numbers-go-on-from-prompt-to-prompt",
            ["BUG-GEN-10"],
            Generator,
            "        return GenerateWithNewCache(prompt, new TokenSampler(options), options, cancellationToken);\n    }",
            "        return GenerateWithNewCache(prompt, _sampler ??= new TokenSampler(options), options, cancellationToken);\n"
                + "    }\n\n    private TokenSampler? _sampler;",
            "The text generated for a prompt depends on the prompts before it."),
        new(
            "answers-leave-no-room",
            ["BUG-GEN-12"],
            "src/Inference/Chat/ChatWindow.cs", "<= model.ContextLength - reservedTokens)\n                return",
            "<= model.ContextLength) return",
            "A chat fills the context, and no positions remain for the answer."),
        new(
            "the-newest-exchange-leaves-first",
            ["BUG-GEN-12"],
            "src/Inference/Chat/ChatWindow.cs", "earlier.Skip(left)", "earlier.SkipLast(left)",
            "A chat that is too long loses its last turns."),
        new("low-temperatures-are-greedy", ["BUG-GEN-13"], Sampler, "_options.Temperature == 0", "_options.Temperature < 0.2",
            "Below 0.2 the most likely token is always taken."),
        new("chat-drops-the-last-letter", ["BUG-GEN-14"], "src/Inference/Chat/AnswerBuilder.cs", """
                    Emit(_decoder.Flush());
                    Emit(_stop.Flush(), checkStops: false);
                    var ending
            """, """
                    Emit(_stop.Flush(), checkStops: false);
                    var ending
            """, "An answer that ends within a letter loses its bytes."),
        new("batch-compares-lengths", ["BUG-GEN-02"], "src/Inference/Batching/CachedText.cs",
            "while (same < most && _ids[same] == text[same]) same++;", "same = most;",
            "A text continues the cache of another one."),
        new("batch-mixes-up-logits", ["BUG-GEN-01"], "src/Inference/Batching/BatchLoop.cs",
            "logits.Slice(i * _decoder.Config.VocabSize", "logits.Slice((texts.Count - 1 - i) * _decoder.Config.VocabSize",
            "Texts of a batch get the logits of one another."),
        new("json-ends-early", [], "src/Inference/Constraints/TokenConstraint.cs",
            "if (_state is { IsComplete: false } || !_endIds", "if (!_endIds",
            "A text may end before it is complete."),
        new("json-forgets-required", [], "src/Inference/Constraints/JsonSchemaCompiler.cs",
            "required.Contains(name)", "required.Count < 0",
            "Required properties are optional."),
    ];
}
