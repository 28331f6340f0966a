using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Data;

/// <summary>
/// The pairs of a preference run: read, freed of repetitions, kept apart from what is measured on, and divided into those that
/// are learned and those held out.
/// </summary>
/// <remarks>What is held out is a function of the rows and the seed, not of the order of files.</remarks>
public sealed class PreferenceDataset
{
    private const int ProblemsShown = 5;

    private PreferenceDataset(IReadOnlyList<PreferenceReport> report, IReadOnlyList<PreferencePair> pairs, IReadOnlyList<int> train, IReadOnlyList<int> validation) =>
        (Report, Pairs, Train, Validation) = (report, pairs, train, validation);

    /// <summary>What became of every row, file by file.</summary>
    public IReadOnlyList<PreferenceReport> Report { get; }

    /// <summary>All pairs, learned from or held out, in the order of the files.</summary>
    public IReadOnlyList<PreferencePair> Pairs { get; }

    /// <summary>Numbers of the pairs that are learned from.</summary>
    public IReadOnlyList<int> Train { get; }

    /// <summary>Numbers of the pairs that are held out.</summary>
    public IReadOnlyList<int> Validation { get; }

    /// <summary>Reads and divides the pairs.</summary>
    /// <param name="template">Makes tokens of them.</param>
    /// <param name="options">Files and policies.</param>
    /// <exception cref="FileNotFoundException">A file is not there.</exception>
    /// <exception cref="InvalidDataException">A row cannot be read, or nothing is left to learn from.</exception>
    public static PreferenceDataset Open(ChatTemplate template, PreferenceOptions options)
    {
        ArgumentNullException.ThrowIfNull(template);
        ArgumentNullException.ThrowIfNull(options);
        var gold = new GoldSet(options.GoldFiles);
        var problems = options.Files.Select(_ => new List<string>()).ToArray();
        var rows = options.Files.SelectMany((file, i) => PreferenceReader.Read(file, options.SkipInvalid ? problems[i].Add : null).Select(row => new Candidate(i, row))).ToArray();

        Parallel.ForEach(rows, row =>
        {
            row.Pair = Render(template, row.Row);
            row.IsGold = gold.Has(row.Example(row.Row.Chosen), row.ChosenKeys) || gold.Has(row.Example(row.Row.Rejected), row.RejectedKeys);
        });
        var kept = Divide(rows, options);

        var report = options.Files.Select((file, i) => new PreferenceReport(file, Fates(rows.Where(row => row.File == i), problems[i]), [.. problems[i].Take(ProblemsShown)])).ToArray();
        if (!kept.Exists(row => row.Fate == RowFate.Train))
            throw new InvalidDataException($"Nothing is left to learn from: {string.Join("; ", report.Select(Summary))}. Give more pairs, or a longer sequence.");
        return new(report, [.. kept.Select(row => row.Pair)], NumbersOf(kept, RowFate.Train), NumbersOf(kept, RowFate.Validation));
    }

    /// <summary>The tokens of a row, marked where an answer stands.</summary>
    public static PreferencePair Render(ChatTemplate template, PreferenceRow row)
    {
        ArgumentNullException.ThrowIfNull(template);
        ArgumentNullException.ThrowIfNull(row);
        return new(Tokens(row.Chosen), Tokens(row.Rejected));

        MarkedTokens Tokens(Conversation conversation)
        {
            var rendered = template.Render(conversation, Supervision.Completion);
            return new(rendered.Ids, rendered.Supervised);
        }
    }

    /// <summary>SHA-256 of every token and mark of every pair, in order.</summary>
    public static string HashOf(IEnumerable<PreferencePair> pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var tokens in pairs.SelectMany(pair => new[] { pair.Chosen, pair.Rejected }))
        {
            // A token and its mark in one number, and one that is neither behind the last.
            int[] marked = [.. tokens.Ids.Zip(tokens.Marked, (id, mark) => mark ? -1 - id : id), int.MinValue];
            hash.AppendData(MemoryMarshal.AsBytes(marked.AsSpan()));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    // Every row gets its fate; returned are those that are learned from or held out.
    private static List<Candidate> Divide(Candidate[] rows, PreferenceOptions options)
    {
        var (seen, groups, kept) = (new HashSet<(UInt128, UInt128)>(), new SplitGroups(), new List<Candidate>());
        foreach (var row in rows)
        {
            row.Fate = Judge(row, options) is var fate && fate == RowFate.Train && !seen.Add((row.ChosenKeys.Whole, row.RejectedKeys.Whole)) ? RowFate.Duplicate : fate;
            if (row.Fate != RowFate.Train) continue;
            groups.Add(row.ChosenKeys.Asked, row.ChosenKeys.Answered, row.RejectedKeys.Answered);
            kept.Add(row);
        }
        ulong[] priorities = [.. kept.Select(row => MinHash.Mix((ulong)row.ChosenKeys.Whole ^ MinHash.Mix((ulong)row.RejectedKeys.Whole ^ MinHash.Mix((ulong)options.Seed))))];
        foreach (var heldOut in HeldOutExamples.Choose(groups, priorities, options.ValidationShare)) kept[heldOut].Fate = RowFate.Validation;
        return kept;
    }

    private static RowFate Judge(Candidate row, PreferenceOptions options)
    {
        var (chosen, rejected) = (row.Pair.Chosen, row.Pair.Rejected);
        if (chosen.Ids.SequenceEqual(rejected.Ids)) return RowFate.NothingToLearn;
        if (row.IsGold) return RowFate.Gold;
        if (Math.Max(chosen.Length, rejected.Length) <= options.SequenceLength) return RowFate.Train;
        return chosen.Marked.Take(options.SequenceLength + 1).Any(marked => marked) ? RowFate.AnswerTooLong : RowFate.PromptTooLong;
    }

    private static int[] NumbersOf(List<Candidate> rows, RowFate fate) => [.. rows.Index().Where(row => row.Item.Fate == fate).Select(row => row.Index)];

    private static Dictionary<RowFate, long> Fates(IEnumerable<Candidate> rows, List<string> problems)
    {
        var fates = rows.GroupBy(row => row.Fate).ToDictionary(fate => fate.Key, fate => fate.LongCount());
        if (problems.Count > 0) fates[RowFate.Invalid] = problems.Count;
        return fates;
    }

    private static string Summary(PreferenceReport report) =>
        $"{report.File} has {(report.Rows.Count == 0 ? "no row" : string.Join(", ", report.Rows.OrderBy(fate => fate.Key).Select(fate => string.Create(CultureInfo.InvariantCulture, $"{fate.Value} {fate.Key}"))))}";

    private sealed class Candidate
    {
        public Candidate(int file, PreferenceRow row)
        {
            (File, Row) = (file, row);
            (ChosenKeys, RejectedKeys) = (RowKeys.Of(Example(row.Chosen)), RowKeys.Of(Example(row.Rejected)));
        }

        public int File { get; }

        public PreferenceRow Row { get; }

        public RowKeys ChosenKeys { get; }

        public RowKeys RejectedKeys { get; }

        public PreferencePair Pair { get; set; } = null!;

        public bool IsGold { get; set; }

        public RowFate Fate { get; set; }

        public ConversationRow Example(Conversation conversation) => new(Row.File, Row.Line) { Conversation = conversation };
    }
}
