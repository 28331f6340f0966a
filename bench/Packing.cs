using System.Diagnostics;
using System.Globalization;
using TorchSharp;
using TurkishLlm.Data;
using TurkishLlm.Model;
using TurkishLlm.Tokenization;
using TurkishLlm.Training;
using static TorchSharp.torch;

namespace TurkishLlm.Bench;

/// <summary>Learned tokens a second on real conversations: several in a row, and one in a row with padding behind it.</summary>
internal static class Packing
{
    public static int Run(string models, string conversations, string steps)
    {
        var tokenizer = Tokenizer.Load(models);
        var config = ModelConfig.V1.With(vocabSize: tokenizer.VocabularySize);
        var files = File.Exists(conversations) ? [conversations] : Directory.GetFiles(conversations, "*.jsonl").Order(StringComparer.Ordinal).ToArray();
        var data = SftDataset.Open(new ChatTemplate(tokenizer), tokenizer, new([.. files.Select(file => new SftSource(Path.GetFileNameWithoutExtension(file), file))], config.MaxSeqLen));
        var examples = data.Train.Select(example => example.Tokens).ToArray();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{examples.Length} examples, {examples.Sum(e => (long)e.Length)} tokens, {examples.Sum(e => (long)e.Counted)} learned; 8 rows of {config.MaxSeqLen} a step"));
        MarkedTokens[][] alone = [.. examples.Select(example => new[] { example })];
        MarkedTokens[][] packed = [.. RowPacking.BestFit([.. examples.Select(e => e.Length)], config.MaxSeqLen).Select(row => row.Select(i => examples[i]).ToArray())];
        var count = int.Parse(steps, CultureInfo.InvariantCulture);
        foreach (var (name, rows, length) in new[] { ("padded to the longest of 8", alone, (int?)null), ("padded to the sequence", alone, config.MaxSeqLen), ("packed", packed, config.MaxSeqLen) })
            Measure(name, config, rows, length, count);
        return 0;
    }

    private static void Measure(string name, ModelConfig config, MarkedTokens[][] rows, int? length, int steps)
    {
        using var parameters = Initialization.Draw(config, seed: 1234, CPU);
        using var model = new LanguageModel(parameters);
        using var optimizer = new AdamW(parameters, new AdamWSettings(0.9, 0.95, 1e-8, 0.1));
        var order = new EpochOrder(1234, rows.Length);
        var (seconds, learned, tokens) = (0.0, 0L, 0L);
        for (var step = 0; step <= steps; step++)
        {
            using var scope = NewDisposeScope();
            MarkedTokens[][] chosen = [.. Enumerable.Range(0, 8).Select(row => rows[order.RowAt(step * 8L + row)])];
            var started = Stopwatch.GetTimestamp();
            var batch = ExampleBatch.Create(chosen, length, CPU);
            AccumulatedGradient.Compute(model, [batch], batch.CountedTargets);
            optimizer.Step(2e-5);
            if (step == 0) continue;                                       // warms up
            seconds += Stopwatch.GetElapsedTime(started).TotalSeconds;
            learned += batch.CountedTargets;
            tokens += chosen.Sum(row => row.Sum(e => (long)e.Length));
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-28} {learned / seconds,8:F0} learned tokens/s {tokens / seconds,8:F0} tokens/s {seconds / steps,6:F2} s a step"));
    }
}
