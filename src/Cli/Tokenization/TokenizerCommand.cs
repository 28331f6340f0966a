using System.CommandLine;
using System.Diagnostics;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Cli.Tokenization;

/// <summary><c>turkishllm tokenizer train | grow | encode | decode | report</c></summary>
internal static class TokenizerCommand
{
    public static Command Create(Display display) => new("tokenizer", "Trains and uses a byte-level BPE tokenizer.")
    {
        CreateTrain(display), CreateAddTokens(display), CreateEncode(display), CreateDecode(display), TokenizerReportCommand.Create(display),
    };

    /// <summary>Trains on every document of a corpus and writes <c>tokenizer.json</c>. Stopped and run again, it goes on.</summary>
    /// <param name="display">Shows progress.</param>
    /// <param name="source">A text file or a folder of text files.</param>
    /// <param name="output">Folder for <c>tokenizer.json</c>.</param>
    /// <param name="options">What to learn. Without a folder for counts they lie beside the output until it is done.</param>
    /// <param name="cancellationToken">Stops the training.</param>
    public static Tokenizer Train(Display display, string source, string output, BytePairOptions options, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var beside = Path.TrimEndingDirectorySeparator(output) + ".counts";
        var temporary = options.CountsFolder.Length == 0;
        var parent = Path.GetDirectoryName(Path.GetFullPath(beside))!;
        var madeParent = !Directory.Exists(parent);
        BytePairResult trained;
        try
        {
            trained = display.RunWithProgress("Tokenizer", tell => BytePairTrainer.Train(
                FindSources(source), temporary ? options with { CountsFolder = beside } : options, new SynchronousProgress<BytePairProgress>(p => tell(GetProgress(p), DescribeProgress(p))), cancellationToken));
        }
        catch (Exception error) when (temporary && error is not OperationCanceledException)
        {
            // Only what was interrupted goes on; after a mistake nothing is left lying about.
            var made = madeParent ? parent : beside;
            if (Directory.Exists(made)) Directory.Delete(made, recursive: true);
            throw;
        }
        trained.Tokenizer.Save(output);
        if (temporary) Directory.Delete(beside, recursive: true);

        if (trained.ReusedFileCount > 0) display.WriteLine($"{Format.Count(trained.ReusedFileCount)} files were counted before");
        display.WriteLine($"{Format.Count(trained.PreTokenCount)} different pieces" + (trained.SkippedPreTokenCount == 0 ? "" :
            $"; {Format.Count(trained.SkippedPreTokenCount)} that occur fewer than {trained.MinFrequency} times were left out"));
        display.WriteLine($"{Format.Count(trained.Tokenizer.VocabularySize)} tokens in {Format.Duration(Stopwatch.GetElapsedTime(started).TotalSeconds)} → {Format.RelativePaths(output)}");
        return trained.Tokenizer;
    }

    private static Command CreateAddTokens(Display display)
    {
        var folder = new Argument<string>("tokenizer") { Description = "Folder of the tokenizer; it is not changed." };
        var add = new Option<string[]>("--add") { Description = "Names of further special tokens, such as \"<|plan|>\".", Required = true, AllowMultipleArgumentsPerToken = true };
        var output = new Option<string>("--output", "-o") { Description = "Folder for the new one.", Required = true };
        var command = new Command("grow", "Adds special tokens behind all others; a model grows with warm_start.grow_vocabulary. Example: turkishllm tokenizer grow tokenizers/64k --add \"<|plan|>\" -o tokenizers/64k-plan") { folder, add, output };
        command.SetAction(parsed =>
        {
            var tokenizer = Tokenizer.Load(parsed.GetRequiredValue(folder));
            try
            {
                tokenizer = tokenizer.WithAddedTokens(parsed.GetRequiredValue(add));
            }
            catch (ArgumentException error)
            {
                throw new InvalidDataException(error.Message.Split(" (Parameter", 2)[0], error);
            }
            tokenizer.Save(parsed.GetRequiredValue(output));
            display.WriteLine($"{Format.Count(tokenizer.VocabularySize)} tokens → {Format.RelativePaths(parsed.GetRequiredValue(output))}");
        });
        return command;
    }

    // Counting and merging take about as long as one another.
    private static double GetProgress(BytePairProgress p) =>
        (p.FractionRead + (double)(p.VocabularySize - VocabularyLayout.FirstMerge) / Math.Max(1, p.VocabularyTarget - VocabularyLayout.FirstMerge)) / 2;

    private static string DescribeProgress(BytePairProgress p) =>
        p.DistinctPreTokens == 0 ? $"reading, {Format.Count(p.DocumentsRead)} documents" : $"{Format.Count(p.VocabularySize)} tokens";

    private static TrainingSource[] FindSources(string source) =>
        [.. DocumentReader.ListFiles(source).Select(file => new TrainingSource(file, () => DocumentReader.Read(file).Select(document => document.Text)))];

    private static Command CreateTrain(Display display)
    {
        var source = new Argument<string>("source") { Description = "A text file or a folder of .txt files, blank lines between documents." };
        var size = new Option<int>("--vocabulary", "-v") { Description = "Number of tokens, special ones included.", DefaultValueFactory = _ => 64_000 };
        var output = new Option<string>("--output", "-o") { Description = "Folder for tokenizer.json.", Required = true };
        var counts = new Option<string>("--counts") { Description = "Folder that keeps the counts of each file: for other vocabularies, or when files are added. Without it, they are kept until the tokenizer is done.", DefaultValueFactory = _ => "" };
        var threads = new Option<int?>("--threads") { Description = "Threads that count; the tokenizer does not depend on it. Without it, one per processor." };
        var pieces = new Option<int>("--pieces") { Description = "Most different words in memory, about 400 bytes each; of more, the rarest are left out.", DefaultValueFactory = _ => BytePairOptions.DefaultMaxPreTokens };
        var command = new Command("train", "Learns a vocabulary from text; stopped and run again, it goes on. Example: turkishllm tokenizer train corpus/ -v 64000 -o tokenizers/64k")
        {
            source, size, output, counts, threads, pieces,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            var options = new BytePairOptions(parsed.GetValue(size), parsed.GetRequiredValue(counts)) { Threads = parsed.GetValue(threads) ?? Environment.ProcessorCount, MaxPreTokens = parsed.GetValue(pieces) };
            if (options.VocabularySize is < VocabularyLayout.FirstMerge or > VocabularyLayout.MaximumSize)
                throw new InvalidDataException($"--vocabulary is {options.VocabularySize}; it must be {VocabularyLayout.FirstMerge} (16 special tokens and 256 bytes) … {VocabularyLayout.MaximumSize}, such as 64000.");
            if (options.Threads < 1) throw new InvalidDataException($"--threads is {options.Threads}; it must be at least 1.");
            if (options.MaxPreTokens < 1) throw new InvalidDataException($"--pieces is {options.MaxPreTokens}; it must be at least 1, such as {BytePairOptions.DefaultMaxPreTokens}.");
            Train(display, parsed.GetRequiredValue(source), parsed.GetRequiredValue(output), options, cancellationToken);
            return Task.CompletedTask;
        });
        return command;
    }

    private static Command CreateEncode(Display display)
    {
        var folder = new Argument<string>("tokenizer") { Description = "Folder of a tokenizer." };
        var text = new Argument<string>("text") { Description = "What to encode." };
        var command = new Command("encode", "Shows the tokens of a text. Example: turkishllm tokenizer encode tokenizers/64k \"Ankara'dan geldim.\"") { folder, text };
        command.SetAction(parsed =>
        {
            var tokenizer = Tokenizer.Load(parsed.GetRequiredValue(folder));
            var ids = tokenizer.EncodeToIds(TextNormalizer.ToNfc(parsed.GetRequiredValue(text)));
            display.WriteLine(string.Join(' ', ids));
            display.WriteLine(string.Join(" | ", ids.Select(id => tokenizer.Decode([id]))));
        });
        return command;
    }

    private static Command CreateDecode(Display display)
    {
        var folder = new Argument<string>("tokenizer") { Description = "Folder of a tokenizer." };
        var ids = new Argument<int[]>("ids") { Description = "Token ids.", Arity = ArgumentArity.OneOrMore };
        var command = new Command("decode", "Turns ids back into text. Example: turkishllm tokenizer decode tokenizers/64k 412 978") { folder, ids };
        command.SetAction(parsed =>
        {
            var tokenizer = Tokenizer.Load(parsed.GetRequiredValue(folder));
            foreach (var id in parsed.GetRequiredValue(ids))
                if (id < 0 || id >= tokenizer.VocabularySize)
                    throw new InvalidDataException(Format.Invariant($"There is no token {id}: the vocabulary of {parsed.GetRequiredValue(folder)} has the ids 0 … {tokenizer.VocabularySize - 1}."));
            display.WriteLine(tokenizer.Decode(parsed.GetRequiredValue(ids)));
        });
        return command;
    }
}
