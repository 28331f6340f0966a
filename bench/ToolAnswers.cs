using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using TurkishLlm.Cli;
using TurkishLlm.Files;

namespace TurkishLlm.Bench;

/// <summary>
/// Trains a small model on sums, half of them with calls of the calculator and half without, and measures the share of right
/// answers to sums that it has never seen, with the tool and without it.
/// </summary>
internal static class ToolAnswers
{
    private const int Seed = 20, Gold = 200;

    /// <summary>Trains and measures; the commands print what they do.</summary>
    /// <param name="rows">Number of training rows that call the tool; a third as many answer without it.</param>
    /// <param name="epochs">Number of epochs.</param>
    public static async Task<int> RunAsync(int rows, int epochs)
    {
        var folder = Directory.CreateTempSubdirectory("turkishllm-tools-").FullName;
        try
        {
            var sums = new ToolSums(Seed);
            sums.WriteCalls(Path.Combine(folder, "calls.jsonl"), rows);
            sums.WriteAnswers(Path.Combine(folder, "answers.jsonl"), rows / 3);
            sums.WriteAnswers(Path.Combine(folder, "gold.jsonl"), Gold);
            var plan = WritePlan(folder, epochs);
            var text = Path.Combine(AppContext.BaseDirectory, "fixtures", "text");
            var words = Path.Combine(folder, "words");
            Directory.CreateDirectory(words);
            foreach (var file in Directory.EnumerateFiles(text)) File.Copy(file, Path.Combine(words, Path.GetFileName(file)));
            ToolSums.WriteWords(Path.Combine(words, "words.txt"));
            await CliAsync("tokenizer", "train", words, "-o", Path.Combine(folder, "tokenizer"), "--vocab-size", "2048");
            await CliAsync(
                "data", "prepare", text, "-t", Path.Combine(folder, "tokenizer"), "-o", Path.Combine(folder, "shards"));
            var watch = Stopwatch.StartNew();
            await CliAsync("train", plan);
            Console.WriteLine(FormattableString.Invariant($"trained in {watch.Elapsed.TotalSeconds:F0} s"));
            var with = await MeasureAsync(folder, "--tools", "calculator");
            var without = await MeasureAsync(folder);
            Console.WriteLine(FormattableString.Invariant(
                $"right answers to {Gold} sums that no row has: {with:P1} with the calculator, {without:P1} without it"));
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string WritePlan(string folder, int epochs)
    {
        var plan = Path.Combine(folder, "plan.yaml");
        File.WriteAllText(plan, $$"""
            name: tool-sums
            run: {{folder}}/run
            seed: {{Seed.ToString(CultureInfo.InvariantCulture)}}
            device: cpu
            log_every: 100
            model: {preset: toy, vocab_size: 2048, max_seq_len: 256}
            data: {tokenizer: {{folder}}/tokenizer, shards: {{folder}}/shards}
            sft:
              sources:
                calls: {path: {{folder}}/calls.jsonl}
                answers: {path: {{folder}}/answers.jsonl}
              gold: [{{folder}}/gold.jsonl]
              validation_share: 0.02
            training: {epochs: {{epochs.ToString(CultureInfo.InvariantCulture)}}, micro_batch_size: 4, sequence_length: 256}
            optimizer: {schedule: linear, learning_rate: 3e-3, minimum_learning_rate: 0, warmup_ratio: 0.05, weight_decay: 0.01}
            evaluation: {every: 100000, windows: 4}
            samples: {every: 100000}
            checkpoints: {every: 0}
            ignored_guidelines:
              tokenizer-64k: the fixture text has too few words for 64,000 tokens
              fine-tuning-recipe: the model is trained from random weights
              fine-tuning-epochs: the model is trained from random weights
            """);
        return plan;
    }

    private static async Task<double> MeasureAsync(string folder, params string[] options)
    {
        var report = Path.Combine(folder, "report.json");
        await CliAsync([
            "evaluate", Path.Combine(folder, "run"), "--gold", Path.Combine(folder, "gold.jsonl"), "--max-tokens", "60",
            "--json", report, .. options,
        ]);
        using var json = StrictJson.ParseFile(report);
        return json.RootElement.GetProperty("metrics").EnumerateArray()
            .Single(metric => metric.GetProperty("metric").GetString() == "exact_match").GetProperty("value").GetDouble();
    }

    private static async Task CliAsync(params string[] arguments)
    {
        var code = await CommandLine.RunAsync(arguments, Console.Out, Console.Error);
        if (code != 0) throw new InvalidOperationException($"turkishllm {string.Join(' ', arguments)} failed.");
    }
}
