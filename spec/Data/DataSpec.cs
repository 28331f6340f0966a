using System.Security.Cryptography;
using System.Text;
using TurkishLlm.Data.Batches;
using TurkishLlm.Spec.Plans;

namespace TurkishLlm.Spec.Data;

/// <summary>P47 to P51: the data of the run exists, is complete, has the run's tokenizer, and is read correctly.</summary>
public static class DataSpec
{
    private const string Suite = "Reference suite, data";

    /// <summary>The requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [P47_Files, P48_Sizes, P49_Tokenizer, P50_Writable, P51_Shifted];

    /// <summary>The files that a run opens.</summary>
    public static readonly Requirement<DataSplit, IReadOnlyList<string>> P47_Files = new()
    {
        Id = "P47",
        Statement = "The files of both splits that the manifest lists exist in the data directory, and the run opens all of them."
,
        Source = Suite,
        CanonicalCases = [DataSplit.Train, DataSplit.Validation],
        Subject = (split, at) => at.Data.GetSplit(split).Paths,
        Holds = (paths, split, at) => Verdict.All(
            Verdict.AtLeast(1, paths.Count, $"{split} files"),
            Verdict.SameElements(
                [.. at.Data.Manifest.GetShards(split).Select(shard => Path.Combine(at.Plan.Data.Shards, shard.File))],
                paths, $"{split} files"),
            Verdict.AtMost(0, paths.Count(path => !File.Exists(path)), $"missing {split} files")),
        Impostors = new()
        {
            ["looks in the working directory"] = (split, at) =>
                [.. at.Data.GetSplit(split).Paths.Select(path => Path.GetFileName(path))],
            ["skips the last file"] = (split, at) => [.. at.Data.GetSplit(split).Paths.SkipLast(1)],
            ["opens a file of an older preparation"] = (split, at) =>
                [.. at.Data.GetSplit(split).Paths, at.Data.GetSplit(split).Paths[0] + ".old"],
        },
    };

    /// <summary>Returns the number of tokens in a file.</summary>
    public static readonly Requirement<DataSplit, Func<string, long>> P48_Sizes = new()
    {
        Id = "P48",
        Statement = "A shard file is a header and two bytes per token, the files of a split add up to the numbers of the "
            + "manifest for it and its sources, and no split is empty.",
        Source = Suite,
        CanonicalCases = [DataSplit.Train, DataSplit.Validation],
        Subject = (split, at) =>
            path => at.Data.GetSplit(split).Headers[at.Data.GetSplit(split).Paths.ToList().IndexOf(path)].Count,
        Holds = (count, split, at) =>
        {
            var counts = at.Data.GetSplit(split).Paths.ToDictionary(path => path, count);
            return Verdict.All([
                .. counts.Select(file =>
                    Verdict.Equal(new FileInfo(file.Key).Length, 64 + 2 * file.Value, $"bytes of {Path.GetFileName(file.Key)}")),
                Verdict.Equal(at.Data.Manifest.CountTokens(split), counts.Values.Sum(), $"tokens of {split}"),
                Verdict.Equal(
                    at.Data.Manifest.Sources.Sum(source =>
                        split == DataSplit.Train ? source.TrainTokens : source.ValidationTokens),
                    counts.Values.Sum(), $"tokens of {split}, source by source"),
                Verdict.Equal(at.Data.GetSplit(split).Count, counts.Values.Sum(), $"tokens of {split} as read"),
                Verdict.AtLeast(1, counts.Values.Sum(), $"tokens of {split}")]);
        },
        Impostors = new()
        {
            ["counts the header as tokens"] = (_, _) => path => new FileInfo(path).Length / 2,
            ["counts bytes"] = (_, _) => path => new FileInfo(path).Length - 64,
            ["reads ids as four bytes"] = (_, _) => path => (new FileInfo(path).Length - 64) / 4,
            ["loses the last token"] = (_, _) => path => (new FileInfo(path).Length - 64) / 2 - 1,
        },
    };

    /// <summary>The tokenizer that the run uses for its data: its identity and its number of ids.</summary>
    public static readonly Requirement<string, (string Hash, int VocabularySize)> P49_Tokenizer = new()
    {
        Id = "P49",
        Statement = "The tokenizer of the run is the one that encoded its data, compared by content and not by name.",
        Source = Suite,
        CanonicalCases = ["the run"],
        Subject = (_, at) => (at.Tokenizer.Hash, at.Tokenizer.VocabularySize),
        Holds = (tokenizer, _, at) => Verdict.All([
            Verdict.Equal(at.Data.Manifest.TokenizerHash, tokenizer.Hash, "tokenizer"),
            Verdict.Equal(at.Data.Train.TokenizerHash, tokenizer.Hash, "tokenizer against the training shards"),
            Verdict.Equal(at.Data.Validation.TokenizerHash, tokenizer.Hash, "tokenizer against the validation shards"),
            Verdict.Equal(at.Data.Manifest.VocabularySize, tokenizer.VocabularySize, "vocabulary size")]),
        Impostors = new()
        {
            ["compares paths"] = (_, at) => (Digest(at.Plan.Data.Tokenizer), at.Tokenizer.VocabularySize),
            ["compares vocabulary sizes"] = (_, at) => (Digest($"{at.Tokenizer.VocabularySize}"), at.Tokenizer.VocabularySize),
            ["forgets the special tokens"] = (_, at) => (at.Tokenizer.Hash, at.Tokenizer.VocabularySize - 16),
        },
    };

    /// <summary>Writes bytes into the run folder and reads them back.</summary>
    public static readonly Requirement<int, Func<byte[], byte[]>> P50_Writable = new()
    {
        Id = "P50",
        Statement = "What is written into the run folder can be read back from it, so that checkpoints can be saved.",
        Source = Suite,
        CanonicalCases = [1, 4097, 1 << 20],
        Subject = (_, at) => bytes => WriteAndRead(at.Plan.RunFolder, bytes),
        Holds = (store, length, at) =>
        {
            var bytes = Enumerable.Range(0, length).Select(i => (byte)(1 + (i * 31L + at.Seed) % 251)).ToArray();
            bytes[^1] |= 1;
            return Verdict.SameElements(bytes, store(bytes), "bytes read back");
        },
        Impostors = new()
        {
            ["checks only that the folder exists"] = (_, _) => _ => [],
            ["loses the last byte"] = (_, _) => bytes => bytes[..^1],
            ["reserves space but writes nothing"] = (_, _) => bytes => new byte[bytes.Length],
        },
    };

    /// <summary>Reads a window of the run: its position, its inputs and its targets.</summary>
    public static readonly Requirement<WindowRows, Func<long, int, Window>> P51_Shifted = new()
    {
        Id = "P51",
        Statement = "In every training window, the target of an input is the token that follows it in the file.",
        Source = Suite,
        CanonicalCases = [new(Steps: 4, Rows: 8), new(Steps: 32, Rows: 2)],
        PlanCases = WindowRows.FromPlan,
        Subject = (_, at) => new RunWindows(at).Read,
        Holds = (read, c, at) => Verdict.All(
            from step in Enumerable.Range(0, c.Steps)
            from row in Enumerable.Range(0, c.Rows)
            let window = read(step, row)
            let tokens = ShardBytes.Read(at.Data.Train.Paths, window.Position, window.Inputs.Length + 1)
            from verdict in new[]
            {
                Verdict.SameElements(tokens[..^1], window.Inputs, $"inputs at {window.Position}"),
                Verdict.SameElements(tokens[1..], window.Targets, $"targets at {window.Position}"),
            }
            select verdict),
        Impostors = new()
        {
            ["targets are the inputs"] = (_, at) => new RunWindows(at).WithTargets(tokens => tokens[..^1]),
            ["targets look back"] = (_, at) => new RunWindows(at).WithTargets(tokens => [tokens[0], .. tokens[..^2]]),
            ["targets skip a token"] = (_, at) => new RunWindows(at).WithTargets(tokens => [.. tokens[2..], tokens[^1]]),
            ["the last target is never filled"] = (_, at) => new RunWindows(at).WithTargets(tokens => [.. tokens[1..^1], 0]),
        },
    };

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static byte[] WriteAndRead(string folder, byte[] bytes)
    {
        // A missing folder is not created for this: of several processes that judge at the same time, one would delete
        // the folder that another writes to.
        folder = Path.GetFullPath(folder);
        while (!Directory.Exists(folder)) folder = Path.GetDirectoryName(folder)!;
        var probe = Path.Combine(folder, $"probe-{Guid.NewGuid():N}");
        try
        {
            using (var file = new FileStream(probe, FileMode.CreateNew, FileAccess.Write))
            {
                file.Write(bytes);
                file.Flush(flushToDisk: true);
            }
            return File.ReadAllBytes(probe);
        }
        finally
        {
            File.Delete(probe);
        }
    }
}

/// <summary>Number of windows to read.</summary>
/// <param name="Steps">Steps of the optimizer.</param>
/// <param name="Rows">Rows of each.</param>
public sealed record WindowRows(int Steps, int Rows)
{
    /// <summary>The rows of a step of the run.</summary>
    internal static IReadOnlyList<WindowRows> FromPlan(Conditions at) => [new(Steps: 3, at.Plan.Training.RowsPerStep)];
}

/// <summary>A window as it was read.</summary>
/// <param name="Position">Its first token in the split.</param>
/// <param name="Inputs">Inputs, <c>[sequence]</c>.</param>
/// <param name="Targets">Targets, <c>[sequence]</c>.</param>
public sealed record Window(long Position, long[] Inputs, long[] Targets);

/// <summary>The training windows of the run.</summary>
internal sealed class RunWindows(Conditions at)
{
    private readonly int _length = at.Plan.Training.SequenceLength;
    private readonly WindowSampler _sampler = new(at.Data.Train, at.Plan.Training.SequenceLength, at.Seed);

    public Window Read(long step, int row)
    {
        var (inputs, targets) = (new long[_length], new long[_length]);
        _sampler.Read(step, row, inputs, targets);
        return new(_sampler.GetPosition(step, row), inputs, targets);
    }

    /// <summary>The same windows with wrong targets made from the tokens of the window.</summary>
    public Func<long, int, Window> WithTargets(Func<long[], long[]> targets) => (step, row) =>
    {
        var right = Read(step, row);
        return right with { Targets = targets([.. right.Inputs, right.Targets[^1]]) };
    };
}
