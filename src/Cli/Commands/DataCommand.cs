using System.CommandLine;
using System.Diagnostics;
using TurkishLlm.Data;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Cli.Commands;

/// <summary><c>turkishllm data prepare | inspect</c></summary>
internal static class DataCommand
{
    public static Command Create(Display display) => new("data", "Turns text into shards of tokens, and shows them.")
    {
        CreatePrepare(display), CreateInspect(display),
    };

    /// <summary>Prepares a corpus and says what came out.</summary>
    public static CorpusReport Prepare(Display display, Tokenizer tokenizer, CorpusOptions options, CancellationToken cancel)
    {
        var started = Stopwatch.GetTimestamp();
        var report = display.Progress("Shards", tell => CorpusPreparation.Prepare(
            tokenizer, options,
            new Reporter<CorpusProgress>(p => tell((double)p.Bytes / Math.Max(1, p.TotalBytes), $"{Show.Count(p.Documents)} documents")), cancel));

        var manifest = report.Manifest;
        display.Line(report.Reused
            ? $"Already prepared: {Show.RelativePaths(report.Output)}"
            : $"{Show.Bytes(manifest.Sources.Sum(s => s.Bytes))} of text in {Show.Time(Stopwatch.GetElapsedTime(started).TotalSeconds)} → {Show.RelativePaths(report.Output)}");
        display.Table(["split", "documents", "tokens"], Enum.GetValues<DataSplit>().Select(split => (IReadOnlyList<string>)
            [split.ToString().ToLowerInvariant(), Show.Count(manifest.Documents(split)), Show.Count(manifest.Tokens(split))]));
        var left = manifest.LeftOut;
        display.Line($"left out: {Show.Count(left.TooFewCharacters)} too short, {Show.Count(left.TooFewTokens)} of too few tokens, {Show.Count(left.Duplicates)} duplicates");
        return report;
    }

    private static Command CreatePrepare(Display display)
    {
        var source = new Argument<string>("source") { Description = "A text file or a folder of .txt files, blank lines between documents." };
        var tokenizer = new Option<string>("--tokenizer", "-t") { Description = "Folder of the tokenizer.", Required = true };
        var output = new Option<string>("--output", "-o") { Description = "Folder for the shards.", Required = true };
        var share = DecimalOption.Create("--validation-share", "Share of documents kept for validation.", otherwise: 0.01);
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace shards that are there." };
        var command = new Command("prepare", "Encodes text into shards. Example: turkishllm data prepare corpus/ -t tokenizers/64k -o shards/")
        {
            source, tokenizer, output, share, overwrite,
        };
        command.SetAction((parsed, cancel) =>
        {
            Prepare(display, Tokenizer.Load(parsed.GetRequiredValue(tokenizer)), new CorpusOptions(
                parsed.GetRequiredValue(source), parsed.GetRequiredValue(output), parsed.GetValue(share), Overwrite: parsed.GetValue(overwrite))
            {
                Workers = Environment.ProcessorCount,
            }, cancel);
            return Task.CompletedTask;
        });
        return command;
    }

    private static Command CreateInspect(Display display)
    {
        var shards = new Argument<string>("shards") { Description = "Folder of shards." };
        var tokenizer = new Option<string>("--tokenizer", "-t") { Description = "Folder of the tokenizer.", Required = true };
        var length = new Option<int>("--length") { Description = "Tokens of the window.", DefaultValueFactory = _ => 128 };
        var position = new Option<long>("--position") { Description = "First token of the window." };
        var validation = new Option<bool>("--validation") { Description = "Look at the validation split." };
        var command = new Command("inspect", "Shows a window of tokens as text. Example: turkishllm data inspect shards/ -t tokenizers/64k --position 1000")
        {
            shards, tokenizer, length, position, validation,
        };
        command.SetAction((parsed, cancel) =>
        {
            using var data = TokenDataset.Open(parsed.GetRequiredValue(shards));
            var codec = Tokenizer.Load(parsed.GetRequiredValue(tokenizer));
            data.RequireTokenizer(codec.Hash);
            data.Verify(cancel);
            var shard = parsed.GetValue(validation) ? data.Validation : data.Train;
            var (from, count) = (parsed.GetValue(position), parsed.GetValue(length));
            if (from < 0 || count < 1 || from + count > shard.Count)
                throw new InvalidDataException($"--position {from} and --length {count} do not lie within the {Show.Count(shard.Count)} tokens of the split. Use --position 0 … {Math.Max(0, shard.Count - Math.Max(1, count))}, and --length from 1 on.");
            var ids = new ushort[count];
            shard.Read(from, ids);
            display.Line($"tokens {Show.Count(from)} … {Show.Count(from + count - 1)} of {Show.Count(shard.Count)}");
            display.Line(codec.Decode(ids.Select(id => (int)id)));
            return Task.CompletedTask;
        });
        return command;
    }
}
