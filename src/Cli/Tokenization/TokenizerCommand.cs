using System.CommandLine;
using System.Diagnostics;
using TurkishLlm.Cli.Chat;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Model;
using TurkishLlm.Plans;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Cli.Tokenization;

/// <summary><c>turkishllm tokenizer train | add-tokens | encode | decode | report</c></summary>
internal static class TokenizerCommand
{
    public static Command Create(Display display, ChatTerminal terminal) => new(
        "tokenizer", "Train, extend and inspect byte-level BPE tokenizers.")
    {
        CreateTrain(display),
        CreateAddTokens(display), TokenCommands.CreateEncode(display, terminal),
        TokenCommands.CreateDecode(display, terminal),
        TokenizerReportCommand.Create(display),
    };

    /// <summary>Trains on every document of a corpus and writes <c>tokenizer.json</c>. Resumes if interrupted.</summary>
    /// <param name="display">Shows progress.</param>
    /// <param name="sources">Files of text, JSON lines or Parquet, or folders of them, with the field of their rows.</param>
    /// <param name="output">Folder for <c>tokenizer.json</c>.</param>
    /// <param name="options">
    /// Training options. Without a counts folder, counts are kept next to the output folder until training has finished.
    /// </param>
    /// <param name="cancellationToken">Cancels the training.</param>
    public static Tokenizer Train(
        Display display, IReadOnlyList<CorpusSource> sources, string output, BytePairOptions options,
        CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var beside = Path.TrimEndingDirectorySeparator(output) + ".counts";
        var temporary = options.CountsFolder.Length == 0;
        var parent = Path.GetDirectoryName(Path.GetFullPath(beside))!;
        var madeParent = !Directory.Exists(parent);
        BytePairResult trained;
        try
        {
            trained = display.RunWithProgress("Tokenizer", reportProgress => BytePairTrainer.Train(
                FindFiles(sources),
                temporary ? options with { CountsFolder = beside } : options,
                new SynchronousProgress<BytePairProgress>(p => reportProgress(GetProgress(p), DescribeProgress(p))),
                cancellationToken));
        }
        catch (Exception error) when (temporary && error is not OperationCanceledException)
        {
            // Keep the counts for resuming only after an interruption; after an error, delete them.
            var made = madeParent ? parent : beside;
            if (Directory.Exists(made)) Directory.Delete(made, recursive: true);
            throw;
        }
        trained.Tokenizer.Save(output);
        if (temporary) Directory.Delete(beside, recursive: true);

        if (trained.ReusedFileCount > 0)
            display.WriteLine($"{Format.Count(trained.ReusedFileCount, "file was", "files were")} already counted");
        display.WriteLine($"{Format.Count(trained.PreTokenCount)} distinct pre-tokens" + (trained.SkippedPreTokenCount == 0 ? "" :
            $"; {Format.Count(trained.SkippedPreTokenCount, "was", "were")} skipped for occurring fewer than "
            + $"{Format.Count(trained.MinFrequency, "time")}"));
        display.WriteLine(
            $"{Format.Count(trained.Tokenizer.VocabularySize)} tokens, split rule {trained.Tokenizer.Split}, in "
                + $"{Format.Duration(Stopwatch.GetElapsedTime(started).TotalSeconds)} → {Format.RelativePaths(output)}");
        return trained.Tokenizer;
    }

    private static Command CreateAddTokens(Display display)
    {
        var folder = new Argument<string>("tokenizer") { Description = "Tokenizer folder. It is not changed." };
        var add = new Option<string[]>("--add")
        {
            Description = "Special tokens to add, such as \"<|plan|>\".", Required = true, AllowMultipleArgumentsPerToken = true,
        };
        var output = new Option<string>("--output", "-o") { Description = "Folder for the new tokenizer.", Required = true };
        var command = new Command(
            "add-tokens",
            "Add special tokens at the end of a vocabulary. Set warm_start.grow_vocabulary in the plan to resize the embeddings.")
        {
            folder, add, output,
        };
        command.SetAction(parsed =>
        {
            var tokenizer = TokenizerFolder.Load(parsed.GetRequiredValue(folder));
            try
            {
                tokenizer = tokenizer.WithAddedTokens(parsed.GetRequiredValue(add));
            }
            catch (ArgumentException error)
            {
                throw new InvalidDataException(error.Message.Split(" (Parameter", 2)[0], error);
            }
            tokenizer.Save(parsed.GetRequiredValue(output));
            display.WriteLine(
                $"{Format.Count(tokenizer.VocabularySize)} tokens → " + $"{Format.RelativePaths(parsed.GetRequiredValue(output))}"
            );
        });
        return command;
    }

    // Counting and merging take about the same time.
    private static double GetProgress(BytePairProgress p) =>
        (
            p.FractionRead
            + (double)(p.VocabularySize - VocabularyLayout.FirstMerge)
                / Math.Max(1, p.VocabularyTarget - VocabularyLayout.FirstMerge)) / 2;

    private static string DescribeProgress(BytePairProgress p) =>
        p.DistinctPreTokens == 0
            ? $"reading, {Format.Count(p.DocumentsRead, "document")}"
            : $"{Format.Count(p.VocabularySize)} tokens";

    private static TrainingSource[] FindFiles(IReadOnlyList<CorpusSource> sources) =>
        [
            .. from source in sources
               from file in DocumentReader.ListFiles(source.Path)
               select new TrainingSource(
                   file, () => DocumentReader.Read(file, source.TextField).Select(document => document.Text),
                   DocumentReader.DescribeReading(file, source.TextField)),
        ];

    private static SplitRule FindSplitRule(string name) => SplitRule.Find(name) ?? throw new InvalidDataException(
        $"--split {name} is not a split rule."
            + SpellingSuggestions.FormatHint(name, [.. SplitRule.All.Select(rule => rule.Name)]));

    private static Command CreateTrain(Display display)
    {
        var source = new Argument<string>("source")
        {
            Description = "Text (blank lines separate documents), JSON lines, Parquet, a folder of them, also compressed (.gz, "
                + ".zst), or a corpus plan (.yaml), of which all documents of all sources are read.",
        };
        var field = TextFieldOption.Create();
        var size = new Option<int>("--vocab-size", "-v")
        {
            Description = "Vocabulary size, including special tokens.", DefaultValueFactory = _ => 64_000,
        };
        var output = new Option<string>("--output", "-o")
        {
            Description = "Folder for tokenizer.json (default: the tokenizer of the corpus plan).",
        };
        var split = new Option<string>("--split")
        {
            Description = "Rule by which text is split into words before merges are learned: "
                + $"{string.Join(", ", SplitRule.All)}. llama.cpp has all but turkish.",
            DefaultValueFactory = _ => SplitRule.Turkish.Name,
        };
        var counts = new Option<string>("--counts")
        {
            Description = "Folder that keeps the counts of each file, for other vocabulary sizes or additional files "
                + "(default: counts are deleted when training has finished).",
            DefaultValueFactory = _ => "",
        };
        var threads = new Option<int?>("--threads")
        {
            Description = "Number of counting threads; the result does not depend on it (default: one per processor).",
        };
        var preTokens = new Option<int>("--max-pre-tokens")
        {
            Description = "Maximum number of distinct pre-tokens in memory, about 400 bytes each; the rarest are skipped beyond "
                + "it.",
            DefaultValueFactory = _ => BytePairOptions.DefaultMaxPreTokens,
        };
        var set = new Option<string[]>("--set")
        {
            Description = "Override a value of the corpus plan: --set key=value. Can be repeated.",
        };
        var command = new Command("train", "Train a byte-level BPE tokenizer on text. Resumes if interrupted.")
        {
            source, size, output, split, counts, threads, preTokens, field, set,
        };
        command.Validators.Add(parsed =>
        {
            var isPlan = CorpusPlan.IsPlanFile(parsed.GetValue(source));
            if (!isPlan && parsed.GetResult(output) is null) parsed.AddError("--output is missing: Folder for tokenizer.json.");
            if (isPlan && parsed.GetResult(field) is { Implicit: false })
                parsed.AddError("--text-field cannot be combined with a corpus plan; use text_field of its sources.");
            if (!isPlan && parsed.GetResult(set) is { Implicit: false })
                parsed.AddError("--set needs a corpus plan (.yaml), but the source is text.");
        });
        command.SetAction((parsed, cancellationToken) =>
        {
            var options = new BytePairOptions(parsed.GetValue(size), parsed.GetRequiredValue(counts))
            {
                Split = FindSplitRule(parsed.GetRequiredValue(split)),
                Threads = parsed.GetValue(threads) ?? Environment.ProcessorCount, MaxPreTokens = parsed.GetValue(preTokens),
            };
            if (options.VocabularySize is < VocabularyLayout.FirstMerge or > VocabularyLayout.MaximumSize)
            {
                throw new InvalidDataException(
                    $"--vocab-size is {options.VocabularySize}; it must be {VocabularyLayout.FirstMerge} (16 "
                        + "special tokens and 256 bytes) "
                    + $"… {VocabularyLayout.MaximumSize}, such as 64000.");
            }
            if (options.Threads < 1) throw new InvalidDataException($"--threads is {options.Threads}; it must be at least 1.");
            if (options.MaxPreTokens < 1)
            {
                throw new InvalidDataException(
                    $"--max-pre-tokens is {options.MaxPreTokens}; it must be at least 1, such as "
                        + $"{BytePairOptions.DefaultMaxPreTokens}.");
            }
            var text = parsed.GetRequiredValue(source);
            var plan = CorpusPlan.IsPlanFile(text) ? CorpusPlan.Load(text, parsed.GetValue(set) ?? []) : null;
            Train(
                display, plan?.Options.Sources ?? [new("corpus", text, TextField: parsed.GetRequiredValue(field))],
                parsed.GetValue(output) ?? plan!.Tokenizer, options, cancellationToken);
            return Task.CompletedTask;
        });
        return command;
    }
}
