using System.CommandLine;
using System.Diagnostics;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Synthesis;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Data.Retrieval;
using TurkishLlm.Evaluation.Metrics;
using TurkishLlm.Evaluation.Tasks;
using TurkishLlm.Model;
using TurkishLlm.Synthesis.Retrieval;

namespace TurkishLlm.Cli.Data;

/// <summary><c>turkishllm data retrieval DOCS</c>: measures how well the search finds answers.</summary>
internal static class DataRetrievalCommand
{
    private const int MaxRank = 100;

    private static readonly int[] Cutoffs = [1, 3, 5, 10];

    public static Command Create(Display display)
    {
        var docs = new Argument<string>("documentation") { Description = "Folder of .html, .md and .txt pages, or one page." };
        var gold = new Option<string[]>("--gold")
        {
            Description = "File of questions with answers from the documentation, in any training format. Can be repeated.",
            Required = true,
        };
        var tokenizer = new Option<string>("--tokenizer", "-t")
        {
            Description = "Tokenizer folder of the model, for the length of passages (default: a bundled one of 2,048 tokens).",
        };
        var length = new Option<int>("--context-length")
        {
            Description = "Length of the model's context, in tokens.", DefaultValueFactory = _ => 2048,
        };
        var passages = new Option<int>("--passages")
        {
            Description = "Maximum number of passages per question, as in `chat --passages`.",
            DefaultValueFactory = _ => RetrievalBudget.DefaultPassages,
        };
        var limit = new Option<int>("--limit")
        {
            Description = "Maximum number of rows per gold file (0 = all).", DefaultValueFactory = _ => 0,
        };
        var input = new Option<bool>("--input-is-context")
        {
            Description = "Read the input field of Alpaca rows as the context that has the answer.",
        };
        var json = JsonOutput.CreateLinesOption("metric");
        var command = new Command(
            "retrieval", "Measure how well the search of `chat --docs` finds the answers of questions: recall and rank.")
        {
            docs, gold, tokenizer, length, passages, limit, input, json,
        };
        command.SetAction(parsed =>
        {
            var budget = new RetrievalBudget(parsed.GetValue(length), parsed.GetValue(passages));
            foreach (var (option, value) in new[] { ("--context-length", budget.ContextLength), ("--passages", budget.Passages) })
                if (value < 1) throw new ConfigurationException(Format.Invariant($"{option} is {value}; it must be at least 1."));
            if (parsed.GetValue(limit) is < 0 and var wrong)
                throw new ConfigurationException(Format.Invariant($"--limit is {wrong}; it must be 0 (all) or more."));
            var rows = parsed.GetRequiredValue(gold)
                .SelectMany(file => GoldFile.Read(file, Refusal.DefaultText, parsed.GetValue(input))
                    .Take(parsed.GetValue(limit) is > 0 and var first ? first : int.MaxValue))
                .Where(row => row.TaskType is TaskType.Answer or TaskType.GroundedAnswer)
                .ToArray();
            var started = Stopwatch.GetTimestamp();
            var retriever = PassageRetriever.Open(
                parsed.GetRequiredValue(docs),
                TokenizerFolder.Load(parsed.GetValue(tokenizer) ?? SynthChunkCommand.DefaultTokenizer), budget);
            var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            Measure(display, retriever, rows, seconds, parsed.GetValue(json));
        });
        return command;
    }

    private static void Measure(
        Display display, PassageRetriever retriever, GoldRow[] rows, double seconds, bool writesJson)
    {
        var locator = new AnswerLocator([.. retriever.Passages.Select(passage => passage.Text)]);
        var places = retriever.Passages.Index().ToDictionary(
            passage => passage.Item.ChunkId, passage => passage.Index, StringComparer.Ordinal);
        var (ranks, searching) = (new List<int?>(), 0.0);
        foreach (var row in rows)
        {
            var right = locator.Find(Citation.Remove(row.Reference.Text), [.. row.Context]);
            if (right.Count == 0) continue;
            var asked = Stopwatch.GetTimestamp();
            var found = retriever.Rank(row.Question, MaxRank).ToArray();
            searching += Stopwatch.GetElapsedTime(asked).TotalSeconds;
            ranks.Add(found.Index().Where(hit => right.Contains(places[hit.Item.Passage.ChunkId]))
                .Select(hit => (int?)hit.Index + 1).FirstOrDefault());
        }
        if (ranks.Count == 0)
            throw new InvalidDataException(
                $"None of the {Format.Count(rows.Length, "question")} has an answer that a passage contains. "
                    + "Give the documentation from which the answers are taken.");
        MetricLine[] metrics =
        [
            .. Cutoffs.Select(cutoff => MetricLine.Create(
                Format.Invariant($"recall@{cutoff}"), ranks, rank => RankMetrics.Recall(rank, cutoff))),
            MetricLine.Create("MRR", ranks, RankMetrics.ReciprocalRank),
        ];
        if (writesJson)
        {
            foreach (var metric in metrics) JsonOutput.WriteLine(display.Output, metric);
            return;
        }
        display.WriteLine(
            $"{Format.Count(retriever.Passages.Count, "passage")} of at most "
                + $"{Format.Count(retriever.Budget.PassageTokens, "token")}, split and indexed in {Format.Duration(seconds)}; a "
                + Format.Invariant($"search takes {1000 * searching / ranks.Count:F1} ms"));
        display.WriteLine(
            $"{Format.Count(ranks.Count)} of {Format.Count(rows.Length, "question")} have an answer that a passage contains");
        display.WriteTable(
            ["metric", "value", "95 %"],
            metrics.Select(metric => (IReadOnlyList<string>)
            [
                metric.Metric, Format.Invariant($"{metric.Value:F3}"),
                metric.Low is null ? "" : Format.Invariant($"{metric.Low:F3} … {metric.High:F3}"),
            ]));
    }

    private sealed record MetricLine(string Metric, double Value, double? Low, double? High, int Questions)
    {
        public static MetricLine Create(string name, List<int?> ranks, Func<int?, double> value)
        {
            RowValue[] values = [.. ranks.Select(rank => new RowValue(value(rank)))];
            var interval = new Bootstrap(Seed: 0).GetInterval(values);
            return new(name, RowValue.Mean(values), interval?.Low, interval?.High, ranks.Count);
        }
    }
}
