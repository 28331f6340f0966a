using System.CommandLine;
using System.Numerics;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Data.Batches;
using TurkishLlm.Monitoring.Pages;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Cli.Data;

/// <summary><c>turkishllm data inspect SHARDS</c>: prints tokens of shards as text.</summary>
internal static class DataInspectCommand
{
    public static Command Create(Display display)
    {
        var shards = new Argument<string>("shards")
        {
            Description = "Folder of shards; with --loss-mask, a file of conversations.",
        };
        var tokenizer = new Option<string>("--tokenizer", "-t") { Description = "Tokenizer folder. Not needed with --stats." };
        var position = new Option<long>("--position")
        {
            Description = "First token of the window, from 0.", DefaultValueFactory = _ => 0,
        };
        var document = new Option<long?>("--document")
        {
            Description = "Show this document, from 0, instead of the window at --position.",
        };
        var length = new Option<int?>("--length")
        {
            Description = "Number of tokens to show (default: 128, or the whole document with --document).",
        };
        var validation = new Option<bool>("--validation")
        {
            Description = "Use the validation split instead of the training split.",
        };
        var stats = new Option<bool>("--stats")
        {
            Description = "Verify every byte and print counts of documents and tokens instead.",
        };
        var mask = new Option<bool>("--loss-mask")
        {
            Description = "Show conversations with their supervised tokens highlighted.",
        };
        var row = new Option<int>("--row")
        {
            Description = "First row to show with --loss-mask, from 1.", DefaultValueFactory = _ => 1,
        };
        var rows = new Option<int>("--rows")
        {
            Description = "Number of rows to show with --loss-mask.", DefaultValueFactory = _ => 3,
        };
        var system = new Option<string>("--system")
        {
            Description = "System prompt for conversations that have none, with --loss-mask.",
        };
        var template = ChatTemplateOption.Create("Marks around messages, with --loss-mask (default: turkishllm).");
        var html = HtmlFile.CreateOption("Write the tokens in colors, or the statistics, to this HTML file as well.");
        var command = new Command(
            "inspect", "Show tokens of shards as text with document boundaries, or the loss mask of conversations.")
        {
            shards, tokenizer, position, document, length, validation, stats, mask, row, rows, system, template,
            html,
        };
        command.Validators.Add(parsed =>
        {
            if (!parsed.GetValue(stats) && parsed.GetResult(tokenizer) is null)
                parsed.AddError("Option '--tokenizer' is required.");
        });
        command.SetAction((parsed, cancellationToken) =>
        {
            HtmlFile.Check(parsed.GetValue(html));
            if (parsed.GetValue(mask))
            {
                LossMaskView.Write(
                    display, parsed.GetRequiredValue(shards), new ChatTemplate(
                        TokenizerFolder.Load(parsed.GetRequiredValue(tokenizer)), parsed.GetValue(system),
                        ChatTemplateOption.Find(parsed, template)),
                    parsed.GetValue(row), parsed.GetValue(rows), parsed.GetValue(html));
                return Task.CompletedTask;
            }
            if (File.Exists(ShardManifest.ResolveDirectory(parsed.GetRequiredValue(shards))))
                throw new InvalidDataException(
                    $"{parsed.GetRequiredValue(shards)} is a file. Give a folder of shards, or add --loss-mask to "
                        + "show a file of conversations.");
            using var data = TokenDataset.Open(parsed.GetRequiredValue(shards));
            if (parsed.GetValue(stats))
            {
                data.Verify(cancellationToken);
                (string, Html)[] parts =
                    [.. Enum.GetValues<DataSplit>().Select(split => WriteStatistics(display, data.GetSplit(split)))];
                HtmlFile.Write(display, parsed.GetValue(html), () => InspectPage.Render(
                    parsed.GetRequiredValue(shards), "lengths of documents, in tokens", parts, roles: []));
                return Task.CompletedTask;
            }
            var codec = TokenizerFolder.Load(parsed.GetRequiredValue(tokenizer));
            data.RequireTokenizer(codec.Hash);
            WriteWindow(
                display, codec, parsed.GetValue(validation) ? data.Validation : data.Train, parsed.GetValue(position),
                parsed.GetValue(document),
                parsed.GetValue(length), parsed.GetRequiredValue(shards), parsed.GetValue(html));
            return Task.CompletedTask;
        });
        return command;
    }

    private static void WriteWindow(
        Display display, Tokenizer codec, TokenShard shard, long position, long? number, int? length, string folder, string? html)
    {
        var map = new DocumentIndex(shard);
        if (number is { } asked)
        {
            try
            {
                (position, var whole) = map.GetDocument(asked);
                length = Math.Min(length ?? whole, whole);
            }
            catch (ArgumentOutOfRangeException error)
            {
                throw new InvalidDataException(error.Message.Split(" (Parameter", 2)[0], error);
            }
        }
        var count = length ?? 128;
        if (position < 0 || count < 1 || position + count > shard.Count)
            throw new InvalidDataException(
                $"--position {position} and --length {count} are outside the {Format.Count(shard.Count)} tokens "
                    + $"of the split. Use --position 0 … {Math.Max(0, shard.Count - Math.Max(1, count))} and a --length "
                    + "of at least 1.");

        var ids = new ushort[count];
        shard.Read(position, ids);
        var current = number ?? map.FindDocumentNumber(position);
        var range = $"tokens {Format.Count(position)} … {Format.Count(position + count - 1)} of "
            + $"{Format.Count(shard.Count)}, {shard.Split.ToString().ToLowerInvariant()}";
        display.WriteLine(range);
        var parts = new List<(string Heading, int From)>();
        if (ids[0] != SpecialTokens.BeginOfText) WriteHeading($"document {Format.Count(current)} (continued)", 0);
        for (int from = 0, to; from < count; from = to + 1)
        {
            to = ids.AsSpan(from).IndexOfAny((ushort)SpecialTokens.BeginOfText, (ushort)SpecialTokens.EndOfText)
                is >= 0
                    and var border
                ? from + border
                : count;
            if (to > from) display.WriteLine(codec.Decode(ids[from..to].Select(id => (int)id)));
            if (to == count) break;
            if (ids[to] == SpecialTokens.BeginOfText)
                WriteHeading(
                    $"document {Format.Count(to == 0 ? current : ++current)} begins at {Format.Count(position + to)}", to);
            else display.WriteHeading($"document {Format.Count(current)} ends at {Format.Count(position + to)}");
        }
        HtmlFile.Write(display, html, () => InspectPage.Render(folder, range, parts.Select((part, i) =>
        {
            var until = i + 1 < parts.Count ? parts[i + 1].From : count;
            return (part.Heading, TokenText.Render(codec, [.. ids[part.From..until].Select(id => ((int)id, GetRole(id)))]));
        }), [.. ids.Select(GetRole)]));

        void WriteHeading(string heading, int from)
        {
            display.WriteHeading(heading);
            parts.Add((heading, from));
        }
    }

    // Of plain text every token is learned, except the one that begins a document.
    private static TextHighlight GetRole(ushort id) =>
        id == SpecialTokens.BeginOfText ? TextHighlight.Control : TextHighlight.Supervised;

    private static (string Heading, Html Content) WriteStatistics(Display display, TokenShard shard)
    {
        var counts = new long[33];
        var (documents, shortest, longest) = (0L, int.MaxValue, 0);
        foreach (var (_, length) in new DocumentIndex(shard).EnumerateDocuments())
        {
            counts[BitOperations.Log2((uint)length)]++;
            documents++;
            (shortest, longest) = (Math.Min(shortest, length), Math.Max(longest, length));
        }
        var heading = $"{shard.Split.ToString().ToLowerInvariant()}: {Format.Count(documents, "document")}, "
            + $"{Format.Count(shard.Count)} tokens; document length: minimum {Format.Count(shortest)}, mean "
            + $"{Format.Count(shard.Count / documents)}, maximum {Format.Count(longest)}";
        display.WriteHeading(heading);
        var most = counts.Max();
        display.WriteTable(["tokens", "documents", ""], counts.Index().Where(c => c.Item > 0).Select(c => (IReadOnlyList<string>)
            [
                $"{Format.Count(1L << c.Index)} … {Format.Count((2L << c.Index) - 1)}", Format.Count(c.Item),
                new string('█', (int)Math.Ceiling(40.0 * c.Item / most)),
            ]));
        return (heading, LengthHistogram.Render(
            "documents", counts.Index().Where(c => c.Item > 0).Select(c => (1L << c.Index, (2L << c.Index) - 1, c.Item))));
    }
}
