using System.Globalization;
using TurkishLlm.Data.Batches;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Data.FineTuning;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Data.Preference;

/// <summary>
/// The labeled answers of a KTO run: loads them, removes duplicates and answers of gold files, and splits them into training and
/// held-out answers. Answers to one question, such as those of a pair, are in one split.
/// </summary>
/// <remarks>The held-out answers are a function of the rows and the seed, not of the order of files. Spec: KTO-05.</remarks>
public sealed class LabeledDataset
{
    private const int MaxReportedProblems = 5;

    private LabeledDataset(
        IReadOnlyList<PreferenceReport> report, IReadOnlyList<LabeledAnswer> train, IReadOnlyList<LabeledAnswer> validation) =>
        (Report, Train, Validation) = (report, train, validation);

    /// <summary>Outcome of all answers, per file.</summary>
    public IReadOnlyList<PreferenceReport> Report { get; }

    /// <summary>The training answers, in the order of the files.</summary>
    public IReadOnlyList<LabeledAnswer> Train { get; }

    /// <summary>The held-out answers. Their mismatched answers are training answers, which are to other questions.</summary>
    public IReadOnlyList<LabeledAnswer> Validation { get; }

    /// <summary>Loads and splits the answers.</summary>
    /// <param name="template">Renders conversations to tokens.</param>
    /// <param name="options">Files and options.</param>
    /// <exception cref="FileNotFoundException">A file does not exist.</exception>
    /// <exception cref="InvalidDataException">A row is invalid, or the training answers have one question.</exception>
    public static LabeledDataset Open(ChatTemplate template, PreferenceOptions options)
    {
        ArgumentNullException.ThrowIfNull(template);
        ArgumentNullException.ThrowIfNull(options);
        var gold = ProtectedExamples.ReadGold(options.GoldFiles);
        var (problems, unknown) = (
            options.Files.Select(_ => new List<string>()).ToArray(), options.Files.Select(_ => new UnknownKeys()).ToArray());
        Candidate[] rows =
        [
            .. options.Files.SelectMany((file, i) => LabeledReader
                .Read(file, options.SkipInvalid ? problems[i].Add : null, unknown[i])
                .Select(row => new Candidate(i, row))),
        ];
        Parallel.ForEach(rows, row =>
        {
            var rendered = template.Render(row.Row.Conversation, Supervision.Completion);
            row.Tokens = new(rendered.Ids, rendered.LossMask);
            row.Outcome = gold.Contains(row.Example, row.Keys) ? RowOutcome.Gold : GetLengthOutcome(row.Tokens, options);
        });
        Split(rows, options);

        PreferenceReport[] report =
        [
            .. options.Files.Select((file, i) => new PreferenceReport(
                file, CountOutcomes(rows.Where(row => row.File == i), problems[i]), [.. problems[i].Take(MaxReportedProblems)])
            {
                UnknownKeys = unknown[i].Description,
            }),
        ];
        Candidate[] train = [.. rows.Where(row => row.Outcome == RowOutcome.Train)];
        if (train.Length == 0)
            throw new InvalidDataException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"No training answer is left of {rows.Length} in {string.Join(", ", options.Files)}. Add answers, or ")
                    + "increase the sequence length.");
        return new(
            report, Match(train, options),
            [.. rows.Where(row => row.Outcome == RowOutcome.Validation).Select((row, i) =>
                row.Match(train[i % train.Length], options))]);
    }

    private static LabeledAnswer[] Match(Candidate[] train, PreferenceOptions options)
    {
        var questions = new Dictionary<UInt128, int>();
        foreach (var row in train) questions.TryAdd(row.Keys.Question, questions.Count);
        var partners = MismatchedAnswers.Choose([.. train.Select(row => questions[row.Keys.Question])]);
        return [.. train.Select((row, i) => row.Match(train[partners[i]], options))];
    }

    private static RowOutcome GetLengthOutcome(TokenizedExample tokens, PreferenceOptions options) =>
        tokens.Length <= options.SequenceLength ? RowOutcome.Train
        : tokens.LossMask.Take(options.SequenceLength + 1).Any(isLearned => isLearned) ? RowOutcome.AnswerTooLong
        : RowOutcome.PromptTooLong;

    private static void Split(Candidate[] rows, PreferenceOptions options)
    {
        var (seen, groups, kept) = (new HashSet<(UInt128, bool)>(), new SplitGroups(), new List<Candidate>());
        foreach (var row in rows.Where(row => row.Outcome == RowOutcome.Train))
        {
            if (!seen.Add((row.Keys.WholeConversation, row.Row.IsDesirable))) row.Outcome = RowOutcome.Duplicate;
            else
            {
                groups.Add(row.Keys.QuestionAndContext, row.Keys.QuestionAndAnswer);
                kept.Add(row);
            }
        }
        ulong[] priorities =
        [
            .. kept.Select(row =>
                SplitMix64.Mix((ulong)row.Keys.WholeConversation ^ SplitMix64.Mix((ulong)options.Seed))),
        ];
        foreach (var heldOut in HeldOutExamples.Choose(groups, priorities, options.ValidationShare))
            kept[heldOut].Outcome = RowOutcome.Validation;
    }

    private static Dictionary<RowOutcome, long> CountOutcomes(IEnumerable<Candidate> rows, List<string> problems)
    {
        var counts = rows.GroupBy(row => row.Outcome).ToDictionary(outcome => outcome.Key, outcome => outcome.LongCount());
        if (problems.Count > 0) counts[RowOutcome.Invalid] = problems.Count;
        return counts;
    }

    private sealed class Candidate(int file, LabeledRow row)
    {
        public int File => file;

        public LabeledRow Row => row;

        public ConversationRow Example { get; } = new(row.File, row.Line) { Conversation = row.Conversation };

        public RowKeys Keys => field == default ? field = RowKeys.Compute(Example) : field;

        public TokenizedExample Tokens { get; set; } = null!;

        public RowOutcome Outcome { get; set; }

        public LabeledAnswer Match(Candidate other, PreferenceOptions options) =>
            new(Tokens, MismatchedAnswers.Join(Tokens, other.Tokens, options.SequenceLength), row.IsDesirable);
    }
}
