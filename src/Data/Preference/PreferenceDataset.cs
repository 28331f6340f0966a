using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using TurkishLlm.Data.Batches;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Data.FineTuning;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Data.Preference;

/// <summary>
/// The pairs of a preference run: loads them, removes duplicates and pairs of gold files, and splits them into training and
/// held-out pairs.
/// </summary>
/// <remarks>The held-out pairs are a function of the rows and the seed, not of the order of files.</remarks>
public sealed class PreferenceDataset
{
    private const int MaxReportedProblems = 5;

    private PreferenceDataset(
        IReadOnlyList<PreferenceReport> report, IReadOnlyList<PreferencePair> pairs, IReadOnlyList<int> train,
        IReadOnlyList<int> validation) => (Report, Pairs, TrainIndices, ValidationIndices) = (report, pairs, train, validation);

    /// <summary>Outcome of all rows, per file.</summary>
    public IReadOnlyList<PreferenceReport> Report { get; }

    /// <summary>All training and held-out pairs, in the order of the files.</summary>
    public IReadOnlyList<PreferencePair> Pairs { get; }

    /// <summary>Indices of the training pairs.</summary>
    public IReadOnlyList<int> TrainIndices { get; }

    /// <summary>Indices of the held-out pairs.</summary>
    public IReadOnlyList<int> ValidationIndices { get; }

    /// <summary>Loads and splits the pairs.</summary>
    /// <param name="template">Renders conversations to tokens.</param>
    /// <param name="options">Files and options.</param>
    /// <exception cref="FileNotFoundException">A file does not exist.</exception>
    /// <exception cref="InvalidDataException">A row is invalid, or no training pair is left.</exception>
    public static PreferenceDataset Open(ChatTemplate template, PreferenceOptions options)
    {
        ArgumentNullException.ThrowIfNull(template);
        ArgumentNullException.ThrowIfNull(options);
        var gold = ProtectedExamples.ReadGold(options.GoldFiles);
        var problems = options.Files.Select(_ => new List<string>()).ToArray();
        var unknown = options.Files.Select(_ => new UnknownKeys()).ToArray();
        var rows = options
            .Files.SelectMany(
                (file, i) =>
                    PreferenceReader
                        .Read(file, options.SkipInvalid ? problems[i].Add : null, unknown[i])
                        .Select(row => new Candidate(i, row)))
            .ToArray();

        Parallel.ForEach(rows, row =>
        {
            row.Pair = Render(template, row.Row);
            row.IsGold =
                gold.Contains(row.CreateExample(row.Row.Chosen), row.ChosenKeys)
                || gold.Contains(row.CreateExample(row.Row.Rejected), row.RejectedKeys);
        });
        var kept = SplitRows(rows, options);

        var report = options
            .Files.Select(
                (file, i) =>
                    new PreferenceReport(
                        file,
                        CountOutcomes(rows.Where(row => row.File == i), problems[i]),
                        [.. problems[i].Take(MaxReportedProblems)])
                    {
                        UnknownKeys = unknown[i].Description,
                    })
            .ToArray();
        if (!kept.Exists(row => row.Outcome == RowOutcome.Train))
            throw new InvalidDataException(
                $"No training pair is left: {string.Join("; ", report.Select(Summarize))}. Add pairs, or increase "
                    + "the sequence length.");
        return new(
            report,
            [.. kept.Select(row => row.Pair)],
            GetIndices(kept, RowOutcome.Train),
            GetIndices(kept, RowOutcome.Validation));
    }

    /// <summary>Renders a row to tokens; the loss mask covers the answers.</summary>
    public static PreferencePair Render(ChatTemplate template, PreferenceRow row)
    {
        ArgumentNullException.ThrowIfNull(template);
        ArgumentNullException.ThrowIfNull(row);
        return new(Tokens(row.Chosen), Tokens(row.Rejected));

        TokenizedExample Tokens(Conversation conversation)
        {
            var rendered = template.Render(conversation, Supervision.Completion);
            return new(rendered.Ids, rendered.LossMask);
        }
    }

    /// <summary>Computes the SHA-256 of all tokens and loss masks of all pairs, in order.</summary>
    public static string ComputeHash(IEnumerable<PreferencePair> pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var tokens in pairs.SelectMany(pair => new[] { pair.Chosen, pair.Rejected }))
        {
            // One integer per token encodes the id and its loss mask entry; a value that is neither terminates the sequence.
            int[] encoded = [.. tokens.Ids.Zip(tokens.LossMask, (id, isLearned) => isLearned ? -1 - id : id), int.MinValue];
            hash.AppendData(MemoryMarshal.AsBytes(encoded.AsSpan()));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    // Sets the outcome of every row; returns the training and held-out rows.
    private static List<Candidate> SplitRows(Candidate[] rows, PreferenceOptions options)
    {
        var (seen, groups, kept) = (new HashSet<(UInt128, UInt128)>(), new SplitGroups(), new List<Candidate>());
        foreach (var row in rows)
        {
            row.Outcome =
                DecideOutcome(row, options) is var outcome
                && outcome == RowOutcome.Train
                && !seen.Add((row.ChosenKeys.WholeConversation, row.RejectedKeys.WholeConversation))
                    ? RowOutcome.Duplicate
                    : outcome;
            if (row.Outcome != RowOutcome.Train) continue;
            groups.Add(row.ChosenKeys.QuestionAndContext, row.ChosenKeys.QuestionAndAnswer, row.RejectedKeys.QuestionAndAnswer);
            kept.Add(row);
        }
        ulong[] priorities =
        [
            .. kept.Select(row =>
                SplitMix64.Mix(
                    (ulong)row.ChosenKeys.WholeConversation
                        ^ SplitMix64.Mix((ulong)row.RejectedKeys.WholeConversation ^ SplitMix64.Mix((ulong)options.Seed)))),
        ];
        foreach (var heldOut in HeldOutExamples.Choose(groups, priorities, options.ValidationShare))
            kept[heldOut].Outcome = RowOutcome.Validation;
        return kept;
    }

    private static RowOutcome DecideOutcome(Candidate row, PreferenceOptions options)
    {
        var (chosen, rejected) = (row.Pair.Chosen, row.Pair.Rejected);
        if (chosen.Ids.SequenceEqual(rejected.Ids)) return RowOutcome.NothingToLearn;
        if (row.IsGold) return RowOutcome.Gold;
        if (Math.Max(chosen.Length, rejected.Length) <= options.SequenceLength) return RowOutcome.Train;
        return chosen.LossMask.Take(options.SequenceLength + 1).Any(isLearned => isLearned)
            ? RowOutcome.AnswerTooLong
            : RowOutcome.PromptTooLong;
    }

    private static int[] GetIndices(List<Candidate> rows, RowOutcome outcome) =>
        [.. rows.Index().Where(row => row.Item.Outcome == outcome).Select(row => row.Index)];

    private static Dictionary<RowOutcome, long> CountOutcomes(IEnumerable<Candidate> rows, List<string> problems)
    {
        var counts = rows.GroupBy(row => row.Outcome).ToDictionary(outcome => outcome.Key, outcome => outcome.LongCount());
        if (problems.Count > 0) counts[RowOutcome.Invalid] = problems.Count;
        return counts;
    }

    private static string Summarize(PreferenceReport report) =>
        $"{report.File} has "
        + (report.Rows.Count == 0
            ? "no row"
            : string.Join(
                ", ",
                report.Rows.OrderBy(outcome => outcome.Key)
                    .Select(outcome => string.Create(CultureInfo.InvariantCulture, $"{outcome.Value} {outcome.Key}"))));

    private sealed class Candidate
    {
        public Candidate(int file, PreferenceRow row)
        {
            (File, Row) = (file, row);
            (ChosenKeys, RejectedKeys) = (
                RowKeys.Compute(CreateExample(row.Chosen)),
                RowKeys.Compute(CreateExample(row.Rejected)));
        }

        public int File { get; }

        public PreferenceRow Row { get; }

        public RowKeys ChosenKeys { get; }

        public RowKeys RejectedKeys { get; }

        public PreferencePair Pair { get; set; } = null!;

        public bool IsGold { get; set; }

        public RowOutcome Outcome { get; set; }

        public ConversationRow CreateExample(Conversation conversation) =>
            new(Row.File, Row.Line) { Conversation = conversation };
    }
}
