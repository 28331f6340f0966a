using System.Diagnostics;
using System.Globalization;
using TorchSharp;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.FineTuning;
using TurkishLlm.Data.Packing;
using TurkishLlm.Kernels;
using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;
using TurkishLlm.Training.Objectives;
using TurkishLlm.Training.Objectives.FineTuning;
using TurkishLlm.Training.Optimization;
using static TorchSharp.torch;

namespace TurkishLlm.Bench;

/// <summary>Learned tokens a second on real conversations: several in a row, and one in a row with padding after it.</summary>
internal static class PackingSpeed
{
    public static int Run(string models, string conversations, string steps)
    {
        var tokenizer = Tokenizer.Load(models);
        var config = ModelConfig.V1.With(vocabSize: tokenizer.VocabularySize);
        var files = File.Exists(conversations)
            ? [conversations]
            : Directory.GetFiles(conversations, "*.jsonl").Order(StringComparer.Ordinal).ToArray();
        var data = SftDataset.Open(
            new ChatTemplate(tokenizer), tokenizer,
            new([.. files.Select(file => new SftSource(Path.GetFileNameWithoutExtension(file), file))], config.MaxSeqLen));
        var examples = data.Train.Select(example => example.Tokens).ToArray();
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{examples.Length} examples, {examples.Sum(e => (long)e.Length)} tokens, "
                    + $"{examples.Sum(e => (long)e.SupervisedCount)} learned; 8 rows of {config.MaxSeqLen} a step"));
        TokenizedExample[][] alone = [.. examples.Select(example => new[] { example })];
        TokenizedExample[][] packed =
        [
            .. RowPacking
                .PackBestFit([.. examples.Select(e => e.Length)], config.MaxSeqLen)
                .Select(row => row.Select(i => examples[i]).ToArray()),
        ];
        var count = int.Parse(steps, CultureInfo.InvariantCulture);
        CheckedOperators.SetNumThreads(Environment.ProcessorCount);
        PackingTarget[] contestants =
        [
            new("padded to the longest of 8", config, alone, null),
            new("padded to the sequence", config, alone, config.MaxSeqLen), new("packed", config, packed, config.MaxSeqLen),
        ];
        for (var step = -1; step < count; step++)                              // the first warms up
            foreach (var contestant in contestants) contestant.Step(step);
        foreach (var contestant in contestants) Console.WriteLine(contestant);
        for (var other = 0; other < 2; other++)
            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture, $"packed ÷ {contestants[other].Name}: "
                        + $"{contestants[2].TokensPerSecond / contestants[other].TokensPerSecond:F2} times the tokens a second"));
        foreach (var contestant in contestants) contestant.Dispose();
        return 0;
    }

    // Steps of one way to fill rows; the others take theirs in turn.
    private sealed class PackingTarget : IDisposable
    {
        private readonly TokenizedExample[][] _rows;
        private readonly int? _length;
        private readonly ParameterTable _parameters;
        private readonly LanguageModel _model;
        private readonly AdamW _optimizer;
        private readonly EpochShuffler _order;
        private readonly List<double> _seconds = [];
        private long _supervisedTokens, _tokens;

        public PackingTarget(string name, ModelConfig config, TokenizedExample[][] rows, int? length)
        {
            (Name, _rows, _length) = (name, rows, length);
            _parameters = WeightInitializer.Initialize(config, seed: 1234, CPU);
            _model = new LanguageModel(_parameters);
            _optimizer = new AdamW(_parameters, new AdamWSettings(0.9, 0.95, 1e-8, 0.1));
            _order = new EpochShuffler(1234, rows.Length);
        }

        public string Name { get; }

        public double TokensPerSecond => _tokens / _seconds.Sum();

        public void Step(int step)
        {
            using var scope = NewDisposeScope();
            TokenizedExample[][] chosen = [.. Enumerable.Range(0, 8).Select(row => _rows[_order.GetRow((step + 1) * 8L + row)])];
            var started = Stopwatch.GetTimestamp();
            var batch = ExampleCollator.Collate(chosen, _length, CPU);
            GradientAccumulation.Compute(_model, [batch], batch.LossTerms);
            _optimizer.Step(2e-5);
            if (step < 0) return;
            _seconds.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
            _supervisedTokens += batch.LossTerms;
            _tokens += chosen.Sum(row => row.Sum(e => (long)e.Length));
        }

        public override string ToString() => string.Create(CultureInfo.InvariantCulture,
            $"{Name, -28} {_supervisedTokens / _seconds.Sum(), 8:F0} learned tokens/s {TokensPerSecond, 8:F0} "
                + $"tokens/s   seconds a step {BenchmarkProcess.FormatSpread(_seconds, "0.00")}");

        public void Dispose()
        {
            _model.Dispose();
            _optimizer.Dispose();
            _parameters.Dispose();
        }
    }
}
